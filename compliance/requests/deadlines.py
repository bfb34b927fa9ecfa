"""When a request must be answered, by the calendar. Pure: no clock, no database.

The day of receipt is not counted (Regulation 1182/71 Art. 3(1) and the like). A month
ends with the same date of the next, or with its last day where there is none.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from compliance.requests.laws import Law, Span
from compliance.retention.periods import Period

Off = Callable[[date], bool]
"""Whether nobody works on a day: weekends and public holidays of a place."""

DAY = timedelta(days=1)
MOST_DAYS_OFF = 31
"""In a row; a calendar with more is wrong."""


class NoWorkingDay(ValueError):
    """The calendar has no working day within a month."""


@dataclass(frozen=True)
class Pause:
    """Days on which the clock stood still: from its first day until it went on."""

    since: date
    until: date


def acknowledge_by(law: Law, received: date, off: Off) -> date | None:
    """The last day to acknowledge, or None where the law asks for none."""
    return None if law.acknowledge is None else end_of(law.acknowledge, received, off)


def answer_by(
    law: Law,
    received: date,
    off: Off,
    *,
    pauses: Iterable[Pause] = (),
    extended: bool = False,
    stated: date | None = None,
) -> date:
    """The last day to answer.

    extended: by what the law gives beyond its period. stated: the day we told, where
    the law lets us state one; pauses do not move that.
    """
    if extended and stated is not None:
        return stated
    end = end_of(law.answer, received, off)
    if extended and law.extend is not None:
        end = _extended(law.answer, law.extend, received, off)
    still = days_still(pauses)
    if not still and not law.rolls:
        return end
    end += still * DAY
    in_working_days = law.answer.unit == "B"
    return working_day(end, off) if law.rolls or in_working_days else end


def end_of(span: Span, begin: date, off: Off) -> date:
    """The last day of a period; the day it begins with is not counted."""
    if span.unit != "B":
        return Period(span.count, span.unit).after(begin)
    day = begin
    for _ in range(span.count):
        day = working_day(day + DAY, off)
    return day


def working_day(day: date, off: Off) -> date:
    """That day, or the first after it on which people work. Raises NoWorkingDay."""
    for _ in range(MOST_DAYS_OFF):
        if not off(day):
            return day
        day += DAY
    raise NoWorkingDay(day.isoformat())


def days_still(pauses: Iterable[Pause]) -> int:
    """How many days the clock stood still; days that two pauses share count once."""
    days = 0
    reached = date.min
    for pause in sorted(pauses, key=lambda one: one.since):
        begin = max(pause.since, reached)
        days += max(0, (pause.until - begin).days)
        reached = max(reached, pause.until)
    return days


def _extended(answer: Span, more: Span, received: date, off: Off) -> date:
    """One month and two are three months from receipt, not two from where one ended."""
    if answer.unit == more.unit:
        return end_of(Span(answer.count + more.count, answer.unit), received, off)
    return end_of(more, end_of(answer, received, off), off)
