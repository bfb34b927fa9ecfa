"""How far the log can be sealed: below the oldest transaction that is still open.

Snapshots know the transactions of the whole cluster; those of other databases, and of
autovacuum where this role is told of it, write no entries and hold up nobody. One that
ended meanwhile, or is prepared, has no backend to ask: it counts.
"""

from dataclasses import dataclass

from django.db import connection

_PLACE = """
SELECT
    coalesce(
        (
            SELECT open.xid FROM pg_snapshot_xip(now.snapshot) AS open (xid)
            LEFT JOIN pg_stat_activity AS who ON who.backend_xid = open.xid::xid
            WHERE (who.datid IS NULL OR who.datname = current_database())
                AND who.backend_type IS DISTINCT FROM 'autovacuum worker'
            ORDER BY open.xid LIMIT 1
        ),
        pg_snapshot_xmax(now.snapshot)
    )::text::bigint,
    pg_snapshot_xmax(now.snapshot)::text::bigint,
    (SELECT system_identifier FROM pg_control_system())
FROM pg_current_snapshot() AS now (snapshot)
"""


@dataclass(frozen=True)
class Place:
    """Where we are.

    horizon: every transaction of this database below it has ended. next_xid: no
    transaction has got this number yet. system_identifier: which cluster it is.
    """

    horizon: int
    next_xid: int
    system_identifier: int


def place() -> Place:
    """Ask the database; what it has written up to there is seen by later statements."""
    with connection.cursor() as cursor:
        cursor.execute(_PLACE)
        return Place(*cursor.fetchone())
