"""What a store may do by itself with what it keeps, in neutral words: pure functions.

Two things, each for what carries a mark of ours: move it to a cheaper shelf, and let it go
long after the portal should have. The second is a safety net for an installation that died:
the portal destroys on the day, with proof and receipt; the net waits for `MARGIN_DAYS` more.
A thing on hold carries no mark, so no rule meets it.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import inf

from compliance.models import RetentionPolicy
from compliance.retention.periods import Clock, Period

Shelf = RetentionPolicy.Shelf
ORDER = tuple(Shelf)
"""From the warmest to the coldest."""
COLD = frozenset({Shelf.ARCHIVE, Shelf.DEEP})
"""What lies there has to be brought back before it can be heard."""
MARGIN_DAYS = 90
"""How long after the last day of a thing the net lets it go."""
SELDOM_DAYS = 30
"""What is seldom read must have been kept so long before, and stays there so long."""
_LONGEST_YEAR = 366
_BEGUN_DAYS = 2
"""A period ends with its last day: with a part of the first and one of the last."""
_DAYS = [date(2023, 1, 1) + timedelta(days=n) for n in range(4 * 365 + 1)]


class BadTiers(ValueError):
    """Moves that no store carries out."""


@dataclass(frozen=True)
class Move:
    """To another shelf, so many days after it was stored."""

    to: Shelf
    after_days: int


@dataclass(frozen=True)
class TierRule:
    """What a store does with everything that carries `mark`.

    Either moves, or lets go after so many days since it was stored; one of the two.
    """

    mark: str
    moves: tuple[Move, ...] = ()
    gone_after: int | None = None


def moves_of(texts: Iterable[str]) -> tuple[Move, ...]:
    """'archive-180' and the like as moves, the first first. Raises BadTiers."""
    found = []
    for text in texts:
        shelf, _, days = text.rpartition("-")
        if shelf not in Shelf.values or not days.isdigit() or int(days) < 1:
            raise BadTiers("A move is a shelf and a number of days.")
        found.append(Move(Shelf(shelf), int(days)))
    moves = tuple(sorted(found, key=lambda one: (one.after_days, one.to.value)))
    _require_downhill(moves)
    return moves


def _require_downhill(moves: Sequence[Move]) -> None:
    if moves and moves[0].to == Shelf.INFREQUENT and moves[0].after_days < SELDOM_DAYS:
        raise BadTiers("What is seldom read is kept thirty days first.")
    for one, other in pairwise(moves):
        stays = SELDOM_DAYS if one.to == Shelf.INFREQUENT else 1
        colder = ORDER.index(other.to) > ORDER.index(one.to)
        if not colder or other.after_days < one.after_days + stays:
            raise BadTiers("Each move goes to a colder shelf, and later.")


def mark_of(moves: Iterable[Move]) -> str:
    """The mark that a thing carries which is to be moved so; '' for no moves."""
    return ".".join(f"{one.to.value}-{one.after_days}" for one in moves)


def tier_for(policies: Iterable[RetentionPolicy]) -> str:
    """The mark by which a thing is moved that these policies cover; '' for not at all.

    Only adopted policies count, and of those that say moves the one that keeps it on warm
    shelves longest: what it says, whole.
    """
    said = [
        moves_of(one.tiers)
        for one in policies
        if one.is_adopted and one.tiers and not one.is_ended
    ]
    warmest = max(said, key=_warmth, default=())
    return mark_of(warmest)


def _warmth(moves: Sequence[Move]) -> tuple[float, ...]:
    """From when on it is at least as cold as each shelf, the coldest first."""
    return tuple(
        min((m.after_days for m in moves if ORDER.index(m.to) >= n), default=inf)
        for n in reversed(range(len(ORDER)))
    )


def rules_of(policies: Collection[RetentionPolicy]) -> list[TierRule]:
    """What a store is to do by itself, by the policies in force; adopted ones only."""
    adopted = [one for one in policies if one.is_adopted and not one.is_ended]
    marks = sorted({mark_of(moves_of(one.tiers)) for one in adopted} - {""})
    moving = [TierRule(mark, moves=moves_of(mark.split("."))) for mark in marks]
    return [*moving, *(TierRule(str(n), gone_after=n) for n in nets(adopted))]


def nets(policies: Collection[RetentionPolicy]) -> list[int]:
    """After how many days since they were stored things are let go at the latest: for
    each ceiling that somebody adopted one net, past its latest possible day."""
    return sorted({days for one in policies if (days := _net_of(one))})


def _net_of(policy: RetentionPolicy) -> int:
    period = Period.parse(policy.delete_after)
    if period is None or not policy.is_adopted or policy.is_ended:
        return 0
    longest = max((period.after(day) - day).days for day in _DAYS)
    waits = 0 if policy.clock == Clock.CALL_END else _LONGEST_YEAR
    return longest + waits + policy.grace_days + _BEGUN_DAYS + MARGIN_DAYS


def net_for(known: Collection[int], *, stored: datetime, last: datetime) -> str:
    """The mark of the net for a thing that must stay until `last`; '' where every net
    would let it go before that day and its margin."""
    needed = (last - stored).days + 1 + MARGIN_DAYS
    return str(min((one for one in known if one >= needed), default=""))
