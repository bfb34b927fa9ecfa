"""Seals the audit log: takes what has been committed into the tree and signs its root.

The order is (xid, id), and a seal takes whole transactions: all below the horizon, the
oldest one of this database that is still open, have ended, so nothing can turn up
behind it later. Ids, times and sequences tell no such thing: who drew first may commit
last. One sealer works at a time; a second goes home, and the keys of the tables refuse
an entry's second leaf.

The state to go on from is read from the signed body of the last seal, never from a
column beside it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from compliance.audit import log, sealing_keys, tree
from compliance.audit.actions import Action
from compliance.audit.canonical import COLUMNS, leaf_hash, leaf_of
from compliance.audit.checkpoint import Checkpoint
from compliance.audit.stored_tree import Missing, StoredTree, add
from compliance.audit.tree import Frontier
from compliance.models import AuditEntry, AuditLeaf, AuditSeal, Installation

MOST = 20_000
"""So many entries a seal, and what the last of their transactions has besides."""
_CHUNK = 2_000
_LOCK = 7_261_930_252

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
_PLACE = """
SELECT
    coalesce(
        (
            SELECT open.xid FROM pg_snapshot_xip(now.snapshot) AS open (xid)
            LEFT JOIN pg_stat_activity AS who ON who.backend_xid = open.xid::xid
            WHERE who.datid IS NULL OR who.datname = current_database()
            ORDER BY open.xid LIMIT 1
        ),
        pg_snapshot_xmax(now.snapshot)
    )::text::bigint,
    pg_snapshot_xmax(now.snapshot)::text::bigint,
    (SELECT system_identifier FROM pg_control_system())
FROM pg_current_snapshot() AS now (snapshot)
"""
"""Snapshots know the transactions of the whole cluster; those of other databases write
nothing here. One that ended meanwhile, or is prepared, has no backend: it counts."""


class Broken(Exception):
    """What is sealed is not as it was sealed: nothing is signed on top of it."""


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


@dataclass(frozen=True)
class _Place:
    """Where we are: below which transaction of this database all have ended, which
    number the next one gets, and which database it is."""

    horizon: int
    next_xid: int
    system_identifier: int


def seal(*, now: datetime) -> Sealed | None:
    """Seal what has been committed; None where nothing has, or another sealer works.

    Raises Broken where the last seal, or the edge of the tree, is not what was signed.
    """
    with transaction.atomic(durable=True):
        if not _is_our_turn():
            return None
        last = latest()
        place = _place()
        signed = _signed(last) if last else None
        opens = _why_new_epoch(last, signed, place) if last and signed else ""
        begin = signed.horizon if signed and not opens else 0
        if not opens and not _any(begin, place.horizon):
            return None
        end = place.horizon if opens else _end(begin, place.horizon)
        frontier = _edge(signed)
        taken = _take(frontier, begin, end, everything=bool(opens))
        if not taken and not opens and end == place.horizon:
            return None
        made = _sign(last, signed, frontier, place, horizon=end, opens=opens, now=now)
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


def _is_our_turn() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        (got,) = cursor.fetchone()
    return bool(got)


def _place() -> _Place:
    with connection.cursor() as cursor:
        cursor.execute(_PLACE)
        return _Place(*cursor.fetchone())


def _signed(last: AuditSeal) -> Checkpoint:
    """What the last seal says, if it is ours. Raises Broken."""
    checkpoint = sealing_keys.checkpoint_of(last)
    if checkpoint is None:
        raise Broken(f"seal {last.pk} does not carry our signature")
    return checkpoint


def _why_new_epoch(last: AuditSeal, signed: Checkpoint, place: _Place) -> str:
    """Why the last seal was not made in this life of the database; empty: it was."""
    if last.system_identifier != place.system_identifier:
        return "other_database"
    return "went_back" if place.next_xid < signed.horizon else ""


def _any(begin: int, horizon: int) -> bool:
    """Whether there is something to look at: once a second there mostly is not."""
    with connection.cursor() as cursor:
        cursor.execute(_ANY, [str(begin), str(horizon)])
        (found,) = cursor.fetchone()
    return bool(found)


def _end(begin: int, horizon: int) -> int:
    """Below which transaction this seal takes all: the horizon, or sooner for many."""
    with connection.cursor() as cursor:
        cursor.execute(_BOUND, [str(begin), str(horizon), MOST])
        row = cursor.fetchone()
    return int(row[0]) + 1 if row else horizon


def _edge(signed: Checkpoint | None) -> Frontier:
    """The edge of the tree, which must be the one that was signed. Raises Broken."""
    try:
        frontier = StoredTree().frontier(signed.size if signed else 0)
    except Missing as error:
        raise Broken(f"no leaf or node {error}") from error
    if signed and frontier.root != signed.root:
        raise Broken("the leaves do not make the root that was signed")
    return frontier


def _take(frontier: Frontier, begin: int, end: int, *, everything: bool) -> int:
    """Append the entries of these transactions to the tree; returns how many.

    everything: all that has no leaf, for a log that comes from another life: its
    entries may carry numbers of transactions that this database has yet to reach.
    """
    before = frontier.size
    statement, bounds = _IN_ORDER, [str(begin), str(end)]
    if everything:
        statement, bounds = _ALL_UNSEALED, [str(end)]
    for rows in _chunks(statement, bounds):
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


def _chunks(statement: str, bounds: list[str]) -> Iterator[list[Any]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, bounds)
        while rows := cursor.fetchmany(_CHUNK):
            yield rows


def _known(ids: list[str]) -> set[str]:
    """Those of the entries that have a leaf: sealed in another life of the database."""
    with connection.cursor() as cursor:
        cursor.execute(_SEALED, [ids])
        return {found for (found,) in cursor.fetchall()}


def _sign(
    last: AuditSeal | None,
    signed: Checkpoint | None,
    frontier: Frontier,
    place: _Place,
    *,
    horizon: int,
    opens: str,
    now: datetime,
) -> AuditSeal:
    epoch = (last.epoch if last else 1) + bool(opens)
    more: tuple[str, ...] = ()
    if opens and signed:
        left = f"{signed.size} {signed.root.hex()} of {signed.origin}"
        more = (f"epoch {epoch} after {left}",)
        facts = {"epoch": epoch, "size": signed.size, "cause": opens}
        log.append(Action.AUDIT_EPOCH_OPENED, facts=facts)
    checkpoint = Checkpoint(
        origin=f"earwitness/{_installation(now)}/{epoch}",
        size=frontier.size,
        root=frontier.root,
        previous=signed.body_hash() if signed else "",
        horizon=horizon,
        sealed_at=now,
        more=more,
    )
    made = sealing_keys.signed(checkpoint)
    made.id = last.pk + 1 if last else 1
    made.epoch, made.system_identifier = epoch, place.system_identifier
    made.save(force_insert=True)
    return made


def _installation(now: datetime) -> str:
    found, _made = Installation.objects.get_or_create(
        only=True, defaults={"made_at": now}
    )
    return str(found.pk)
