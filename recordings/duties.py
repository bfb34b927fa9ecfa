"""Calls that a law wants recorded: what they are for, and the alarm when they are not.

An alarm is raised once for a call, and an officer settles it: that the recorder came
in the end does not bring back what was said before.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from compliance.consent import duties as law
from compliance.consent.plan import Why
from compliance.models import Purpose
from recordings import alerts, consent, coverage
from recordings.coverage import Cause, Stretch
from recordings.models import Alert, Call, ConsentRecord, Recording

KIND = Alert.Kind.UNRECORDED_DUTY
PATIENCE = timedelta(seconds=30)
"""So long a call may run without a recorder: consent is asked, the recorder starts."""
NOTICEABLE = timedelta(seconds=2)
"""Shorter losses are a recorder changing over."""


def purposes(call: Call) -> list[str]:
    """What a call is recorded for: as its trunk or team says, and a duty if there is one."""
    chosen = (call.trunk and call.trunk.purposes) or call.team.purposes
    if law.of(call.team, on=call.started_at.date()) is None:
        return list(chosen)
    return list(dict.fromkeys([Purpose.LEGAL_DUTY.value, *chosen]))


def mind(
    call: Call,
    *,
    standing: consent.Standing,
    parts: Sequence[Recording],
    now: datetime,
) -> None:
    """Raise the alarm when a call under a duty goes, or went, unrecorded.

    The caller holds the locks of call and parts.
    """
    if standing.plan.duty is None or standing.plan.why is Why.NOBODY_YET:
        return
    detail = _detail(call, standing, parts, now)
    if detail and not _rows().filter(subject=str(call.id)).exists():
        alerts.open_once(KIND, subject=str(call.id), now=now, call=call, detail=detail)


def unrecorded(*, now: datetime, limit: int) -> list[UUID]:
    """Live calls under a duty that no recorder hears, and nobody was told of."""
    hears = Recording.objects.filter(
        call=OuterRef("id"), state=Recording.State.RECORDING
    )
    told = _rows().filter(call=OuterRef("id"))
    rows = Call.objects.filter(
        ~Exists(hears),
        ~Exists(told),
        ended_at=None,
        team__duty__isnull=False,
        started_at__lt=now - PATIENCE,
    )
    return list(rows.order_by("started_at").values_list("id", flat=True)[:limit])


def call_of(recording_id: UUID) -> UUID | None:
    """The call of a part, if it is under a duty: to be thought about after its check."""
    rows = Recording.objects.filter(id=recording_id, call__team__duty__isnull=False)
    return rows.values_list("call_id", flat=True).first()


def _rows() -> QuerySet[Alert]:
    return Alert.objects.filter(kind=KIND)


def _breach(call: Call, parts: Sequence[Recording], now: datetime) -> Stretch | None:
    """The first stretch that is longer than the duty can bear."""
    told = coverage.of_call(
        call, parts=parts, pauses=call.pauses.all(), until=call.now(now)
    )
    for stretch in told.unrecorded:
        if stretch.length > _patience(call, stretch):
            return stretch
    return None


def _patience(call: Call, stretch: Stretch) -> timedelta:
    """How long a stretch may be: none is borne, once the call is over, that was lost or
    refused; a pause that somebody asked for is no breach."""
    if stretch.cause is Cause.PAUSED:
        return timedelta.max
    is_over = not call.is_live
    if is_over and stretch.cause is Cause.LOST:
        return NOTICEABLE
    if is_over and stretch.cause is Cause.NOT_ALLOWED and _was_refused(call):
        return NOTICEABLE
    return PATIENCE


def _was_refused(call: Call) -> bool:
    against = (ConsentRecord.Kind.REFUSED, ConsentRecord.Kind.WITHDRAWN)
    return call.consents.filter(kind__in=against).exists()


def _detail(
    call: Call, standing: consent.Standing, parts: Sequence[Recording], now: datetime
) -> str:
    """How the duty is broken, as a code of `endings`; empty while it is not.

    The do-not-record list breaks it at once: a person should see that both were said.
    """
    if standing.plan.why is Why.DO_NOT_RECORD:
        return standing.stop_reason
    found = _breach(call, parts, now)
    if found is None:
        return ""
    if found.cause is Cause.LOST:
        broken = [p.reason for p in parts if p.reason and not p.stop_wanted]
        return broken[-1] if broken else "unrecorded"
    return standing.stop_reason if standing.plan.why is Why.REFUSED else "unrecorded"
