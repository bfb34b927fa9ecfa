"""Calls whose end nobody told us, people we had not heard of, recorders that are not ours."""

from datetime import timedelta

import pytest
from livekit.protocol.egress import EncodedFileOutput, RoomCompositeEgressRequest
from pytest_django.fixtures import Settings

from recordings import presence, tasks, worklist
from recordings.livekit.simulator import Faults, Scenario
from recordings.livekit.simulator.world import Room
from recordings.models import Alert, Call, Party, Recording
from tests.factories.recordings import CallFactory, RecordingFactory, RoomFactory
from tests.line import TRUNK, Line
from tests.telling import at

pytestmark = pytest.mark.django_db
Ended = Call.EndedBy
State = Recording.State

DEAF = Faults(lost=frozenset({"participant_left", "room_finished"}))
QUIET_SECONDS = presence.QUIET.total_seconds() + 1


def caller_of(room: Room) -> str:
    """The identity of the caller, as long as he is there."""
    return next(identity for identity in room.participants if "sip" in identity)


def age(line: Line, room: Room) -> None:
    """Let so much time pass that a lost end would be looked for."""
    line.wait(room, QUIET_SECONDS)


# the end of a call


def test_a_call_whose_end_was_lost_ends_when_its_room_is_found_closed(
    line: Line,
) -> None:
    line.place = "DE"
    room = line.ring(DEAF)
    age(line, room)
    line.hang_up(room)
    assert line.call().is_live, "nobody told us"

    assert line.look_into(room) == {line.call().id}

    call = line.call()
    assert (call.ended_at, call.ended_by) == (line.now, Ended.FOUND)
    assert call.duration_ms == round((line.now - call.started_at).total_seconds() * 1e3)
    assert {party.until for party in call.parties.all()} == {line.now}
    assert {party.left_at for party in call.parties.all()} == {None}
    assert worklist.rooms(now=line.now, limit=9) == []


def test_the_recorder_that_was_left_alone_tells_when_the_room_was_closed(
    line: Line,
) -> None:
    room = line.ring(DEAF)
    line.record(room)
    line.wait(room, 60)
    line.hang_up(room)
    line.until_ended(room.recordings[0])
    line.wait(room, 600)

    line.look_into(room)

    call, part = line.call(), line.part()
    assert (call.ended_at, call.ended_by) == (part.ended_at, Ended.FOUND)
    assert call.ended_at is not None
    assert call.ended_at < line.now - timedelta(minutes=9)


def test_a_caller_who_is_found_gone_ends_the_call_and_its_recording(line: Line) -> None:
    room = line.ring(DEAF)
    line.record(room)
    age(line, room)
    line.simulator.leave(room, caller_of(room))
    line.listen()
    assert line.call().is_live

    line.look_into(room)

    call = line.call()
    assert (call.ended_at, call.ended_by) == (line.now, Ended.FOUND)
    assert line.part().stop_wanted == "call_ended"
    agent = call.parties.get(role=Party.Role.AGENT)
    assert agent.until is None, "the agent is still there"


def test_a_newer_room_of_the_same_name_is_another_room(line: Line) -> None:
    room = line.ring(DEAF)
    age(line, room)
    line.hang_up(room)
    newer = line.simulator.open_room(room.info.name, at=line.now, speed=None)
    line.simulator.join(newer, Scenario(trunk_id=TRUNK).caller())

    line.look_into(room)

    assert line.call().ended_at == line.now
    assert not Party.objects.filter(room_id=room.sid, joined_at__gt=at(60)).exists()


def test_a_call_that_goes_on_is_left_alone(line: Line) -> None:
    room = line.ring()
    age(line, room)
    before = Call.objects.values().get()

    assert line.look_into(room) == set()

    assert Call.objects.values().get() | {"expires_at": None} == before


def test_a_young_call_is_not_doubted(line: Line) -> None:
    """LiveKit may list a room a moment after it has told of it."""
    room = line.ring(DEAF)
    line.hang_up(room)

    line.look_into(room)

    assert line.call().is_live


def test_a_livekit_that_does_not_answer_ends_no_call(
    line: Line, settings: Settings
) -> None:
    room = line.ring(DEAF)
    age(line, room)
    line.hang_up(room)
    url, settings.LIVEKIT_URL = settings.LIVEKIT_URL, "http://127.0.0.1:9"

    assert line.look_into(room) == set()
    assert line.call().is_live

    settings.LIVEKIT_URL = url
    line.look_into(room)
    assert not line.call().is_live


def test_the_end_that_livekit_tells_after_all_stands(line: Line) -> None:
    late = Faults(
        late=frozenset({"participant_left"}), lost=frozenset({"room_finished"})
    )
    room = line.ring(late)
    age(line, room)
    left_at = line.now
    line.simulator.leave(room, caller_of(room))
    line.wait(room, 300)
    line.look_into(room)
    assert line.call().ended_at == line.now

    line.hang_up(room)

    call = line.call()
    assert call.ended_by == Ended.TOLD
    assert call.ended_at is not None
    assert abs(call.ended_at - left_at) <= timedelta(seconds=1)


def test_somebody_found_again_was_never_gone(line: Line) -> None:
    room = line.ring()
    age(line, room)
    Party.objects.filter(role=Party.Role.AGENT).update(gone_at=line.now)

    line.look_into(room)

    assert set(Party.objects.values_list("gone_at", flat=True)) == {None}


def test_somebody_of_whom_no_event_told_is_let_in(line: Line) -> None:
    room = line.ring(Faults(lost=frozenset({"participant_joined"})))
    assert not Call.objects.exists(), "nobody told us of anybody"
    other = line.ring()
    age(line, other)
    colleague = Scenario(trunk_id=TRUNK).colleague()
    faults, other.faults = other.faults, room.faults
    line.simulator.join(other, colleague)
    other.faults = faults

    line.look_into(other)

    roles = set(line.call().parties.values_list("role", flat=True))
    assert roles == {Party.Role.CALLER, Party.Role.AGENT, Party.Role.STAFF}


def test_a_start_that_found_no_room_has_the_end_looked_for_at_once(line: Line) -> None:
    """The recorder ended with its room, and a next part is asked for in vain."""
    room = line.ring(DEAF)
    line.record(room)
    line.wait(room, 60)
    line.hang_up(room)
    line.until_ended(room.recordings[0])
    line.wait(room, 5)
    line.sweep()
    line.sweep()
    assert line.part(2).reason == "room_gone"
    assert line.reconsider().look_into == room.sid

    line.look_into(room)

    call = line.call()
    assert call.ended_at == line.part().ended_at
    assert line.part(2).state == State.ABORTED, "there was nothing left to record"
    assert not Alert.objects.exists()
    assert line.reconsider().look_into == ""


# recorders


def foreign(line: Line, room: Room, key: str = "somebody/else.ogg") -> str:
    """Somebody with LiveKit's key begins to record; the egress id."""
    request = RoomCompositeEgressRequest(
        room_name=room.info.name, file_outputs=[EncodedFileOutput(filepath=key)]
    )
    return line.simulator.start(room, request).id


def test_a_recorder_that_is_not_ours_is_a_matter_for_a_person_once(line: Line) -> None:
    room = line.ring()
    line.record(room)
    egress_id = foreign(line, room)

    line.look_into(room)
    line.look_into(room)

    alert = Alert.objects.get()
    assert (alert.kind, alert.subject) == (Alert.Kind.FOREIGN_RECORDER, egress_id)
    assert (alert.call, alert.team) == (line.call(), line.team)
    assert alert.severity == Alert.Severity.CRITICAL

    Alert.objects.update(closed_at=line.now)
    line.look_into(room)
    assert Alert.objects.count() == 1, "somebody has settled it"


def test_a_recorder_whose_start_had_no_answer_is_ours(line: Line) -> None:
    room = line.ring()
    part = line.part()
    foreign(line, room, part.object_key)

    line.look_into(room)

    assert not Alert.objects.exists()


def test_a_second_recorder_under_a_key_of_ours_is_not(line: Line) -> None:
    room = line.ring()
    part = line.record(room)
    egress_id = foreign(line, room, part.object_key)

    line.look_into(room)

    assert Alert.objects.get().subject == egress_id


# whose turn it is


def test_the_minutes_task_has_rooms_looked_into(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = line.ring(DEAF)
    line.hang_up(room)
    handed: list[tuple[str, object]] = []
    monkeypatch.setattr(
        tasks,
        "publish_after_commit",
        lambda task, **given: handed.append((task.name, given)),
    )

    tasks.reconcile()
    told = {"room_sid": room.sid, "because": presence.SWEEP}
    assert handed == [("recordings.look_into_room", told)]

    tasks.look_into_room(room.sid)
    assert line.call().ended_by == Ended.FOUND, "by the clock on the wall it is old"


def test_live_calls_are_thought_about_each_minute(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Time alone may ask for something: nobody may tell of it, and LiveKit knows nothing."""
    line.ring()
    handed: list[tuple[str, object]] = []
    monkeypatch.setattr(
        tasks,
        "publish_after_commit",
        lambda task, **given: handed.append((task.name, given)),
    )

    tasks.think_again()

    call_id = str(line.call().id)
    assert handed == [("recordings.reconsider", {"call_id": call_id})]


def test_every_room_has_its_turn_however_many_there_are() -> None:
    for number in range(5):
        room = RoomFactory.create(sid=f"RM_{number}")
        if number:
            CallFactory.create(room=room, ended_at=None)
        else:
            RecordingFactory.create(call__room=room, state=State.STOPPING)
    CallFactory.create(room=RoomFactory.create(sid="RM_over"))
    turns = [worklist.rooms(now=at(60 * minute), limit=2) for minute in range(5)]

    assert turns[:2] == [["RM_0", "RM_1"], ["RM_2", "RM_3"]]
    assert turns[2] == ["RM_4", "RM_0"]
    assert {sid for turn in turns for sid in turn} == {f"RM_{n}" for n in range(5)}
