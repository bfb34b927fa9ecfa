"""The bytes of an entry: what its MAC is made over, and what its leaf is the hash of.

`AuditEntry.signed_content` and `leaf_content` say what they are. Here they are made
straight from the columns, for whoever reads millions of them; a test holds the two
together. docs/audit-log.md tells them to others.
"""

import hashlib
import json
from collections.abc import Sequence
from functools import lru_cache
from json.encoder import c_make_encoder  # type: ignore[attr-defined]
from json.encoder import encode_basestring as _quoted
from typing import NamedTuple, NoReturn

from compliance.canonical import LARGEST, NotCanonical, canonical, canonical_text
from compliance.models.audit import MAC_VERSION, canonical_address

__all__ = ["COLUMNS", "Leaf", "canonical", "leaf_hash", "leaf_of"]

COLUMNS = """
    xid::text AS told_xid, id::text AS told_id,
    to_char(timestamp AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
    act, outcome, actor_id::text, object_kind, object_pk, team_id::text,
    facts::text, changes::text, host(remote_addr), request_id, mac_key_id, mac
"""
"""What `leaf_of` wants of `compliance_auditentry`, in this order, all of it as text.

The two have names of their own, for `ORDER BY xid, id` to mean the columns: as text,
10 comes before 9.
"""

Row = Sequence[str | None]


class Leaf(NamedTuple):
    """One entry as it is sealed.

    signed: what its MAC is made over; sealed: what its leaf is the hash of (both are
    RFC 8785 bytes); the rest as the row has it, the ids as text.
    """

    id: str
    xid: int
    mac_key_id: str
    mac: str
    signed: bytes
    sealed: bytes


def leaf_of(row: Row) -> Leaf:
    """Make the bytes of one row of COLUMNS.

    Raises NotCanonical (a ValueError) for facts or changes that we never write.
    """
    xid, key, time, act, outcome, actor, kind, about, team, *rest = row
    facts, changes, address, request, mac_key_id, mac = rest
    head = (
        f'{{"act":{_text(act)},"actor":{_text(actor)},"address":{_address(address)},'
        f'"changes":{_json(changes)},"facts":{_json(facts)},"id":{_text(key)},'
    )
    tail = (
        f'"mac_key_id":{_text(mac_key_id)},"object_kind":{_text(kind)},'
        f'"object_pk":{_text(about)},"outcome":{_text(outcome)},'
        f'"request_id":{_text(request)},"team":{_text(team)},"time":{_text(time)},'
        f'"version":{MAC_VERSION}'
    )
    sealed = f'{head}"mac":{_text(mac)},{tail},"xid":"{xid}"}}'
    return Leaf(
        str(key),
        int(xid or 0),
        str(mac_key_id),
        str(mac),
        f"{head}{tail}}}".encode(),
        sealed.encode(),
    )


def leaf_hash(sealed: bytes) -> bytes:
    """The hash of a leaf (RFC 9162, 2.1.1)."""
    return hashlib.sha256(b"\0" + sealed).digest()


def _text(value: str | None) -> str:
    return "null" if value is None else _quoted(value)


def _json(value: str | None) -> str:
    if value is None or value == "{}":
        return value or "null"
    if not value.isascii():
        return canonical_text(json.loads(value))
    return "".join(_encode(_scan(value, 0)[0], 0))


def _refuse(value: object) -> NoReturn:
    raise NotCanonical(f"{value} has no canonical form")


def _whole(digits: str) -> int:
    number = int(digits)
    return number if -LARGEST <= number <= LARGEST else _refuse(digits)


# what `canonical_text` does, for what PostgreSQL wrote, in a third of the time
_decoder = json.JSONDecoder(
    parse_float=_refuse, parse_int=_whole, parse_constant=_refuse
)
_scan = _decoder.scan_once  # type: ignore[attr-defined]
_encode = c_make_encoder(None, _refuse, _quoted, None, ":", ",", True, False, True)  # noqa: FBT003


@lru_cache(maxsize=4096)
def _address(value: str | None) -> str:
    return _text(canonical_address(value or ""))
