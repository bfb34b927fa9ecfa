"""RFC 8785 bytes of plain JSON values: what MACs, hashes and signatures are made over.

Python's own encoder (written in C) gives the very bytes of RFC 8785 for what our
entries hold: ASCII names, text, whole numbers within 2^53, true, false, null, lists
and objects. Everything else is refused, as the two would differ there.
"""

import json
from typing import Any

LARGEST = 2**53 - 1
"""Beyond it a number is not the same in every reader of JSON (RFC 8785, appendix D)."""

_encode = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, sort_keys=True, separators=(",", ":")
).encode


class NotCanonical(ValueError):
    """A value that has no bytes everybody agrees on."""


def canonical(content: Any) -> bytes:
    """The RFC 8785 bytes of a value. Raises NotCanonical for one that has none."""
    return canonical_text(content).encode()


def canonical_text(content: Any) -> str:
    """The same, before it is encoded as UTF-8."""
    _require_plain(content)
    return _encode(content)


def _require_plain(value: Any) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            if not isinstance(name, str) or not name.isascii():
                raise NotCanonical(f"{name!r} is no ASCII name")
            _require_plain(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _require_plain(inner)
    elif value is not None:
        _require_scalar(value)


def _require_scalar(value: Any) -> None:
    if isinstance(value, str):
        if not value.isascii():
            _require_characters(value)
    elif not isinstance(value, int):
        raise NotCanonical(f"{type(value).__name__} has no canonical form")
    elif not -LARGEST <= value <= LARGEST:
        raise NotCanonical(f"{value} is beyond 2^53")


def _require_characters(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise NotCanonical("half a character") from error
