"""What a service's token looks like: `earwitness_PREFIX_SECRET`.

One of a directory begins with `earwitness_scim`.

The first word lets scanners of repositories and logs find a leaked one, and the last
six characters are a checksum of all before them, so that they find nothing else. The
prefix names the row; the secret has 190 bits and is kept nowhere.
"""

import re
import secrets
import string
import zlib

BRAND = "earwitness"
SCIM_BRAND = f"{BRAND}_scim"
PATTERN = rf"{BRAND}(?:_scim)?_[0-9A-Za-z]{{8}}_[0-9A-Za-z]{{38}}"
"""For scanners; told in docs/keys.md."""
_SHAPE = re.compile(PATTERN)
_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_PREFIX, _SECRET, _CHECK = 8, 32, 6


def make(brand: str = BRAND) -> str:
    """A new token."""
    said = f"{brand}_{_random(_PREFIX)}_{_random(_SECRET)}"
    return said + _checksum(said)


def prefix_of(token: str) -> str:
    """What names the token's row; '' for what is no token, told without a query."""
    if not _SHAPE.fullmatch(token) or _checksum(token[:-_CHECK]) != token[-_CHECK:]:
        return ""
    return token.split("_")[-2]


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _checksum(said: str) -> str:
    """CRC-32 in base 62, filled up with zeros: 62 to the sixth is more than 2 to the 32."""
    left, digits = zlib.crc32(said.encode()), ""
    for _ in range(_CHECK):
        left, digit = divmod(left, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits
