"""Signed, expiring links of the folder store.

A link is one opaque token: what may be read, as what, until when, and a keyed hash
over all of it (key ring `local_link`). There is nothing to look up and nothing to
revoke: it ends by itself within five minutes.
"""

import base64
import binascii
import hmac
import json
from dataclasses import asdict, dataclass

from compliance.keys import keyring
from recordings.media_store.base import Disposition

PARAMETER = "link"
"""Where an address carries the token: in its query, which our logs never show."""


class BadLink(Exception):
    """The token was not issued by us, was changed, or its time is over."""


@dataclass(frozen=True)
class Grant:
    """What a token allows. `until` is in seconds since 1970."""

    key: str
    until: int
    disposition: Disposition
    filename: str
    content_type: str


def sign(grant: Grant) -> str:
    """The token for a grant, safe in a URL."""
    payload = base64.urlsafe_b64encode(json.dumps(asdict(grant)).encode())
    text = payload.decode().rstrip("=")
    return f"{text}.{keyring('local_link').digest(text)}"


def read(token: str, *, now: float) -> Grant:
    """The grant behind a token; `now` in seconds since 1970. Raises BadLink."""
    text, _, signature = token.rpartition(".")
    given = signature.encode("utf-8", "replace")
    expected = keyring("local_link").digests(text)
    if not any(hmac.compare_digest(given, digest.encode()) for digest in expected):
        raise BadLink("signature")
    grant = _decode(text)
    if now >= grant.until:
        raise BadLink("expired")
    return grant


def _decode(text: str) -> Grant:
    try:
        padded = text + "=" * (-len(text) % 4)
        fields = json.loads(base64.urlsafe_b64decode(padded))
        return Grant(**fields)
    except (binascii.Error, ValueError, TypeError) as error:
        raise BadLink("payload") from error
