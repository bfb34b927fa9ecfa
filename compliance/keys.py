"""The key rings: named secrets held outside the database, newest first.

A ring is a list of ``id:base64`` entries. The first key writes; every key reads,
so a key is rotated by putting a new one in front and re-writing at leisure.
docs/keys.md says who owns each ring and what its loss costs.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

KEY_BYTES = 32

RINGS = {
    "number_encryption": "numbers, names and room names in their columns",
    "number_lookup": "keyed hashes by which numbers, names and staff are found",
    "last_four_lookup": "keyed hashes of the last four digits",
    "audit_mac": "the keyed MAC on every audit entry",
    "audit_seal": "the signatures on the seals of the audit log",
    "certificate_facts": "keyed commitments to what was destroyed",
    "certificate_seal": "the signatures on certificates of destruction",
    "local_link": "signed links of the local folder store",
    "event_secrets": "the secrets under which outgoing events are signed",
    "siem_secrets": "the secrets by which receivers of the audit log know the portal",
    "second_factors": "the secrets of authenticator apps and recovery codes",
}
"""Every ring the product uses, and what it protects."""


class CannotDecrypt(Exception):
    """No key of the ring opens this value: a key was lost or the row is foreign."""


@dataclass(frozen=True)
class Key:
    """One secret of a ring."""

    id: str
    secret: bytes

    def __repr__(self) -> str:
        return f"Key(id={self.id!r})"


@dataclass(frozen=True)
class KeyRing:
    """The keys of one purpose, newest first."""

    name: str
    keys: tuple[Key, ...]

    @property
    def current(self) -> Key:
        """The key that new values are written with."""
        return self.keys[0]

    def key(self, key_id: str) -> Key | None:
        """The key of that id, or None when the ring no longer has it."""
        return next((key for key in self.keys if key.id == key_id), None)

    def encrypt(self, text: str) -> str:
        """Encrypt text under the current key (Fernet: AES-128-CBC with HMAC)."""
        return _fernet(self).encrypt(text.encode()).decode()

    def decrypt(self, token: str) -> str:
        """Decrypt a token written under any key of the ring.

        Raises CannotDecrypt when no key fits.
        """
        try:
            return _fernet(self).decrypt(token.encode()).decode()
        except InvalidToken as error:
            raise CannotDecrypt(self.name) from error

    def digest(self, text: str) -> str:
        """Keyed hash (HMAC-SHA-256, hex) under the current key."""
        return _digest(self.current, text)

    def digests(self, text: str) -> list[str]:
        """The keyed hash under every key, for lookups across a rotation."""
        return [_digest(key, text) for key in self.keys]


def keyring(name: str) -> KeyRing:
    """The ring of that name, read from settings.KEY_RINGS.

    Raises ImproperlyConfigured when the ring is missing, empty or malformed.
    """
    return _ring(name, tuple(settings.KEY_RINGS.get(name, ())))


@cache
def _ring(name: str, entries: tuple[str, ...]) -> KeyRing:
    if name not in RINGS or not entries:
        raise ImproperlyConfigured(f"Key ring {name!r} has no key.")
    return KeyRing(name, tuple(_parse(name, entry) for entry in entries))


def _parse(name: str, entry: str) -> Key:
    key_id, _, encoded = entry.partition(":")
    try:
        secret = base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise ImproperlyConfigured(f"Key ring {name!r}: not base64.") from error
    if not key_id or len(secret) != KEY_BYTES:
        raise ImproperlyConfigured(f"Key ring {name!r} wants id:base64 of 32 bytes.")
    return Key(key_id, secret)


@cache
def _fernet(ring: KeyRing) -> MultiFernet:
    return MultiFernet(
        [Fernet(base64.urlsafe_b64encode(key.secret)) for key in ring.keys]
    )


def _digest(key: Key, text: str) -> str:
    return hmac.new(key.secret, text.encode(), hashlib.sha256).hexdigest()
