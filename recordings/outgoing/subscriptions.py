"""Who is told of what: made, changed and tried out by whoever manages keys."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.keys import keyring
from compliance.models import Person, Team
from compliance.wire import reach, signature
from recordings import outbox
from recordings.models import EventKind, EventSubscription, OutgoingEvent

State = OutgoingEvent.State
RING = "event_secrets"
OVERLAP = timedelta(hours=24)
"""How long messages carry a signature of the secret before, too."""
SWITCHED_OFF = "switched_off"


def make(
    *,
    name: str,
    url: str,
    kinds: Sequence[EventKind],
    team: Team | None,
    by: Person,
    now: datetime,
) -> tuple[EventSubscription, str]:
    """Tell an address of these events from now on; returns the row and its secret.

    Raises Refused, or `reach.OutOfReach` for an address that is none.
    """
    policy.require(by, Verb.MANAGE_KEYS)
    reach.target(url)
    secret = signature.new_secret()
    with transaction.atomic():
        subscription = EventSubscription.objects.create(
            name=name,
            url=url,
            kinds=list(kinds),
            team=team,
            secret=secret,
            secret_key_id=keyring(RING).current.id,
            made_at=now,
        )
        log.append(Action.EVENT_SECRET_MADE, subject=subscription, actor=by)
    return subscription, secret


def change(*, subscription: EventSubscription, by: Person) -> None:
    """Save what was changed of name, address, events, team or whether it is active.

    Switched off, it is told nothing any more, not even what waits. Raises Refused, or
    `reach.OutOfReach` for an address that is none.
    """
    policy.require(by, Verb.MANAGE_KEYS)
    reach.target(subscription.url)
    with transaction.atomic():
        subscription.save(update_fields=["name", "url", "kinds", "team", "is_active"])
        rested = EventSubscription.objects.filter(id=subscription.id)
        rested.update(failures=0, rests_until=None)  # another address may answer
        if not subscription.is_active:
            OutgoingEvent.objects.filter(
                subscription=subscription, state=State.WAITING
            ).update(state=State.GIVEN_UP, last_status=SWITCHED_OFF)


def renew_secret(*, subscription: EventSubscription, by: Person, now: datetime) -> str:
    """Give it a new secret, told here alone; the old one goes on for a day.

    Raises Refused.
    """
    policy.require(by, Verb.MANAGE_KEYS)
    with transaction.atomic():
        row = EventSubscription.objects.select_for_update().get(id=subscription.id)
        row.old_secret, row.old_secret_until = row.secret, now + OVERLAP
        row.secret = secret = signature.new_secret()
        row.secret_key_id = keyring(RING).current.id
        row.save(
            update_fields=[
                "secret", "secret_key_id", "old_secret", "old_secret_until"
            ]
        )  # fmt: skip
        log.append(Action.EVENT_SECRET_MADE, subject=row, actor=by)
    return secret


def try_out(*, subscription: EventSubscription, by: Person, now: datetime) -> None:
    """Send it a message of the kind 'test'. Raises Refused."""
    policy.require(by, Verb.MANAGE_KEYS)
    with transaction.atomic():
        outbox.test(subscription, now=now)
        log.append(Action.EVENT_TESTED, subject=subscription, actor=by)


def send_again(*, events: Sequence[OutgoingEvent], by: Person, now: datetime) -> int:
    """Try once more what was given up; returns how many. Raises Refused."""
    policy.require(by, Verb.MANAGE_KEYS)
    done = 0
    with transaction.atomic():
        rows = OutgoingEvent.objects.select_for_update().filter(
            id__in=[event.id for event in events], state=State.GIVEN_UP
        )
        for row in rows:
            row.state, row.due_at, row.claimed_until = State.WAITING, now, None
            row.save(update_fields=["state", "due_at", "claimed_until"])
            log.append(Action.EVENT_SENT_AGAIN, subject=row, actor=by)
            done += 1
    return done
