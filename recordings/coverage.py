"""How much of a call was recorded, what was not, and why not.

Pure: rows in, stretches out. Recorded and unrecorded time add up to the call exactly.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from recordings.models import Call, Pause, Recording

State = Recording.State
MS = timedelta(milliseconds=1)
WITHOUT_FILE = frozenset({State.FAILED, State.ABORTED, State.LOST})
"""Ends that leave nothing of what was said."""


class Cause(StrEnum):
    """Why a stretch of a call is on no recording."""

    LEAD_IN = "lead_in"
    PAUSED = "paused"
    NOT_ALLOWED = "not_allowed"
    LOST = "lost"
    TAIL = "tail"


_BY_STOP = {
    "": Cause.LOST,
    "call_ended": Cause.TAIL,
    "paused": Cause.PAUSED,
    "handover": Cause.LOST,
    "given_up": Cause.LOST,
}
"""What follows the end of a part, by why it was stopped; else somebody said no."""
_BREAKS = frozenset({"failed", "limit_reached"})
"""Reasons of an end that nobody wanted."""


@dataclass(frozen=True)
class Stretch:
    """A time of the call that is on no recording."""

    since: datetime
    until: datetime
    cause: Cause

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.until - self.since


@dataclass(frozen=True)
class Coverage:
    """What is recorded of a call, in ms, and every stretch that is not."""

    recorded_ms: int
    unrecorded: tuple[Stretch, ...]

    @property
    def unrecorded_ms(self) -> int:
        """All that is on no recording, for whatever reason."""
        return sum(stretch.length // MS for stretch in self.unrecorded)

    @property
    def missed_ms(self) -> int:
        """What ought to have been recorded and was not."""
        lost = (s for s in self.unrecorded if s.cause is Cause.LOST)
        return sum(stretch.length // MS for stretch in lost)


def of_call(
    call: Call, *, parts: Sequence[Recording], pauses: Iterable[Pause], until: datetime
) -> Coverage:
    """The coverage of a call from its start to its end, of a live one to `until`.

    parts: in order of their numbers.
    """
    begin, end = _ms(call.started_at), _ms(max(call.ended_at or until, call.started_at))
    heard = _joined(_heard(parts, begin, end))
    stops = [
        (max(begin, _ms(pause.asked_at)), _ms(pause.ended_at or until))
        for pause in pauses
    ]
    unrecorded = [
        stretch
        for since, to in _between(heard, begin, end)
        for stretch in _explained(
            since, to, stops, rest=_cause(call, parts, (since, to), end)
        )
    ]
    recorded = sum((to - since) // MS for since, to in heard)
    return Coverage(recorded_ms=recorded, unrecorded=tuple(unrecorded))


Span = tuple[datetime, datetime]


def _ms(at: datetime) -> datetime:
    """To the millisecond, so that lengths add up."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _heard(parts: Iterable[Recording], begin: datetime, end: datetime) -> list[Span]:
    """When a recorder ran that left a file, or is about to."""
    spans = []
    for part in parts:
        if part.started_at is None or part.state in WITHOUT_FILE:
            continue
        since = max(begin, _ms(part.started_at))
        to = min(end, _ms(part.ended_at)) if part.ended_at else end
        if since < to:
            spans.append((since, to))
    return sorted(spans)


def _joined(spans: Iterable[Span]) -> list[Span]:
    joined: list[Span] = []
    for since, to in spans:
        if joined and since <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], to))
        else:
            joined.append((since, to))
    return joined


def _between(heard: Iterable[Span], begin: datetime, end: datetime) -> list[Span]:
    gaps, at = [], begin
    for since, to in heard:
        gaps.append((at, since))
        at = to
    return [(since, to) for since, to in [*gaps, (at, end)] if since < to]


def _explained(
    since: datetime, to: datetime, stops: Iterable[Span], *, rest: Cause
) -> list[Stretch]:
    """One gap, cut where a pause begins and ends; rest: why, apart from pauses."""
    edges = {since, to}
    for paused, resumed in stops:
        edges |= {edge for edge in (paused, resumed) if since < edge < to}
    return [
        Stretch(a, b, Cause.PAUSED if _within(a, b, stops) else rest)
        for a, b in pairwise(sorted(edges))
    ]


def _within(since: datetime, to: datetime, stops: Iterable[Span]) -> bool:
    return any(paused <= since and to <= resumed for paused, resumed in stops)


def _cause(call: Call, parts: Sequence[Recording], gap: Span, end: datetime) -> Cause:
    """Why nothing was recorded then, apart from pauses."""
    since, to = gap
    if any(_left_nothing(call, part, gap) for part in parts):
        return Cause.LOST
    last = _last_before(parts, since)
    if last is None:
        # nobody asked for a recorder: the law, or the team, did not want one yet
        return Cause.LEAD_IN if to < end else Cause.NOT_ALLOWED
    cause = _BY_STOP.get(last.stop_wanted, Cause.NOT_ALLOWED)
    return Cause.LOST if cause is Cause.TAIL and _broke_off(last) else cause


def _left_nothing(call: Call, part: Recording, gap: Span) -> bool:
    """It was meant to record then, and there is no file of it."""
    since, to = gap
    planned = call.now(part.planned_at)
    failed = part.state in {State.FAILED, State.LOST}
    return failed and planned < to and (part.ended_at or planned) >= since


def _broke_off(part: Recording) -> bool:
    """It ended by itself, before its call did."""
    return part.reason.partition(":")[0] in _BREAKS


def _last_before(parts: Iterable[Recording], at: datetime) -> Recording | None:
    made = [p for p in parts if p.started_at and p.started_at <= at]
    return made[-1] if made else None
