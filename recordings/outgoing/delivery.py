"""Sends what waits in the outbox, each receiver's messages one after another.

A row is leased by the database's clock and its result written under its attempt: a
worker that dies leaves a row that is sent again, so a message may come twice. A failed
row waits twice as long each time, for three days. A subscriber that fails rests as a
whole, so that one dead address neither holds up the others nor fills the workers.
"""

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from compliance.leases import FREE
from compliance.wire import signature
from compliance.wire.post import NotTaken, post
from recordings import alerts
from recordings.models import Alert, EventSubscription, OutgoingEvent
from recordings.outgoing import mail

logger = logging.getLogger(__name__)

State = OutgoingEvent.State

LEASE = timedelta(seconds=120)
BATCH = 20
BATCH_TIME = timedelta(seconds=30)
"""After so many messages or so long a worker turns to other work."""
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(hours=6)
LONGEST_REST = timedelta(minutes=10)
TRIED_FOR = timedelta(days=3)
MANY_FAILURES = 6
"""In a row: then somebody should look. Some ten minutes."""
KEPT = timedelta(days=30)
MAIL = "mail"


@dataclass(frozen=True)
class Receiver:
    """Whose messages wait: a subscription or a person."""

    subscription_id: UUID | None
    person_id: UUID | None


def due(*, now: datetime, limit: int) -> list[Receiver]:
    """Receivers that a message waits for and that no worker is busy with."""
    busy = OutgoingEvent.objects.filter(claimed_until__gte=Now())
    rows = (
        _waiting(now)
        .filter(Q(subscription=None) | _awake(now))
        .exclude(Exists(busy.filter(subscription=OuterRef("subscription"))))
        .exclude(Exists(busy.filter(person=OuterRef("person"))))
        .values_list("subscription_id", "person_id")
        .distinct()
    )
    return [Receiver(*row) for row in rows[:limit]]


def to_subscriber(*, subscription_id: UUID, now: datetime) -> int:
    """Send a subscriber what waits, oldest first, until one is not taken.

    Returns how many were taken.
    """
    taken, stop_at = 0, timezone.now() + BATCH_TIME
    while taken < BATCH and timezone.now() < stop_at:
        row = _claim(subscription_id, now)
        if row is None or not _send(row, now):
            break
        taken += 1
    return taken


def to_person(*, person_id: UUID, now: datetime) -> bool:
    """Send a person one mail about all that waits for him; True if one was sent."""
    rows = _claim_mails(person_id, now)
    if not rows:
        return False
    try:
        told = mail.send(rows, now=now)
    except OSError as error:
        for row in rows:
            _put_back(row, type(error).__name__, now)
        if rows[0].attempt >= MANY_FAILURES:
            alerts.open_once(Alert.Kind.UNDELIVERED, subject=MAIL, now=now)
        return False
    for row in rows:
        _done(row, "mailed" if row.id in told else "not_needed", now)
    alerts.close(Alert.Kind.UNDELIVERED, subject=MAIL, now=now)
    return bool(told)


def sweep(*, now: datetime) -> int:
    """Forget what was sent, or given up, long ago; returns how many rows."""
    over = OutgoingEvent.objects.exclude(state=State.WAITING)
    return over.filter(created_at__lt=now - KEPT).delete()[0]


def _waiting(now: datetime) -> QuerySet[OutgoingEvent]:
    return OutgoingEvent.objects.filter(FREE, state=State.WAITING, due_at__lte=now)


def _awake(now: datetime) -> Q:
    rests = Q(subscription__rests_until__gt=now)
    return Q(subscription__is_active=True) & ~rests


def _claim(subscription_id: UUID, now: datetime) -> OutgoingEvent | None:
    rows = _waiting(now).filter(_awake(now), subscription=subscription_id)
    with transaction.atomic():
        row = (
            rows.select_for_update(of=("self",), skip_locked=True)
            .select_related("subscription")
            .order_by("due_at", "created_at")
            .first()
        )
        if row is not None:
            _lease([row])
    return row


def _claim_mails(person_id: UUID, now: datetime) -> list[OutgoingEvent]:
    """All that is due to a person, unless a mail left only just now: then it waits."""
    with transaction.atomic():
        rows = list(
            _waiting(now)
            .filter(person=person_id)
            .select_for_update(of=("self",), skip_locked=True)
            .select_related("person")
            .order_by("created_at")[: mail.MOST]
        )
        again_at = mail.next_at(person_id)
        if again_at and again_at > now:
            OutgoingEvent.objects.filter(id__in=[row.id for row in rows]).update(
                due_at=again_at
            )
            return []
        _lease(rows)
    return rows


def _lease(rows: Iterable[OutgoingEvent]) -> None:
    for row in rows:
        row.attempt += 1
    OutgoingEvent.objects.filter(id__in=[row.id for row in rows]).update(
        claimed_until=Now() + LEASE, attempt=F("attempt") + 1
    )


def _send(row: OutgoingEvent, now: datetime) -> bool:
    subscription = row.subscription
    assert subscription is not None  # noqa: S101 - for the type checker
    body = json.dumps(row.payload, sort_keys=True, separators=(",", ":")).encode()
    signed = signature.headers(
        message_id=str(row.id),
        body=body,
        secrets=_secrets(subscription, now),
        now=timezone.now(),
    )
    try:
        status = post(subscription.url, body=body, headers=signed)
    except NotTaken as failure:
        _put_back(row, failure.code, now)
        _rest(subscription, now)
        return False
    _done(row, status, now)
    _recovered(subscription, now)
    return True


def _secrets(subscription: EventSubscription, now: datetime) -> list[str]:
    """The secret, and the one before it while the subscriber may still use that."""
    until = subscription.old_secret_until
    old = [subscription.old_secret] if until and until > now else []
    return [subscription.secret, *old]


def _done(row: OutgoingEvent, status: str, now: datetime) -> None:
    _mine(row).update(
        state=State.SENT, sent_at=now, last_status=status, claimed_until=None
    )


def _put_back(row: OutgoingEvent, code: str, now: datetime) -> None:
    """Let it wait twice as long as before, or give it up after three days."""
    due_at = now + _wait(row.attempt, LONGEST_WAIT)
    over = due_at - row.created_at > TRIED_FOR
    logger.warning(
        "event.not_taken",
        extra={"event": str(row.id), "why": code, "attempt": row.attempt},
    )
    _mine(row).update(
        state=State.GIVEN_UP if over else State.WAITING,
        due_at=due_at,
        last_status=code[:40],
        claimed_until=None,
    )


def _mine(row: OutgoingEvent) -> QuerySet[OutgoingEvent]:
    """The row, as long as this attempt has it."""
    return OutgoingEvent.objects.filter(
        id=row.id, attempt=row.attempt, state=State.WAITING
    )


def _rest(subscription: EventSubscription, now: datetime) -> None:
    failures = subscription.failures + 1
    EventSubscription.objects.filter(id=subscription.id).update(
        failures=failures, rests_until=now + _wait(failures, LONGEST_REST)
    )
    if failures >= MANY_FAILURES:
        alerts.open_once(Alert.Kind.UNDELIVERED, subject=str(subscription.id), now=now)


def _recovered(subscription: EventSubscription, now: datetime) -> None:
    """The receiver is back: what failed before need not wait any longer."""
    if not subscription.failures:
        return
    EventSubscription.objects.filter(id=subscription.id).update(
        failures=0, rests_until=None
    )
    OutgoingEvent.objects.filter(
        subscription=subscription, state=State.WAITING, due_at__gt=now
    ).update(due_at=now)
    alerts.close(Alert.Kind.UNDELIVERED, subject=str(subscription.id), now=now)


def _wait(failures: int, longest: timedelta) -> timedelta:
    doubled: int = 2 ** min(failures - 1, 20)
    return min(FIRST_WAIT * doubled, longest)
