"""What is told, to whom, and in one transaction with the fact."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from pytest_django.fixtures import Settings

from compliance.access.permissions import Verb
from compliance.models import Purpose
from recordings import alerts, indexing, media_store, outbox, quarantine
from recordings.models import Alert, EventKind, OutgoingEvent, Party, Recording
from tests.cast import Cast
from tests.factories.compliance import PersonFactory
from tests.factories.recordings import (
    AlertFactory,
    CallFactory,
    ConsentRecordFactory,
    ConsentVerdictFactory,
    EventSubscriptionFactory,
    PartyFactory,
    RecordingFactory,
    TrunkFactory,
)
from tests.telling import agent, caller, hear, joined, left
from tests.unit.recordings.sounds import encode, tone

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 9, 20, tzinfo=UTC)
Kind = Alert.Kind


def told(kind: EventKind) -> list[dict[str, Any]]:
    """The data of all messages of a kind, to subscribers."""
    rows = OutgoingEvent.objects.filter(kind=kind, person=None).order_by("created_at")
    assert all(row.payload["type"] == kind.value for row in rows)
    return [row.payload["data"] for row in rows]


def test_a_call_that_ends_is_told_once_however_many_events_tell_of_it(
    cast: Cast,
) -> None:
    TrunkFactory.create(livekit_id="ST_claims", team=cast.claims, country="DE")
    EventSubscriptionFactory.create()
    one, mia = caller(), agent()
    hear(joined(one), joined(mia))
    assert told(EventKind.CALL_ENDED) == []

    (call_id,) = hear(left(one, 60))
    hear(left(mia, 61), left(one, 60))

    (data,) = told(EventKind.CALL_ENDED)
    assert (data["call_id"], data["duration_ms"]) == (str(call_id), 60_000)
    assert data["team_id"] == str(cast.claims.id)


@pytest.fixture
def part(cast: Cast, settings: Settings, tmp_path: object) -> Recording:
    """A finished part with a good file, of a call whose caller agreed to quality."""
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path}
    call = CallFactory.create(team=cast.claims)
    PartyFactory.create(call=call)
    PartyFactory.create(call=call, role=Party.Role.AGENT, number=None)
    levels = {purpose.value: "explicit" for purpose in Purpose}
    ConsentVerdictFactory.create(call=call, levels=levels)
    ConsentRecordFactory.create(call=call, purposes=[Purpose.QUALITY])
    sound = encode(tone(1), tone(1, hertz=300))
    made: Recording = RecordingFactory.create(
        call=call,
        state=Recording.State.CHECKING,
        reason="complete",
        sha256="",
        promised_bytes=len(sound),
        due_at=NOW,
    )
    media_store.store().put(made.object_key, io.BytesIO(sound), "audio/ogg")
    return made


def test_a_recording_is_told_of_when_it_can_be_heard(part: Recording) -> None:
    EventSubscriptionFactory.create()

    indexing.index(recording_id=part.id, now=NOW)

    part.refresh_from_db()
    assert told(EventKind.RECORDING_AVAILABLE) == [
        {
            "recording_id": str(part.id),
            "call_id": str(part.call_id),
            "team_id": str(part.call.team_id),
            "part": 1,
            "duration_ms": part.duration_ms,
            "sha256": part.sha256,
            "purposes": ["quality"],
        }
    ]


def test_a_held_part_is_told_of_when_it_is_let_out(part: Recording, cast: Cast) -> None:
    EventSubscriptionFactory.create()
    part.call.consents.all().delete()
    indexing.index(recording_id=part.id, now=NOW)
    assert told(EventKind.RECORDING_AVAILABLE) == []

    quarantine.release(recording=part, by=cast.officer, now=NOW)

    (data,) = told(EventKind.RECORDING_AVAILABLE)
    assert (data["recording_id"], data["purposes"]) == (str(part.id), [])


def test_what_is_rolled_back_was_never_told(cast: Cast) -> None:
    EventSubscriptionFactory.create()
    with transaction.atomic():
        outbox.call_ended(CallFactory.create(team=cast.claims), now=NOW)
        transaction.set_rollback(True)
    assert not OutgoingEvent.objects.exists()


def test_a_subscriber_is_told_what_he_wants_of_his_team(cast: Cast) -> None:
    all_teams = EventSubscriptionFactory.create()
    claims = EventSubscriptionFactory.create(team=cast.claims)
    EventSubscriptionFactory.create(team=cast.sales)
    EventSubscriptionFactory.create(kinds=[EventKind.ALERT_OPENED])
    EventSubscriptionFactory.create(is_active=False)

    outbox.call_ended(CallFactory.create(team=cast.claims), now=NOW)

    got = set(OutgoingEvent.objects.values_list("subscription", flat=True))
    assert got == {all_teams.id, claims.id}


def test_what_belongs_to_no_team_is_for_those_without_one(cast: Cast) -> None:
    everything = EventSubscriptionFactory.create()
    EventSubscriptionFactory.create(team=cast.claims)
    alerts.open_once(Kind.UNKNOWN_TRUNK, subject="ST_1", now=NOW)
    assert OutgoingEvent.objects.get().subscription == everything


def test_a_payload_holds_no_number_and_no_name(cast: Cast) -> None:
    EventSubscriptionFactory.create()
    call = CallFactory.create(team=cast.claims, room__name="+4930111111")
    PartyFactory.create(call=call, name="Wilhelmine Weber")
    part = RecordingFactory.create(call=call)
    outbox.call_ended(call, now=NOW)
    outbox.recording_available(part, purposes=lambda: [Purpose.QUALITY], now=NOW)
    alerts.open_once(Kind.SILENT_SIDE, subject="x", now=NOW, call=call, recording=part)
    kept = str(list(OutgoingEvent.objects.values_list("payload", flat=True)))
    assert "4930" not in kept
    assert "Weber" not in kept


# --- Mails


@pytest.fixture
def mail(settings: Settings) -> None:
    """Mails are on."""
    settings.MAIL_IS_ON = True


def mailed() -> dict[str, datetime]:
    """Who is to be mailed, and when."""
    rows = OutgoingEvent.objects.exclude(person=None).select_related("person")
    return {row.person.email: row.due_at for row in rows if row.person}


@pytest.mark.parametrize(
    ("kind", "roles"),
    [
        (Kind.RECORDING_LOST, {"officer", "administrator"}),
        (Kind.UNLAWFUL_PART, {"officer"}),
    ],
)
def test_whoever_may_settle_it_is_mailed(
    cast: Cast, mail: None, kind: Alert.Kind, roles: set[str]
) -> None:
    call = CallFactory.create(team=cast.claims)
    alerts.open_once(kind, subject="1", now=NOW, call=call)
    assert mailed().keys() == {cast.people[role].email for role in roles}


def test_who_switched_them_off_gets_none(cast: Cast, mail: None) -> None:
    cast.officer.wants_alert_mail = False
    with transaction.atomic():
        cast.officer.save()
    alerts.open_once(Kind.UNKNOWN_TRUNK, subject="1", now=NOW)
    assert mailed().keys() == {cast.administrator.email}


def test_the_pressing_is_due_at_once_the_rest_at_the_hour(
    cast: Cast, mail: None
) -> None:
    alerts.open_once(Kind.UNKNOWN_TRUNK, subject="1", now=NOW)
    assert set(mailed().values()) == {NOW.replace(hour=10, minute=0)}
    OutgoingEvent.objects.all().delete()
    alerts.open_once(Kind.NO_CAPACITY, subject="1", now=NOW)
    alerts.open_once(Kind.CLOCK_SKEW, subject="1", now=NOW)
    assert set(mailed().values()) == {NOW}


def test_without_a_mail_server_nobody_is_mailed(cast: Cast) -> None:
    alerts.open_once(Kind.NO_CAPACITY, subject="1", now=NOW)
    assert not OutgoingEvent.objects.exists()


def test_many_people_are_one_statement(
    cast: Cast, mail: None, django_assert_max_num_queries: Any
) -> None:
    PersonFactory.create_batch(5)
    alert = AlertFactory.create(kind=Kind.NO_CAPACITY)
    with django_assert_max_num_queries(3):
        outbox.alert_opened(
            alert, settled_by=Verb.OPERATE, now=NOW + timedelta(hours=1)
        )
