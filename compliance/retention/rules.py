"""When a thing goes: pure functions of policies, the law and the dates of the thing.

The longest floor and the shortest ceiling count. A floor counts as soon as a policy
says it, adopted or not; a ceiling only once a named person has adopted its policy. Where
the floor is later than the ceiling the thing is kept for the floor, and from the ceiling
on for the floor's purposes alone. A clock that an event of the business starts stands
still until the event is told: its floor has no end yet, and its ceiling none either.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from compliance.models import Purpose, RetentionPolicy
from compliance.retention.limits import Limit
from compliance.retention.periods import (
    OPEN_END,
    Clock,
    LegalCalendar,
    Period,
    Starts,
)

LAWFUL_KEEPING = frozenset({Purpose.LEGAL_DUTY, Purpose.EVIDENCE})
"""What a floor keeps for where its policy names no purpose."""


class Side(StrEnum):
    """What a bound is: kept at least until then, or at most."""

    FLOOR = "floor"
    CEILING = "ceiling"
    LAW = "law"


@dataclass(frozen=True)
class Bound:
    """One date that one policy, or the law of the call, gives to a thing.

    counts: whether it has a say; a ceiling that nobody adopted only shows. gone_by: when
    a ceiling's grace is over too. since: the day it is counted from; None while its clock
    stands still, and then both moments are `OPEN_END`.
    """

    side: Side
    at: datetime
    ref: str
    counts: bool
    gone_by: datetime
    period: str = ""
    clock: str = ""
    since: date | None = None
    purposes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As it is stored beside the date it led to."""
        return {
            "side": self.side.value,
            "at": self.at.isoformat(),
            "ref": self.ref,
            "counts": self.counts,
            "gone_by": self.gone_by.isoformat(),
            "period": self.period,
            "clock": self.clock,
            "since": self.since.isoformat() if self.since else "",
            "purposes": list(self.purposes),
        }


@dataclass(frozen=True)
class Outcome:
    """What all bounds together say about one thing.

    goes_at: hidden from then on; None: no end. gone_by: destroyed from then on.
    keep_until: the latest floor; `OPEN_END` where its clock stands still. narrowed: the purposes that remain from `narrowed_from`
    on, where floor and ceiling are in conflict.
    """

    bounds: tuple[Bound, ...]
    goes_at: datetime | None = None
    gone_by: datetime | None = None
    keep_until: datetime | None = None
    narrowed_from: datetime | None = None
    narrowed: tuple[str, ...] = ()

    @property
    def is_conflict(self) -> bool:
        """Whether a floor is later than a ceiling."""
        return self.narrowed_from is not None


def bounds_of(
    policy: RetentionPolicy,
    *,
    ended: datetime,
    calendar: LegalCalendar,
    starts: Starts | None = None,
    adopted: bool | None = None,
) -> list[Bound]:
    """The floor and the ceiling that a policy gives to what ended then.

    starts: the events told of it. adopted: as if it were, or were not; else as it is.
    """
    counts = policy.is_adopted if adopted is None else adopted
    since = calendar.counted_from(policy.clock, ended, starts)
    told = (starts or {}).get(policy.event)
    purposes = tuple(policy.purposes) or tuple(sorted(LAWFUL_KEEPING))
    found = []
    if policy.kept_until:
        found.append(_until(policy, policy.kept_until, calendar, purposes))
    for side, text in (
        (Side.FLOOR, policy.keep_at_least),
        (Side.CEILING, policy.delete_after),
    ):
        period = Period.parse(text)
        if period is None:
            continue
        at = gone_by = OPEN_END
        if since:
            last = period.after(since)
            at = calendar.end_of(last)
            grace = timedelta(days=policy.grace_days if side == Side.CEILING else 0)
            # told late, it hides at once what is over, and leaves the grace all the same
            day = max(last, calendar.day_of(told.told)) if told else last
            gone_by = calendar.end_of(day + grace)
        found.append(
            Bound(
                side=side,
                at=at,
                ref=str(policy.pk),
                counts=counts or side == Side.FLOOR,
                gone_by=gone_by,
                period=text,
                clock=policy.clock,
                since=since,
                purposes=purposes,
            )
        )
    return found


def _until(
    policy: RetentionPolicy,
    day: date,
    calendar: LegalCalendar,
    purposes: tuple[str, ...],
) -> Bound:
    """The floor with a day of its own, whenever the thing ended."""
    end, ref = calendar.end_of(day), str(policy.pk)
    return Bound(
        Side.FLOOR, end, ref, counts=True, gone_by=end, since=day, purposes=purposes
    )


def bound_of_law(limit: Limit, *, ended: datetime) -> Bound:
    """The ceiling that the law of the call gives: whole days from its very end."""
    at = ended + timedelta(days=limit.days)
    return Bound(
        side=Side.LAW,
        at=at,
        ref=str(limit.rule.pk),
        counts=True,
        gone_by=at,
        period=f"P{limit.days}D",
        clock=Clock.CALL_END,
        purposes=(limit.purpose.value,),
    )


def resolve(bounds: Sequence[Bound]) -> Outcome:
    """The longest floor, the shortest ceiling, and what follows from the two."""
    floors = [one for one in bounds if one.side == Side.FLOOR]
    ceilings = [
        one
        for one in bounds
        if one.side != Side.FLOOR and one.counts and one.at < OPEN_END
    ]
    keep_until = max((one.at for one in floors), default=None)
    goes_at = min((one.at for one in ceilings), default=None)
    if goes_at is None:
        return Outcome(tuple(bounds), keep_until=keep_until)
    gone_by = min(one.gone_by for one in ceilings)
    if keep_until is None or keep_until <= goes_at:
        return Outcome(tuple(bounds), goes_at, gone_by, keep_until)
    over = [one for one in floors if one.at > goes_at]
    is_open = keep_until == OPEN_END
    return Outcome(
        tuple(bounds),
        goes_at=None if is_open else keep_until,
        gone_by=None if is_open else max(keep_until, gone_by),
        keep_until=keep_until,
        narrowed_from=goes_at,
        narrowed=tuple(sorted({p for one in over for p in one.purposes})),
    )


def locks_firmly(
    policies: Collection[RetentionPolicy], bounds: Sequence[Bound], *, now: datetime
) -> bool:
    """Whether a policy with a floor that is not over wants the store's firmest lock.

    Nobody can undo that lock, so a policy says it only once somebody answers for it.
    """
    firm = {
        str(one.pk)
        for one in policies
        if one.is_adopted and one.lock_mode == RetentionPolicy.LockMode.COMPLIANCE
    }
    floors = [one for one in bounds if one.side == Side.FLOOR and one.at > now]
    return any(one.ref in firm for one in floors)


def spare(outcome: Outcome, *, until: datetime | None) -> Outcome:
    """The same for a thing that a person has brought back until then: its end and its
    grace move as far as the law of the call lets them. It never goes earlier by it."""
    if until is None or outcome.goes_at is None or outcome.gone_by is None:
        return outcome
    laws = [one.at for one in outcome.bounds if one.side == Side.LAW]
    goes_at = min([until, *laws])
    if goes_at <= outcome.goes_at:
        return outcome
    grace = outcome.gone_by - outcome.goes_at
    gone_by = max(outcome.gone_by, min([goes_at + grace, *laws]))
    return replace(outcome, goes_at=goes_at, gone_by=gone_by)


def covering(
    policies: Collection[RetentionPolicy], bounds: Sequence[Bound]
) -> RetentionPolicy | None:
    """The adopted policy that answers for a thing: whose ceiling ends first, else whose
    floor ends last; None where nobody adopted any of them."""
    adopted = {str(one.pk): one for one in policies if one.is_adopted}
    mine = [one for one in bounds if one.ref in adopted]
    ceilings = [one for one in mine if one.side == Side.CEILING]
    if ceilings:
        return adopted[min(ceilings, key=lambda one: one.at).ref]
    return adopted[max(mine, key=lambda one: one.at).ref] if mine else None
