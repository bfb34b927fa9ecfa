"""Seals the audit log: takes what has been committed into the tree and signs its root.

The order is (xid, id), and a seal takes whole transactions: all below the horizon, the
oldest one of this database that is still open, have ended, so nothing can turn up
behind it later. Ids, times and sequences tell no such thing: who drew first may commit
last. One sealer works at a time; a second goes home, and the keys of the tables refuse
an entry's second leaf.
"""

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from compliance.audit import horizon, log, sealing_keys, succession, tree
from compliance.audit.actions import Action
from compliance.audit.canonical import COLUMNS, leaf_hash, leaf_of
from compliance.audit.facts import Fact
from compliance.audit.stored_tree import StoredTree, add
from compliance.audit.succession import Broken, Last
from compliance.audit.tree import Frontier
from compliance.models import AuditEntry, AuditLeaf, AuditSeal

__all__ = ["Broken", "Proof", "Sealed", "consistency", "latest", "proof_of", "seal"]

MOST = 20_000
"""So many entries a seal, and what the last of their transactions has besides."""
_CHUNK = 2_000

_TABLE = AuditEntry._meta.db_table
_IN_ORDER = f"""
SELECT {COLUMNS} FROM {_TABLE} WHERE xid >= %s AND xid < %s ORDER BY xid, id
"""  # noqa: S608
_ALL_UNSEALED = f"""
SELECT {COLUMNS} FROM {_TABLE} entry
WHERE (xid < %s OR xid >= pg_snapshot_xmax(pg_current_snapshot())) AND NOT EXISTS (
    SELECT FROM {AuditLeaf._meta.db_table} leaf WHERE leaf.entry_id = entry.id)
ORDER BY xid, id
"""  # noqa: S608
_BOUND = f"""
SELECT xid FROM {_TABLE} WHERE xid >= %s AND xid < %s
ORDER BY xid, id OFFSET %s LIMIT 1
"""  # noqa: S608
_SEALED = f"""
SELECT entry_id::text FROM {AuditLeaf._meta.db_table} WHERE entry_id = ANY(%s::uuid[])
"""  # noqa: S608
_ANY = f"SELECT EXISTS (SELECT FROM {_TABLE} WHERE xid >= %s AND xid < %s)"  # noqa: S608


@dataclass(frozen=True)
class Sealed:
    """What one seal did. took_all: nothing that could be sealed was left."""

    seal: AuditSeal
    entries: int
    took_all: bool


@dataclass(frozen=True)
class Proof:
    """That an entry stands in the log: its position, the path to the seal's root.

    leaf: the hash of the entry as it was sealed; note: the signed checkpoint.
    """

    position: int
    size: int
    leaf: bytes
    path: list[bytes]
    note: str


def seal(*, now: datetime) -> Sealed | None:
    """Seal what has been committed; None where nothing has, or another sealer works.

    Raises Broken where the last seal, or the edge of the tree, is not what was signed.
    """
    with transaction.atomic(durable=True):
        if not succession.try_lock():
            return None
        last, place = succession.last(), horizon.place()
        cause = last.why_new_epoch(place)
        if cause:
            begin, end = 0, place.horizon
        else:
            begin = last.signed.horizon if last.signed else 0
            end = _end(begin, place.horizon)
            if not end:
                return None
        frontier = last.edge()
        taken = _take(frontier, begin, end, everything=bool(cause))
        if not taken and not cause and end == place.horizon:
            return None
        opening = () if cause else None
        made = succession.put(
            on=last,
            frontier=frontier,
            place=place,
            horizon=end,
            now=now,
            opening=opening,
        )
        if cause:
            _tell(last, cause)
    return Sealed(made, taken, took_all=end == place.horizon)


def latest() -> AuditSeal | None:
    """The newest seal."""
    return AuditSeal.objects.order_by("id").last()


def note_of(one: AuditSeal) -> str:
    """A seal as a signed note. Raises LookupError when its key has left the ring."""
    return sealing_keys.note_of_seal(one)


def proof_of(entry: AuditEntry) -> Proof | None:
    """The proof that an entry stands in the log; None while it is not sealed.

    Raises Missing where the tree has a hole.
    """
    leaf = AuditLeaf.objects.filter(entry_id=entry.pk).first()
    newest = latest()
    if leaf is None or newest is None:
        return None
    path = tree.inclusion_proof(StoredTree(), leaf.position, newest.size)
    return Proof(leaf.position, newest.size, bytes(leaf.hash), path, note_of(newest))


def consistency(older: AuditSeal, newer: AuditSeal) -> list[bytes]:
    """The proof that the older seal's tree is the beginning of the newer's.

    Raises ValueError where the older is the larger, Missing where the tree has a hole.
    """
    return tree.consistency_proof(StoredTree(), older.size, newer.size)


def _tell(last: Last, cause: str) -> None:
    """The log itself says that an epoch begins; the next seal takes that up."""
    facts: dict[str, Fact] = {
        "epoch": last.epoch + 1,
        "size": last.signed.size if last.signed else 0,
        "cause": cause,
    }
    log.append(Action.AUDIT_EPOCH_OPENED, facts=facts)


def _end(begin: int, upto: int) -> int:
    """Below which transaction this seal takes all; 0 where there is nothing to take.

    That is the horizon, or sooner where there is very much. Once a second there mostly
    is nothing, which costs one look into an index.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ANY, [str(begin), str(upto)])
        (found,) = cursor.fetchone()
        if not found:
            return 0
        cursor.execute(_BOUND, [str(begin), str(upto), MOST])
        row = cursor.fetchone()
    return int(row[0]) + 1 if row else upto


def _take(frontier: Frontier, begin: int, end: int, *, everything: bool) -> int:
    """Append the entries of these transactions to the tree; returns how many.

    everything: all that has no leaf, for a log that comes from another life: its
    entries may carry numbers of transactions that this database has yet to reach.
    """
    before = frontier.size
    statement, bounds = _IN_ORDER, [str(begin), str(end)]
    if everything:
        statement, bounds = _ALL_UNSEALED, [str(end)]
    with closing(_chunks(statement, bounds)) as chunks:
        for rows in chunks:
            known = set() if everything else _known([row[1] for row in rows])
            leaves, nodes = [], []
            for row in rows:
                if row[1] in known:
                    continue
                hashed = _hash(row)
                leaves.append((frontier.size, row[1], hashed))
                nodes += frontier.append(hashed)
            add(leaves, nodes)
    return frontier.size - before


def _hash(row: Sequence[Any]) -> bytes:
    """The leaf of a row. Raises Broken for one that no code of ours has written."""
    try:
        return leaf_hash(leaf_of(row).sealed)
    except ValueError as error:
        raise Broken(f"entry {row[1]} has no canonical form") from error


def _chunks(statement: str, bounds: list[str]) -> Generator[list[Any], None, None]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, bounds)
        while rows := cursor.fetchmany(_CHUNK):
            yield rows


def _known(ids: list[str]) -> set[str]:
    """Those of the entries that have a leaf: sealed in another life of the database."""
    with connection.cursor() as cursor:
        cursor.execute(_SEALED, [ids])
        return {found for (found,) in cursor.fetchall()}
