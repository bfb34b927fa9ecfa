"""What is to leave the portal: one row a receiver, in the transaction of the fact.

A row that is committed is delivered at least once; a fact that is rolled back was never
told. Payloads carry opaque ids, codes and figures: whoever may know more asks the API.
docs/events.md describes each event.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.models import Purpose
from recordings.models import (
    Alert,
    Call,
    EventKind,
    EventSubscription,
    OutgoingEvent,
    Recording,
    Restoration,
)

Facts = Mapping[str, Any]


def recording_available(
    part: Recording, *, purposes: Callable[[], Collection[Purpose]], now: datetime
) -> None:
    """Tell that a part can be heard. purposes: asked only if somebody is told."""
    _tell(
        EventKind.RECORDING_AVAILABLE,
        team_id=part.call.team_id,
        facts=lambda: {
            "recording_id": str(part.id),
            "call_id": str(part.call_id),
            "part": part.part,
            "duration_ms": part.duration_ms,
            "sha256": part.sha256,
            "purposes": [purpose.value for purpose in purposes()],
        },
        now=now,
    )


def call_ended(call: Call, *, now: datetime) -> None:
    """Tell that the last party of a call left."""
    _tell(
        EventKind.CALL_ENDED,
        team_id=call.team_id,
        facts=lambda: {
            "call_id": str(call.id),
            "ended_at": call.ended_at.isoformat() if call.ended_at else None,
            "duration_ms": call.duration_ms,
        },
        now=now,
    )


def alert_opened(alert: Alert, *, settled_by: Verb, now: datetime) -> None:
    """Tell subscribers, and mail whoever may settle it. settled_by: the verb for that."""
    facts = {
        "alert_id": str(alert.id),
        "kind": alert.kind,
        "severity": alert.severity.value,
        "call_id": _text(alert.call_id),
        "recording_id": _text(alert.recording_id),
    }
    _tell(EventKind.ALERT_OPENED, team_id=alert.team_id, facts=lambda: facts, now=now)
    if settings.MAIL_IS_ON:
        _mail(alert, settled_by, now)


def restored(wanted: Restoration, *, now: datetime) -> None:
    """Mail whoever asked for a recording out of an archive: it is there, or will not be."""
    if settings.MAIL_IS_ON:
        OutgoingEvent.objects.create(
            kind=EventKind.RESTORED,
            person=wanted.asked_by,
            payload={"restoration_id": str(wanted.pk)},
            created_at=now,
            due_at=now,
        )


def test(subscription: EventSubscription, *, now: datetime) -> None:
    """Tell one subscriber that this is a test."""
    _write(EventKind.TEST, [subscription], {}, now)


def _tell(
    kind: EventKind,
    *,
    team_id: UUID | None,
    facts: Callable[[], Facts],
    now: datetime,
) -> None:
    """Write a row for each subscriber of this kind whose team it is, or who has none."""
    mine = Q(team=None) if team_id is None else Q(team=None) | Q(team=team_id)
    subscribers = list(
        EventSubscription.objects.filter(
            mine, is_active=True, kinds__contains=[kind.value]
        )
    )
    if subscribers:
        _write(kind, subscribers, {"team_id": _text(team_id), **facts()}, now)


def _write(
    kind: EventKind,
    subscribers: Collection[EventSubscription],
    data: Facts,
    now: datetime,
) -> None:
    payload = {"type": kind.value, "timestamp": now.isoformat(), "data": dict(data)}
    OutgoingEvent.objects.bulk_create(
        OutgoingEvent(
            kind=kind,
            subscription=subscription,
            payload=payload,
            created_at=now,
            due_at=now,
        )
        for subscription in subscribers
    )


def _mail(alert: Alert, settled_by: Verb, now: datetime) -> None:
    """A row for each person: the pressing is due now, the rest at the full hour."""
    due_at = now
    if alert.severity == Alert.Severity.NORMAL:
        due_at = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    people = policy.holders(settled_by, alert if alert.team_id else None)
    OutgoingEvent.objects.bulk_create(
        OutgoingEvent(
            kind=EventKind.ALERT_OPENED,
            person=person,
            payload={"alert_id": str(alert.id)},
            created_at=now,
            due_at=due_at,
        )
        for person in people.filter(wants_alert_mail=True)
    )


def _text(key: UUID | None) -> str | None:
    return str(key) if key else None
