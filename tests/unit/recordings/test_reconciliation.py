"""What lost events left behind is found again by asking LiveKit, and entries say so."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery import Task
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from compliance.audit.actions import Action
from compliance.models import AuditEntry
from recordings import presence, reconciliation, recorder, tasks, watch
from recordings.livekit import client as livekit
from recordings.livekit.simulator import Faults, Scenario
from recordings.livekit.simulator.faults import EVERY
from recordings.livekit.simulator.world import Room
from recordings.models import Alert, Call, Party, Recording
from recordings.models import Room as RoomRow
from tests.factories.recordings import CallFactory, RecordingFactory
from tests.line import TRUNK, Line
from tests.unit.recordings.test_presence import caller_of, foreign

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_cache")]
Entries = Callable[..., list[AuditEntry]]
State = Recording.State
OTHER_KEY = {"key-two": "another secret of at least thirty-two letters"}
MUTE = Faults(lost=frozenset({"room_started", "participant_joined"}))
DEAF = Faults(lost=frozenset({EVERY}))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The questions that LiveKit was asked, by the name of the function."""
    names: list[str] = []

    def counted(name: str, ask: Callable[..., Any]) -> Callable[..., Any]:
        def asking(*given: Any, **more: Any) -> Any:
            names.append(name)
            return ask(*given, **more)

        return asking

    for name in ("rooms", "running", "live_room", "participants", "find"):
        monkeypatch.setattr(livekit, name, counted(name, getattr(livekit, name)))
    return names


@pytest.fixture
def never_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found differs; nothing is found because its turn has come."""
    monkeypatch.setattr(reconciliation, "_in_turn", lambda busy, now: set())


def wanted(line: Line) -> list[str]:
    return reconciliation.wanted(now=line.now)


# what differs


@pytest.mark.usefixtures("never_in_turn")
def test_what_is_as_livekit_says_is_left_alone_however_much_there_is(
    line: Line, asked: list[str]
) -> None:
    rooms = [line.ring(), line.ring()]
    for room in rooms:
        line.simulator.join(room, Scenario(trunk_id=TRUNK).colleague())
    line.listen()
    for call in Call.objects.all():
        part = call.recordings.get()
        recorder.begin(recording_id=part.id, now=line.now)
    for room in rooms:
        line.until_active(room)
    line.listen()
    assert set(Recording.objects.values_list("state", flat=True)) == {State.RECORDING}
    for room in rooms:
        line.wait(room, 400)
    asked.clear()

    assert wanted(line) == []
    assert asked == ["rooms", "running"], "two questions for all"


@pytest.mark.usefixtures("never_in_turn")
@pytest.mark.parametrize(
    "lost", ["an end", "a leaving", "a coming", "a recorder's end"]
)
def test_a_room_of_which_an_event_was_lost_differs(line: Line, lost: str) -> None:
    room = line.ring()
    line.record(room)
    line.wait(room, 200)
    assert wanted(line) == []
    room.faults = DEAF
    if lost == "an end":
        line.simulator.close_room(room)
    elif lost == "a leaving":
        line.simulator.leave(room, caller_of(room))
    elif lost == "a coming":
        line.simulator.join(room, Scenario(trunk_id=TRUNK).colleague())
    else:
        line.simulator.finish(room, room.recordings[0], "StopEgress API")
    line.listen()

    assert wanted(line) == [room.sid]


@pytest.mark.usefixtures("never_in_turn")
def test_a_room_nobody_told_of_becomes_a_call(line: Line, entries: Entries) -> None:
    room = line.ring(MUTE)
    assert not Call.objects.exists()
    assert wanted(line) == [], "its events may be on their way"
    line.wait(room, 60)

    assert wanted(line) == [room.sid]
    line.look_into(room)

    call = line.call()
    assert call.room_id == room.sid
    assert call.room.name == room.info.name
    assert {party.role for party in call.parties.all()} == {"caller", "agent"}
    assert all(party.joined_at for party in call.parties.all())
    (entry,) = entries(act=Action.CALL_RECONCILED)
    assert entry.facts == {"found": "call,joined", "because": "sweep"}
    assert entry.object_pk == str(call.id)
    assert wanted(line) == []


@pytest.mark.usefixtures("never_in_turn")
def test_an_empty_room_or_one_without_a_caller_is_not_asked_about_again(
    line: Line,
) -> None:
    empty = line.simulator.open_room("empty", at=line.now, speed=None, faults=MUTE)
    meeting = line.simulator.open_room("meeting", at=line.now, speed=None, faults=MUTE)
    line.simulator.join(meeting, Scenario(trunk_id=TRUNK).colleague())
    line.wait(meeting, 60)

    assert wanted(line) == [meeting.sid]
    line.look_into(meeting)

    assert wanted(line) == []
    assert not RoomRow.objects.filter(sid=empty.sid).exists()
    assert not Call.objects.exists()


@pytest.mark.usefixtures("never_in_turn")
def test_a_server_full_of_rooms_is_taken_in_bit_by_bit(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciliation, "MOST_UNHEARD", 1)
    for name in ("one", "two"):
        room = line.simulator.open_room(name, at=line.now, speed=None, faults=MUTE)
        line.simulator.join(room, Scenario(trunk_id=TRUNK).colleague())
    line.now += timedelta(minutes=1)

    taken_in = []
    for _minute in range(2):
        (sid,) = wanted(line)
        taken_in.append(sid)
        presence.look(room_sid=sid, now=line.now)

    assert len(set(taken_in)) == 2
    assert wanted(line) == []


@pytest.mark.usefixtures("never_in_turn")
def test_a_running_recorder_that_is_not_ours_differs_until_somebody_was_told(
    line: Line,
) -> None:
    room = line.ring()
    line.record(room)
    assert wanted(line) == []
    foreign(line, room)

    assert wanted(line) == [room.sid]
    line.look_into(room)

    assert Alert.objects.filter(kind=Alert.Kind.FOREIGN_RECORDER).exists()
    assert wanted(line) == []


@pytest.mark.usefixtures("never_in_turn")
def test_a_recorder_that_livekit_forgot_differs(line: Line, entries: Entries) -> None:
    room = line.ring()
    part = line.record(room)
    line.wait(room, 60)
    assert wanted(line) == []
    room.recordings[0].forgotten = True

    assert wanted(line) == [room.sid]
    line.look_into(room)

    assert line.part().reason == "forgotten"
    (entry,) = entries(act=Action.CAPTURE_FOUND)
    assert entry.facts == {"part": 1, "state": "forgotten"}
    assert entry.object_pk == str(part.id)


def test_without_an_answer_some_still_have_their_turn(
    line: Line, settings: Settings
) -> None:
    room = line.ring()
    settings.LIVEKIT_URL = "http://127.0.0.1:9"

    assert wanted(line) == [room.sid]


def test_every_room_has_its_turn_within_the_hour(settings: Settings) -> None:
    settings.LIVEKIT_URL = "http://127.0.0.1:9"
    for _ in range(50):
        CallFactory.create(ended_at=None)
    RecordingFactory.create(state=State.STOPPING)
    now = datetime.now(UTC)
    turns = [reconciliation.wanted(now=now + timedelta(minutes=n)) for n in range(3)]

    assert all(len(turn) < 51 for turn in turns)
    assert len({sid for turn in turns for sid in turn}) == 51
    assert len(reconciliation.wanted(now=now, everywhere=True)) == 51


# events were refused for a while


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is published is done, as a worker would."""

    def do(task: "Task[Any, Any]", **given: Any) -> None:
        given.pop("after", None)
        task(**given)

    monkeypatch.setattr(tasks, "publish_after_commit", do)


def post(line: Line, browser: Client) -> list[int]:
    """Let all that LiveKit has sent knock at the door; the answers."""
    assert line.simulator.webhooks.drain(timeout_seconds=20)
    answers = []
    while line.posts:
        body, headers = line.posts.pop(0)
        answer = browser.post(
            "/webhooks/livekit",
            body,
            content_type=headers["Content-Type"],
            headers={"Authorization": headers["Authorization"]},
        )
        answers.append(answer.status_code)
    tasks.drain_inbox()
    return answers


def ring(line: Line) -> Room:
    """Somebody calls, and an agent answers."""
    scenario = Scenario(trunk_id=TRUNK, caller_number="+15125550142")
    room = line.simulator.open_room(scenario.room_name(), at=line.now, speed=None)
    line.simulator.join(room, scenario.caller())
    line.simulator.join(room, scenario.answering())
    return room


@pytest.mark.usefixtures("at_once")
def test_what_was_refused_under_a_wrong_key_is_found_when_the_key_is_right_again(
    line: Line,
    client: Client,
    settings: Settings,
    entries: Entries,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line.now = datetime.now(UTC) - timedelta(minutes=9)
    ends, goes_on = ring(line), ring(line)
    assert set(post(line, client)) == {200}
    for room in (ends, goes_on):
        line.until_active(room)
    assert set(post(line, client)) == {200}
    right, settings.LIVEKIT_API_KEYS = settings.LIVEKIT_API_KEYS, OTHER_KEY

    line.simulator.close_room(ends)
    begins = ring(line)
    line.simulator.join(goes_on, Scenario(trunk_id=TRUNK).colleague())
    assert set(post(line, client)) == {401}
    tasks.watch()
    assert Call.objects.filter(ended_at=None).count() == 2, "LiveKit knew us not either"

    settings.LIVEKIT_API_KEYS = right
    later = datetime.now(UTC) + timedelta(minutes=watch.OVER_MINUTES)
    monkeypatch.setattr(timezone, "now", lambda: later)
    tasks.watch()

    assert Alert.objects.get(kind=Alert.Kind.REFUSED_EVENTS).closed_at is None
    ended = Call.objects.get(room=ends.sid)
    assert ended.ended_by == Call.EndedBy.FOUND
    assert ended.recordings.get().state not in Recording.OPEN
    begun = Call.objects.get(room=begins.sid)
    assert begun.is_live
    assert begun.parties.count() == 2
    assert begun.recordings.exists(), "and it is recorded from now on"
    assert Party.objects.filter(room=goes_on.sid).count() == 3
    told = {
        entry.object_pk: entry.facts for entry in entries(act=Action.CALL_RECONCILED)
    }
    live = Call.objects.get(room=goes_on.sid)
    assert told == {
        str(ended.id): {"found": "left,end", "because": "refused_events"},
        str(begun.id): {"found": "call,joined", "because": "refused_events"},
        str(live.id): {"found": "joined", "because": "refused_events"},
    }
    assert {entry.object_pk for entry in entries(act=Action.CAPTURE_FOUND)} == {
        str(ended.recordings.get().id)
    }
