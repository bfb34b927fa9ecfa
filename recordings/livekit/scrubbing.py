"""Take the secrets out of a payload before it is kept.

LiveKit redacts most of them itself, but not all: full rooms carry `turnPassword`, and the end
event of an automatic recording that failed carries its storage keys as they were given.
"""

import json
import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

REMOVED = "[removed]"
_DEEPEST = 40

# Compared without case, dots, dashes and underscores, at the end of the key: this covers
# camelCase, snake_case and headers that became attributes (sip.h.proxy-authorization).
_SECRET_ENDINGS = (
    "password",
    "passphrase",
    "passwd",
    "secret",
    "secretkey",
    "secretaccesskey",
    "accesskey",
    "accesskeyid",
    "accountkey",
    "apikey",
    "privatekey",
    "signingkey",
    "streamkey",
    "token",
    "credentials",
    "credential",
    "authorization",
    "cookie",
    "connectionstring",
)
_STREAM_SCHEMES = frozenset({"rtmp", "rtmps", "srt", "mux", "twitch"})
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def scrub(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy without passwords, keys, tokens, signed links and stream keys.

    What is left can be stored as JSON in PostgreSQL: NUL characters and lone surrogates (a
    caller can send them in a SIP header) become U+FFFD, endless numbers become None.
    """
    return {_clean(key): _field(key, item, 1) for key, item in payload.items()}


def without_secrets(text: str) -> str:
    """Return an address without its user, signature or stream key; other texts as they are."""
    if not _ADDRESS.match(text):
        return text
    try:
        address = urlsplit(text)
    except ValueError:
        return REMOVED
    host = address.netloc.rpartition("@")[2]
    if address.scheme.lower() in _STREAM_SCHEMES:
        return f"{address.scheme}://{host}/{REMOVED}"
    query = [item for item in parse_qsl(address.query) if not _signs(item[0])]
    return urlunsplit((address.scheme, host, address.path, urlencode(query), ""))


def _signs(parameter: str) -> bool:
    """Say whether a query parameter lets its bearer in (S3, Google, Azure and CloudFront)."""
    plain = parameter.lower()
    return (
        plain.startswith(("x-amz-", "x-goog-"))
        or plain in ("sig", "signature", "policy", "key-pair-id", "awsaccesskeyid")
        or _is_secret(parameter)
    )


def _field(key: str, item: Any, depth: int) -> Any:
    if _is_secret(key) and item:
        return REMOVED
    return _value(item, depth)


def _value(item: Any, depth: int) -> Any:
    if depth > _DEEPEST:
        return REMOVED
    if isinstance(item, Mapping):
        return {
            _clean(key): _field(key, inner, depth + 1) for key, inner in item.items()
        }
    if isinstance(item, list):
        return [_value(inner, depth + 1) for inner in item]
    if isinstance(item, str):
        return _text(item, depth)
    if isinstance(item, float) and not math.isfinite(item):
        return None
    return item


def _text(item: str, depth: int) -> str:
    """Clean a text; metadata is free text that often is JSON itself."""
    item = _clean(item)
    if item.lstrip()[:1] in ("{", "["):
        try:
            inner = json.loads(item)
        except (ValueError, RecursionError):
            return item
        cleaned = _value(inner, depth + 1)
        return item if cleaned == inner else json.dumps(cleaned, ensure_ascii=False)
    return without_secrets(item)


@lru_cache(maxsize=1024)  # the same few names come with every event
def _is_secret(key: str) -> bool:
    plain = re.sub(r"[^a-z0-9]", "", key.lower())
    return plain.endswith(_SECRET_ENDINGS)


def _clean(text: str) -> str:
    return re.sub("[\x00\ud800-\udfff]", "\ufffd", text)
