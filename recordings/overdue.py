"""Requests of people that are late become alerts, and mails before they are late."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from compliance.models import Person, SubjectRequest
from compliance.requests import desk, externals
from recordings import alerts
from recordings.models import Alert, EventKind, OutgoingEvent

REMIND_AT = (14, 7, 3, 1)
"""Days left: whoever has it is reminded once at each; everybody, where nobody has it."""
PAGE = 200
KIND = Alert.Kind.REQUEST_OVERDUE
OUTSIDE = Alert.Kind.EXTERNAL_OVERDUE


def watch(*, now: datetime) -> None:
    """Say what is late, and remind of what is due soon."""
    judge(now=now)
    remind(now=now)


def judge(*, now: datetime) -> None:
    """An alert for each request whose time is over, and for each about which somebody
    outside has not confirmed in time; closed once they are answered."""
    _tell(KIND, desk.overdue(now=now).values_list("pk", flat=True), now)
    outside = externals.overdue(now=now).order_by("request_id")
    _tell(OUTSIDE, outside.values_list("request_id", flat=True).distinct(), now)


def _tell(kind: Alert.Kind, ids: "QuerySet[Any, UUID]", now: datetime) -> None:
    late = {str(pk) for pk in ids}
    told = Alert.objects.filter(kind=kind, closed_at=None)
    open_already = set(told.values_list("subject", flat=True))
    for subject in sorted(late - open_already)[:PAGE]:
        alerts.open_once(kind, subject=subject, now=now)
    for subject in open_already - late:
        alerts.close(kind, subject=subject, now=now)


def remind(*, now: datetime) -> int:
    """Write the mails about what is due soon; returns how many. Each step is told once."""
    if not settings.MAIL_IS_ON:
        return 0
    rows, until = desk.by_what_is_next(), now + timedelta(days=REMIND_AT[0])
    later = rows.filter(next_at__gt=until, reminded_days__isnull=False)
    # it was extended, or stood still: its days are counted down anew
    SubjectRequest.objects.filter(pk__in=later.values("pk")).update(reminded_days=None)
    mails = 0
    soon = rows.filter(next_at__gt=now, next_at__lte=until).order_by("next_at")
    for request in soon.select_related("assigned_to")[:PAGE]:
        left = request.next_at - now
        step = min(days for days in REMIND_AT if left <= timedelta(days))
        if request.reminded_days is None or request.reminded_days > step:
            mails += _remind(request, step, now)
    return mails


def _remind(request: SubjectRequest, step: int, now: datetime) -> int:
    people = [request.assigned_to] if request.assigned_to else list(desk.officers())
    with transaction.atomic():
        rows = SubjectRequest.objects.filter(
            pk=request.pk, reminded_days=request.reminded_days
        )
        if not rows.update(reminded_days=step):
            return 0
        made = OutgoingEvent.objects.bulk_create(
            [_mail(request, person, now) for person in people]
        )
    return len(made)


def _mail(request: SubjectRequest, person: Person, now: datetime) -> OutgoingEvent:
    return OutgoingEvent(
        kind=EventKind.REQUEST_DUE,
        person=person,
        payload={"request_id": str(request.pk)},
        created_at=now,
        due_at=now,
    )
