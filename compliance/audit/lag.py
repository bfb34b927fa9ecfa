"""How far the seals are behind: what waits for the sealer, and what holds it up.

An entry is sealed within two seconds of its commit, unless a transaction that began
to write before is still open: then it waits for that one.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from compliance.audit import horizon, succession
from compliance.audit.succession import Broken
from compliance.models import AuditEntry, AuditLeaf

_FIRST = f"""
SELECT timestamp FROM {AuditEntry._meta.db_table} entry
WHERE xid >= %s AND xid < %s AND NOT EXISTS (
    SELECT FROM {AuditLeaf._meta.db_table} leaf WHERE leaf.entry_id = entry.id)
ORDER BY entry.xid, entry.id LIMIT 1
"""  # noqa: S608
_OLDEST_OPEN = """
SELECT extract(epoch FROM clock_timestamp() - min(since)) FROM (
    SELECT xact_start AS since FROM pg_stat_activity
    WHERE backend_xid IS NOT NULL AND datname = current_database()
        AND pid <> pg_backend_pid()
    UNION ALL
    SELECT prepared FROM pg_prepared_xacts WHERE database = current_database()
) AS open
"""


@dataclass(frozen=True)
class Lag:
    """unsealed: seconds since the first entry that could be sealed and is not; without
    end where nothing can be sealed.

    held: seconds for which the oldest transaction that writes has been open, as far as
    this role is told, or for which an entry has waited for one. is_whole: whether the
    last seal and the edge of the tree are what was signed. size: entries under it.
    """

    unsealed: float
    held: float
    is_whole: bool
    size: int


def current(*, now: datetime) -> Lag:
    """Look, in five queries and those of the edge of the tree."""
    place = horizon.place()
    held = _oldest_open()
    try:
        last = succession.last()
        last.edge()
    except Broken:
        return Lag(float("inf"), held, is_whole=False, size=0)
    begin = last.signed.horizon if last.signed else 0
    waiting = _age(begin, place.horizon, now)
    behind = _age(max(begin, place.horizon), place.next_xid, now)
    size = last.signed.size if last.signed else 0
    return Lag(waiting, max(behind, held), is_whole=True, size=size)


def _age(begin: int, end: int, now: datetime) -> float:
    """Seconds since the first unsealed entry of these transactions; 0 for none."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRST, [str(begin), str(end)])
        row = cursor.fetchone()
    return max(0.0, (now - row[0]).total_seconds()) if row else 0.0


def _oldest_open() -> float:
    with connection.cursor() as cursor:
        cursor.execute(_OLDEST_OPEN)
        (seconds,) = cursor.fetchone()
    return float(seconds or 0)
