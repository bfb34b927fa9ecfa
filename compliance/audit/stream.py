"""The sealed log as it lies in the database, position by position, in flat memory.

Read through server-side cursors, for whoever checks or exports all of it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from compliance.audit.canonical import COLUMNS, Leaf, leaf_of
from compliance.audit.tree import Node

PAGE = 2_000
"""Rows fetched at once."""

LEAVES = f"""
    SELECT leaf.position, leaf.hash, leaf.entry_id::text, {COLUMNS}
    FROM compliance_auditleaf leaf
    LEFT JOIN compliance_auditentry entry ON entry.id = leaf.entry_id
    WHERE leaf.position >= %s AND leaf.position < %s
    ORDER BY leaf.position
"""  # noqa: S608  a list of columns of our own
_UNSEALED = f"""
    SELECT {COLUMNS} FROM compliance_auditentry entry
    WHERE entry.xid >= %s::text::xid8 AND NOT EXISTS (
        SELECT FROM compliance_auditleaf leaf WHERE leaf.entry_id = entry.id)
    ORDER BY entry.xid, entry.id
"""  # noqa: S608
_NODES = """
    SELECT level, index, hash FROM compliance_auditnode
    WHERE (index + 1) << level > %s AND (index + 1) << level <= %s
    ORDER BY (index + 1) << level, level
"""
_OLDEST = """
    SELECT min(entry.timestamp) FROM compliance_auditentry entry
    WHERE entry.xid >= %s::text::xid8 AND isfinite(entry.timestamp) AND NOT EXISTS (
        SELECT FROM compliance_auditleaf leaf WHERE leaf.entry_id = entry.id)
"""


class Sealed(NamedTuple):
    """What stands at one position of the tree.

    hash: of the leaf, None where its row is gone. leaf: the entry's bytes, None where
    the entry is gone. raw: its columns, where they cannot be ours (no leaf then).
    """

    position: int
    hash: bytes | None
    entry_id: str
    leaf: Leaf | None
    raw: Sequence[str | None] = ()


@contextmanager
def snapshot() -> Iterator[None]:
    """One picture of the database for all that is read inside.

    Inside another's transaction it is that transaction's. A reader has no transaction
    id, so it holds back no seal.
    """
    is_own = not connection.in_atomic_block
    with transaction.atomic():
        if is_own:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def rows(sql: str, params: Sequence[str | int] = ()) -> Iterator[tuple[Any, ...]]:
    """The rows of a query, a page at a time. Wants to be inside `snapshot`."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, params)
        while page := cursor.fetchmany(PAGE):
            yield from page


def sealed(first: int, end: int) -> Iterator[Sealed]:
    """What stands at the positions from `first` up to `end`, not counting it.

    A position whose leaf is gone is told too; after the last leaf there it ends.
    """
    at = first
    for position, kept, entry_id, *columns in rows(LEAVES, [first, end]):
        while at < position:
            yield Sealed(at, None, "", None)
            at += 1
        yield _at(position, bytes(kept), entry_id, columns)
        at += 1


def _at(position: int, kept: bytes, entry_id: str, columns: list[str | None]) -> Sealed:
    if columns[1] is None:
        return Sealed(position, kept, entry_id, None)
    try:
        return Sealed(position, kept, entry_id, leaf_of(columns))
    except ValueError:
        return Sealed(position, kept, entry_id, None, columns)


def unsealed(from_xid: int = 0) -> Iterator[tuple[str, int, Leaf | None]]:
    """Entries without a leaf, in the log's order: id, transaction, bytes.

    from_xid: not those of earlier transactions. No bytes: it holds what we never write.
    """
    for xid, entry_id, *columns in rows(_UNSEALED, [str(from_xid)]):
        try:
            leaf = leaf_of([xid, entry_id, *columns])
        except ValueError:
            leaf = None
        yield entry_id, int(xid), leaf


def oldest_unsealed(from_xid: int) -> datetime | None:
    """When the oldest entry without a leaf was written, from that transaction on."""
    with connection.cursor() as cursor:
        cursor.execute(_OLDEST, [str(from_xid)])
        found: datetime | None = cursor.fetchone()[0]
    return found


def nodes(first: int, end: int) -> Iterator[Node]:
    """The kept nodes that a leaf from `first` up to `end` completes: level, index, hash."""
    for level, index, kept in rows(_NODES, [first, end]):
        yield level, index, bytes(kept)
