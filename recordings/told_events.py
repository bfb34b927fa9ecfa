"""Events of the business that start clocks of policies: told of calls, once each.

An event told twice is one. Another day for the same event is a correction, and wants to
be called so; the row it replaces stays. What is told dates the recordings of the call
again, like any other fact that policies go by.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import ClockEvent, Person
from compliance.retention.periods import legal_calendar
from recordings import keeping
from recordings.models import Call, ToldEvent

LEEWAY = timedelta(minutes=5)
"""How far the clock of who tells may be ahead of ours."""


class EventRefused(ValueError):
    """It cannot be told so; the message says why, the code says it to programs."""

    def __init__(self, code: str, text: str) -> None:
        """Keep both."""
        super().__init__(text)
        self.code = code


@dataclass
class Told:
    """What became of one telling: calls of which it is new, was told before, was told
    with another day and left so, or corrected."""

    new: int = 0
    same: int = 0
    otherwise: int = 0
    corrected: int = 0


@transaction.atomic
def tell(
    *,
    event: ClockEvent,
    calls: Collection[Call],
    occurred_at: datetime | None,
    corrects: bool = False,
    taken_back: bool = False,
    by: Person,
    now: datetime,
) -> Told:
    """Say of these calls that an event took place, or, taken back, that it did not.

    occurred_at: None is now, or whatever was told before. corrects: another day than was
    told before takes its place. The caller has seen to it that `by` may say so of them.
    Raises EventRefused for an event that is over, or of the future.
    """
    if event.ended_at is not None:
        raise EventRefused("event_over", _("This event is not used any more."))
    if occurred_at is not None and occurred_at > now + LEEWAY:
        raise EventRefused("not_yet", _("What has not happened yet starts no clock."))
    ids = sorted(call.pk for call in calls)
    locked = Call.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    known = ToldEvent.objects.filter(event=event, call__in=ids, replaced_at=None)
    before = {row.call_id: row for row in known}
    told, wanted = Told(), _Wanted(event, occurred_at, taken_back, by, now)
    changed = [
        call
        for call in locked
        if _tell_of(call, before.get(call.pk), wanted, told, corrects=corrects)
    ]
    keeping.doubt([call.pk for call in changed])
    return told


@dataclass(frozen=True)
class _Wanted:
    event: ClockEvent
    occurred_at: datetime | None
    taken_back: bool
    by: Person
    now: datetime

    def is_in(self, row: ToldEvent) -> bool:
        """Whether that row says the same: the day counts, the hour does not."""
        if self.taken_back or row.occurred_at is None:
            return self.taken_back and row.occurred_at is None
        day_of = legal_calendar().day_of
        asked = self.occurred_at
        return asked is None or day_of(asked) == day_of(row.occurred_at)


def _tell_of(
    call: Call, before: ToldEvent | None, wanted: _Wanted, told: Told, *, corrects: bool
) -> bool:
    """Write it down for one call; whether that changes anything."""
    if before is None and wanted.taken_back:
        told.same += 1
        return False
    if before is not None and wanted.is_in(before):
        told.same += 1
        return False
    if before is not None:
        if not corrects:
            told.otherwise += 1
            return False
        before.replaced_at = wanted.now
        before.save(update_fields=["replaced_at"])
    occurred_at = None if wanted.taken_back else wanted.occurred_at or wanted.now
    ToldEvent.objects.create(
        call=call,
        event=wanted.event,
        occurred_at=occurred_at,
        told_by=wanted.by,
        told_at=wanted.now,
    )
    day = legal_calendar().day_of(occurred_at).isoformat() if occurred_at else "-"
    action = Action.CLOCK_EVENT_TOLD if before is None else Action.CLOCK_EVENT_CORRECTED
    facts = {"event": wanted.event.code, "day": day}
    log.append(action, subject=call, actor=wanted.by, facts=facts)
    told.new += before is None
    told.corrected += before is not None
    return True
