"""The inbox: each event once, without secrets, applied, put back, blanked."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from compliance.models import PhoneNumber
from recordings import ingest, tasks
from recordings.livekit.facts import Event
from recordings.models import Alert, Call, CallLabel, LiveKitEvent, Party, Recording
from tests.cast import Cast
from tests.factories.recordings import (
    LiveKitEventFactory,
    RecordingFactory,
    TrunkFactory,
)
from tests.telling import (
    BEGAN,
    ROOM,
    Payload,
    Somebody,
    again,
    agent,
    at,
    caller,
    egress,
    event,
    hear,
    joined,
    left,
    receive,
    room_finished,
    room_info,
    room_started,
    track,
)

pytestmark = pytest.mark.django_db
State = LiveKitEvent.State


@pytest.fixture
def trunk(cast: Cast) -> None:
    TrunkFactory.create(livekit_id="ST_claims", team=cast.claims, country="DE")


def test_an_event_is_kept_once_however_often_it_comes() -> None:
    told = room_started()

    first = receive(told)
    second = receive(told)

    assert first == second == told["id"]
    assert LiveKitEvent.objects.count() == 1


def test_an_event_that_comes_again_after_it_was_applied_is_not_applied_again(
    trunk: None,
) -> None:
    told = joined(caller())
    hear(told)
    applied_at = LiveKitEvent.objects.get().applied_at

    assert hear(told, now=at(900)) == set()
    assert LiveKitEvent.objects.get().applied_at == applied_at


def test_an_event_without_an_id_is_known_by_its_bytes() -> None:
    nameless = {"event": "room_started", "createdAt": "1793629927"}
    other = {"event": "room_started", "createdAt": "1793629928"}

    assert receive(nameless) == receive(nameless)
    assert receive(nameless) != receive(other)
    assert LiveKitEvent.objects.count() == 2


def test_the_row_says_whose_event_it_is_and_when_it_happened() -> None:
    receive(egress("ACTIVE", 7, key="k"))

    row = LiveKitEvent.objects.get()
    assert (row.room_sid, row.egress_id) == (ROOM, "EG_one")
    assert row.happened_at == at(7)
    assert row.api_key == "key-one"


def test_no_secret_is_written() -> None:
    """A full room carries the TURN password, a failed automatic egress its store keys."""
    output = {"filepath": "k", "s3": {"accessKey": "AKIA-SECRET", "secret": "s3cr3t"}}
    told = egress("FAILED", 9, key="k", participant={"fileOutputs": [output]})
    told["room"] = room_info()

    receive(told)

    payload = LiveKitEvent.objects.get().payload
    kept = json.loads(payload)["egressInfo"]["participant"]["fileOutputs"][0]
    assert kept["filepath"] == "k", "what is no secret is kept"
    for secret in ("turn-secret", "AKIA-SECRET", "s3cr3t"):
        assert secret not in payload


def test_what_is_personal_is_sealed_in_the_column() -> None:
    hear(joined(caller(number="+493023125042")))

    with connection.cursor() as cursor:
        for table in ("livekitevent", "room", "party"):
            cursor.execute(f"SELECT t::text FROM recordings_{table} t")  # noqa: S608
            assert "3023125042" not in str(cursor.fetchall()), table


def test_an_unknown_event_is_kept_and_concludes_nothing() -> None:
    told = event("egress_teleported", 5, room=room_info())

    assert hear(told) == set()

    row = LiveKitEvent.objects.get()
    assert (row.name, row.state) == ("egress_teleported", State.UNKNOWN)
    assert json.loads(row.payload)["room"]["sid"] == ROOM
    assert ingest.due_events(now=at(999), limit=9) == [], "nobody waits for it"


@pytest.mark.parametrize(
    ("told", "whose"),
    [
        (joined(caller(), room="R" * 65), "room"),
        (joined(caller("P" * 65)), "participant"),
        (egress("ACTIVE", 5, key="k", id="E" * 65), "egress"),
    ],
    ids=["room", "participant", "egress"],
)
def test_an_id_too_long_for_its_column_is_kept_and_not_tried_again(
    trunk: None, told: Payload, whose: str
) -> None:
    """Cut to fit, it could be taken for another's."""
    assert hear(told, again(told)) == set()

    for row in LiveKitEvent.objects.all():
        assert (row.state, row.error) == (State.UNKNOWN, f"id_too_long:{whose}")
        assert json.loads(row.payload)["event"] == told["event"]
    assert LiveKitEvent.objects.count() == 2
    assert not Call.objects.exists()
    assert not Alert.objects.exists()


def test_ids_as_long_as_their_columns_are_applied(trunk: None) -> None:
    hear(joined(caller("P" * 64), room="R" * 64))

    assert Call.objects.get().room_id == "R" * 64


def test_two_events_whose_long_ids_begin_alike_are_two() -> None:
    long = "EV_" + "x" * 200
    receive({**room_started(), "id": f"{long}1"})
    receive({**room_started(), "id": f"{long}2"})

    assert LiveKitEvent.objects.count() == 2


def test_an_egress_of_somebody_else_is_applied_and_harms_nothing() -> None:
    assert hear(egress("ACTIVE", 5, key="not/ours.ogg")) == set()
    assert LiveKitEvent.objects.get().state == State.APPLIED


def test_an_egress_is_found_by_its_id_else_by_the_key_we_asked_for(
    cast: Cast,
) -> None:
    started = RecordingFactory.create(
        state="starting", egress_id="EG_one", object_key="a.ogg"
    )
    unclear = RecordingFactory.create(state="unclear", egress_id="", object_key="b.ogg")

    assert hear(egress("ACTIVE", 5, key="other.ogg")) == {started.call_id}
    assert hear(egress("ACTIVE", 5, key="b.ogg", id="EG_two")) == {unclear.call_id}

    unclear.refresh_from_db()
    assert unclear.state == Recording.State.RECORDING
    assert unclear.egress_id == "EG_two"


def test_a_second_egress_does_not_take_over_a_part_that_has_one(cast: Cast) -> None:
    part = RecordingFactory.create(
        state="recording", egress_id="EG_one", object_key="a.ogg"
    )

    assert hear(egress("COMPLETE", 9, key="a.ogg", id="EG_else")) == set()

    part.refresh_from_db()
    assert part.state == Recording.State.RECORDING
    assert part.egress_id == "EG_one"


def test_the_recorder_in_the_room_is_no_party(trunk: None) -> None:
    recorder = Somebody("PA_recorder", "EGRESS", 3)

    hear(joined(caller()), joined(recorder), left(recorder, 50))

    assert Party.objects.count() == 1


def test_track_events_do_not_invent_parties(trunk: None) -> None:
    hear(track(caller(), 1), room_started())

    assert not Party.objects.exists()
    assert not Call.objects.exists()


@pytest.mark.parametrize(
    "withheld", ["", "anonymous", "Anonymous", "Restricted", "unavailable", "unknown"]
)
def test_a_withheld_number_is_no_number(trunk: None, withheld: str) -> None:
    hear(joined(caller(number=withheld)))

    assert Party.objects.get().number is None
    assert not PhoneNumber.objects.exists()
    assert Call.objects.exists(), "the call is there all the same"


def test_two_calls_of_one_number_share_its_row(trunk: None) -> None:
    hear(joined(caller("PA_a"), room="RM_a"), joined(caller("PA_b"), room="RM_b"))

    assert Call.objects.count() == 2
    number = PhoneNumber.objects.get()
    assert (number.e164, number.country) == ("+493023125042", "DE")


def test_only_labels_on_the_list_are_kept(trunk: None, settings: Settings) -> None:
    settings.CALL_LABELS = ["ticket", "queue"]
    told = caller(ticket="T-17", mood="angry", queue="")

    hear(joined(told))

    assert list(CallLabel.objects.values_list("key", "value")) == [("ticket", "T-17")]
    assert Party.objects.get().labels == {"ticket": "T-17"}


def test_a_label_that_names_somebody_is_dropped_and_noted_without_its_value(
    trunk: None, caplog: pytest.LogCaptureFixture
) -> None:
    hear(joined(caller(ticket="T-17", contact="+49 151 23450017")))

    assert list(CallLabel.objects.values_list("key", "value")) == [("ticket", "T-17")]
    assert "contact" not in Party.objects.get().labels
    (note,) = [r for r in caplog.records if r.getMessage() == "label.dropped"]
    assert vars(note)["label"] == "contact"
    assert "0017" not in str(vars(note))


def test_what_an_event_does_not_say_is_learnt_from_the_next(trunk: None) -> None:
    bare = Somebody("PA_caller", "SIP", 0)
    hear(joined(bare))
    assert Call.objects.get().sip_call_id == "PA_caller"

    hear(left(caller(), 30))

    call = Call.objects.get()
    assert call.sip_call_id == "SCL_PA_caller"
    assert call.team.name == "Claims"
    assert call.parties.get().number is not None


def test_odd_values_are_read_as_missing(trunk: None) -> None:
    """What cannot be a room or a person is nobody, and stops nothing."""
    odd = [
        event("participant_joined", 1, room=None, participant={"sid": "PA_x"}),
        event("participant_joined", 1, room={"sid": 7}, participant=[]),
        event("room_finished", 1),
        event("egress_ended", 1, egressInfo={"status": 99, "egressId": {}}),
        event("egress_ended", 1, egressInfo="x"),
    ]

    assert hear(*odd) == set()
    assert set(LiveKitEvent.objects.values_list("state", flat=True)) == {"applied"}


# putting back


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Applying fails until what is returned is called."""

    def fail(*_given: object) -> None:
        raise RuntimeError("a word nobody may read: +493023125042")

    monkeypatch.setattr(ingest, "_apply", fail)
    return monkeypatch.undo


def test_an_event_that_throws_is_tried_later_and_blocks_nobody(
    trunk: None, broken: Callable[[], None]
) -> None:
    event_id = receive(joined(caller()), now=at(0))
    other = receive(room_started("RM_other"), now=at(5))

    with pytest.raises(RuntimeError):
        ingest.apply_event(event_id=event_id, now=at(0))
    assert ingest.put_back(event_id=event_id, error=RuntimeError("x"), now=at(0))

    assert ingest.due_events(now=at(0), limit=9) == []
    assert ingest.due_events(now=at(5), limit=9) == [event_id, other]
    broken()
    assert ingest.apply_event(event_id=event_id, now=at(5))


def test_an_event_that_never_works_becomes_a_matter_for_a_person(
    trunk: None, broken: Callable[[], None]
) -> None:
    event_id = receive(joined(caller()))

    for _try in range(ingest.MOST_ATTEMPTS):
        LiveKitEvent.objects.update(due_at=at(0))
        tasks.drain_inbox()

    row = LiveKitEvent.objects.get()
    assert (row.state, row.error) == (State.FAILED, "RuntimeError")
    assert row.payload, "it is kept, to be looked at"
    alert = Alert.objects.get()
    assert (alert.kind, alert.subject) == (Alert.Kind.EVENT_STUCK, event_id)
    assert ingest.due_events(now=at(10**6), limit=9) == []


def test_draining_goes_on_past_an_event_that_throws(
    trunk: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive(room_started("RM_poison"), now=at(0))
    receive(joined(caller()), now=at(1))
    applied = ingest._apply

    def fail_once(event: Event, now: datetime) -> set[UUID]:
        if event.room and event.room.sid == "RM_poison":
            raise RuntimeError
        return applied(event, now)

    monkeypatch.setattr(ingest, "_apply", fail_once)
    tasks.drain_inbox()

    states = LiveKitEvent.objects.order_by("received_at").values_list(
        "state", flat=True
    )
    assert list(states) == [State.RECEIVED, State.APPLIED]
    assert Call.objects.count() == 1


def test_an_event_applied_meanwhile_is_not_put_back(trunk: None) -> None:
    told = joined(caller())
    hear(told)

    ingest.put_back(event_id=told["id"], error=RuntimeError("x"), now=at(9))

    assert LiveKitEvent.objects.get().state == State.APPLIED


# blanking


def test_payloads_are_blanked_a_week_after_they_were_applied(trunk: None) -> None:
    hear(joined(caller()), now=at(0))
    hear(event("egress_teleported", 0), now=at(0))
    waiting = receive(joined(agent()), now=at(0))

    assert ingest.blank_payloads(now=at(0) + ingest.PAYLOAD_KEPT) == 0
    late = at(0) + ingest.PAYLOAD_KEPT + timedelta(seconds=1)
    assert ingest.blank_payloads(now=late) == 2

    kept = LiveKitEvent.objects.exclude(payload="")
    assert [row.id for row in kept] == [waiting], "nobody has applied it yet"
    assert ingest.blank_payloads(now=late) == 0


def test_what_could_not_be_applied_is_blanked_a_month_after_it_came() -> None:
    failed = LiveKitEventFactory.create(state=State.FAILED, received_at=at(0))
    waiting = LiveKitEventFactory.create(state=State.RECEIVED, received_at=at(0))

    assert ingest.blank_payloads(now=at(0) + ingest.FAILED_KEPT) == 0
    late = at(0) + ingest.FAILED_KEPT + timedelta(seconds=1)
    assert ingest.blank_payloads(now=late) == 1

    failed.refresh_from_db()
    waiting.refresh_from_db()
    assert (failed.payload, failed.state) == ("", State.FAILED)
    assert waiting.payload


def test_a_blanked_event_that_comes_again_stays_blank(trunk: None) -> None:
    told = joined(caller())
    hear(told, now=BEGAN)
    ingest.blank_payloads(now=BEGAN + timedelta(days=8))

    hear(told, now=BEGAN + timedelta(days=8))

    assert LiveKitEvent.objects.get().payload == ""


def test_a_room_that_closed_before_anybody_joined_ends_their_call(trunk: None) -> None:
    hear(room_finished(70), joined(caller()), joined(agent()))

    call = Call.objects.get()
    assert call.ended_at == at(70)
    assert call.duration_ms == 70_000
    assert not call.is_live


def test_words_longer_than_their_columns_do_not_stop_an_event() -> None:
    long = "x" * 5000
    hear(
        joined(
            caller(number=long, trunk=long, call_id=long, ticket=long, language=long)
        )
    )

    assert LiveKitEvent.objects.get().state == State.APPLIED
    assert Call.objects.get().team.is_unassigned
