"""By how much the clocks we depend on differ from this machine's."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection

from recordings import media_store, pulse

WHOLE_SECONDS = 1.0
"""A store tells its time in the header Date, which knows no parts of a second."""


@dataclass(frozen=True)
class Skew:
    """seconds: how far a clock is ahead; doubt: by how much that may be wrong."""

    seconds: float
    doubt: float

    def exceeds(self, seconds: float) -> bool:
        """Whether it is off by more than that for certain."""
        return abs(self.seconds) - self.doubt > seconds


def _database() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        told: datetime = cursor.fetchone()[0]
    return told


def _store() -> datetime | None:
    return media_store.store().clock()


Tell = Callable[[], datetime | None]
CLOCKS: dict[str, Tell] = {
    "database": _database,
    "redis": pulse.clock,
    "store": _store,
}
"""What each says; a folder has no clock of its own."""


def skew(name: str) -> Skew | None:
    """How far that clock is off; None where there is none. Raises what asking raises.

    Compared with the middle of the time that asking took.
    """
    asked = datetime.now(UTC)
    told = CLOCKS[name]()
    answered = datetime.now(UTC)
    if told is None:
        return None
    half = (answered - asked) / 2
    doubt = half.total_seconds() + (WHOLE_SECONDS if name == "store" else 0.0)
    return Skew((told - asked - half).total_seconds(), doubt)
