"""The bytes of an entry: what its MAC is made over, and what its leaf is the hash of.

`AuditEntry.signed_content` and `leaf_content` say what they are. Here they are made
straight from the columns, for whoever reads millions of them; a test holds the two
together. docs/audit-log.md tells them to others.
"""

import hashlib
import json
from collections.abc import Sequence
from functools import lru_cache
from json.encoder import encode_basestring as _quoted
from typing import NamedTuple

from compliance.canonical import canonical, canonical_text
from compliance.models.audit import MAC_VERSION, canonical_address

__all__ = ["COLUMNS", "Leaf", "canonical", "leaf_hash", "leaf_of"]

COLUMNS = """
    xid::text, id::text,
    to_char(timestamp AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
    act, outcome, actor_id::text, object_kind, object_pk, team_id::text,
    facts::text, changes::text, host(remote_addr), request_id, mac_key_id, mac
"""
"""What `leaf_of` wants of `compliance_auditentry`, in this order, all of it as text."""

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
    return canonical_text(json.loads(value))


@lru_cache(maxsize=4096)
def _address(value: str | None) -> str:
    return _text(canonical_address(value or ""))
