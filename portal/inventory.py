"""How often the database is compared with the store, and hashes are taken again."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any


@dataclass(frozen=True)
class Schedule:
    """every: between two runs over a store; None where only people begin them.

    hashes: each file is read and hashed again within this time; None for never.
    grace: so long an object may lie in the store before it counts as an orphan.
    """

    every: timedelta | None
    hashes: timedelta | None
    grace: timedelta


def read(env: Any) -> Schedule:
    """Days and hours of the environment; 0 days stands for never."""
    every = max(0, env.int("EARWITNESS_INVENTORY_DAYS", default=7))
    hashes = max(0, env.int("EARWITNESS_REHASH_DAYS", default=90))
    grace = max(1, env.int("EARWITNESS_ORPHAN_GRACE_HOURS", default=24))
    return Schedule(
        every=timedelta(days=every) if every else None,
        hashes=timedelta(days=hashes) if hashes else None,
        grace=timedelta(hours=grace),
    )
