"""What waits is sent until it is taken: again later, one after another, for three days."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models import F
from django.db.models.functions import Now
from standardwebhooks import Webhook

from recordings import alerts, outbox, tasks
from recordings.models import Alert, EventSubscription, OutgoingEvent
from recordings.outgoing import delivery, subscriptions
from tests.cast import Cast
from tests.factories.recordings import CallFactory, EventSubscriptionFactory
from tests.receiver import Receiver

pytestmark = pytest.mark.django_db
State = OutgoingEvent.State
NOW = datetime.now(UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def subscriber(receiver: Receiver) -> EventSubscription:
    """Somebody who wants everything."""
    return EventSubscriptionFactory.create(url=receiver.url)


def told(cast: Cast, *, times: int = 1) -> list[OutgoingEvent]:
    """So many calls have ended."""
    for _ in range(times):
        outbox.call_ended(CallFactory.create(team=cast.claims), now=NOW)
    return list(OutgoingEvent.objects.order_by("created_at"))


def send(subscriber: EventSubscription, *, after: timedelta = timedelta()) -> int:
    """Let a worker come by."""
    return delivery.to_subscriber(subscription_id=subscriber.id, now=NOW + after)


def bodies(receiver: Receiver) -> list[Any]:
    """What arrived."""
    return [json.loads(body) for _path, _headers, body in receiver.got]


def test_a_message_arrives_signed_and_is_sent(
    cast: Cast, receiver: Receiver, subscriber: EventSubscription
) -> None:
    (event,) = told(cast)

    assert send(subscriber) == 1

    ((_path, headers, body),) = receiver.got
    assert Webhook(subscriber.secret).verify(body, headers)["type"] == "call.ended"
    assert headers["webhook-id"] == str(event.id)
    event.refresh_from_db()
    assert (event.state, event.last_status, event.sent_at) == (State.SENT, "200", NOW)
    assert send(subscriber) == 0
    assert delivery.due(now=NOW, limit=9) == []


def test_one_that_is_not_taken_comes_again_later_under_the_same_id(
    cast: Cast, receiver: Receiver, subscriber: EventSubscription
) -> None:
    (event,) = told(cast)
    receiver.answers = [500, 503]

    waits = []
    for expected in (10, 20):
        now = event.due_at
        delivery.to_subscriber(subscription_id=subscriber.id, now=now)
        event.refresh_from_db()
        waits.append((event.due_at - now).total_seconds())
        assert (event.state, waits[-1]) == (State.WAITING, expected)
    assert send(subscriber, after=timedelta(seconds=29)) == 0, "too early"
    assert send(subscriber, after=MINUTE) == 1
    assert len({headers["webhook-id"] for _p, headers, _b in receiver.got}) == 1
    assert len({body for *_, body in receiver.got}) == 1


def test_after_three_days_it_is_given_up(
    cast: Cast, receiver: Receiver, subscriber: EventSubscription
) -> None:
    (event,) = told(cast)
    tries, now = 0, NOW
    while event.state == State.WAITING:
        receiver.answers = [500]
        EventSubscription.objects.update(rests_until=None)
        delivery.to_subscriber(subscription_id=subscriber.id, now=now)
        event.refresh_from_db()
        tries, now = tries + 1, event.due_at
    assert event.state == State.GIVEN_UP
    assert timedelta(days=2) < now - NOW
    assert 15 < tries < 40


def test_a_subscriber_that_fails_rests_and_holds_up_nobody_else(
    cast: Cast, receiver: Receiver, subscriber: EventSubscription
) -> None:
    dead = EventSubscriptionFactory.create(url=f"{receiver.url}-of-the-dead")
    told(cast, times=5)
    receiver.answers = [500]

    assert send(dead) == 0
    assert len(receiver.got) == 1, "the others wait until it answers again"
    due = [one.subscription_id for one in delivery.due(now=NOW, limit=9)]
    assert due == [subscriber.id]
    assert send(subscriber) == 5


def test_when_it_is_back_all_that_waited_follows_at_once(
    cast: Cast, receiver: Receiver, subscriber: EventSubscription
) -> None:
    told(cast, times=3)
    receiver.answers = [500]
    send(subscriber)

    assert send(subscriber, after=timedelta(seconds=11)) == 3
    subscriber.refresh_from_db()
    assert (subscriber.failures, subscriber.rests_until) == (0, None)


def test_many_failures_in_a_row_are_a_matter_until_it_is_back(
    cast: Cast, receiver: Receiver, subscriber: EventSubscription
) -> None:
    told(cast)
    receiver.answers = [500] * delivery.MANY_FAILURES
    now = NOW
    for _ in range(delivery.MANY_FAILURES):
        assert not Alert.objects.exists()
        now += timedelta(hours=7)
        delivery.to_subscriber(subscription_id=subscriber.id, now=now)
    alert = Alert.objects.get()
    assert (alert.kind, alert.subject) == ("undelivered", str(subscriber.id))

    now += timedelta(hours=7)
    delivery.to_subscriber(subscription_id=subscriber.id, now=now)
    alert.refresh_from_db()
    assert not alert.is_open


def test_what_another_worker_has_is_left_to_it_until_it_dies(
    cast: Cast, receiver: Receiver, subscriber: EventSubscription
) -> None:
    (event,) = told(cast)
    OutgoingEvent.objects.update(claimed_until=Now() + MINUTE, attempt=F("attempt") + 1)

    assert delivery.due(now=NOW, limit=9) == []
    assert send(subscriber) == 0

    OutgoingEvent.objects.update(claimed_until=Now() - MINUTE)
    assert send(subscriber) == 1
    event.refresh_from_db()
    assert (event.state, event.attempt) == (State.SENT, 2)


def test_a_late_worker_changes_nothing(
    cast: Cast,
    receiver: Receiver,
    subscriber: EventSubscription,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (event,) = told(cast)

    def slow(*_: object, **__: object) -> str:
        OutgoingEvent.objects.update(attempt=F("attempt") + 1, last_status="another's")
        return "200"

    monkeypatch.setattr(delivery, "post", slow)
    send(subscriber)

    event.refresh_from_db()
    assert (event.state, event.last_status) == (State.WAITING, "another's")


def test_one_switched_off_is_told_nothing_more(
    cast: Cast, receiver: Receiver, subscriber: EventSubscription
) -> None:
    (event,) = told(cast)
    subscriber.is_active = False
    subscriptions.change(subscription=subscriber, by=cast.administrator)

    assert send(subscriber) == 0
    event.refresh_from_db()
    assert (event.state, event.last_status) == (State.GIVEN_UP, "switched_off")


def test_the_old_secret_is_good_for_a_day(
    cast: Cast, receiver: Receiver, subscriber: EventSubscription
) -> None:
    old = subscriber.secret
    new = subscriptions.renew_secret(
        subscription=subscriber, by=cast.administrator, now=NOW
    )
    told(cast)
    send(subscriber)
    ((_path, headers, body),) = receiver.got
    assert Webhook(new).verify(body, headers)
    assert Webhook(old).verify(body, headers)

    told(cast)
    send(subscriber, after=timedelta(hours=25))
    assert len(receiver.got[-1][1]["webhook-signature"].split()) == 1


def test_the_sweep_hands_each_receiver_to_one_worker(
    cast: Cast,
    receiver: Receiver,
    subscriber: EventSubscription,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told(cast, times=3)
    handed: list[dict[str, str]] = []
    monkeypatch.setattr(
        tasks, "publish_after_commit", lambda _task, **kwargs: handed.append(kwargs)
    )
    tasks.settle_deliveries()
    assert handed == [{"subscription_id": str(subscriber.id)}]

    tasks.deliver_events(**handed[0])
    assert len(receiver.got) == 3


def test_what_is_over_is_forgotten_after_a_month(
    cast: Cast, receiver: Receiver, subscriber: EventSubscription
) -> None:
    told(cast, times=2)
    receiver.answers = [200, 500]
    send(subscriber)
    month = timedelta(days=30)

    assert delivery.sweep(now=NOW + month) == 0
    assert delivery.sweep(now=NOW + month + MINUTE) == 1
    assert OutgoingEvent.objects.get().state == State.WAITING


def test_an_alert_that_opens_is_told_with_its_grade(
    cast: Cast, receiver: Receiver, subscriber: EventSubscription
) -> None:
    alerts.open_once(Alert.Kind.UNKNOWN_TRUNK, subject="ST_1", now=NOW)
    send(subscriber)

    (told_of,) = bodies(receiver)
    assert told_of["data"] == {
        "alert_id": str(Alert.objects.get().id),
        "kind": "unknown_trunk",
        "severity": "normal",
        "call_id": None,
        "recording_id": None,
        "team_id": None,
    }
