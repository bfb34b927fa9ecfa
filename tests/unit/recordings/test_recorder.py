"""What a worker asks of LiveKit, and what it makes of the answers.

The other side is the simulator, with each fault that a start or a stop may meet.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from pytest_django.fixtures import Settings

from compliance.audit.actions import Action
from compliance.models import AuditEntry
from recordings import capture, recorder, worklist
from recordings.livekit import client
from recordings.livekit.simulator import Ending, Faults, ObjectFault, StartFault
from recordings.models import Alert, Call, Recording
from tests.line import Line, be_impatient

pytestmark = pytest.mark.django_db
State = Recording.State
Entries = Callable[..., list[AuditEntry]]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    be_impatient(monkeypatch)


def pass_all_looks(line: Line) -> None:
    """Let as much time pass as it takes to look up an unclear start to the end."""
    for seconds in recorder.LOOKED_UP:
        line.now += timedelta(seconds=seconds)
        line.sweep()


def about_calls() -> QuerySet[Alert]:
    """The alerts, but for the one that says that LiveKit has no recorder free."""
    return Alert.objects.exclude(kind=Alert.Kind.NO_CAPACITY)


# starting


def test_a_planned_part_is_recorded(line: Line, entries: Entries) -> None:
    room = line.ring()
    assert line.part().state == State.PLANNED

    part = line.record(room)

    assert (part.state, part.egress_id) == (State.RECORDING, room.recordings[0].id)
    assert part.started_at is not None
    assert room.recordings[0].key == part.object_key
    assert line.call().capture == Call.Capture.RECORDING
    acts = [entry.act for entry in entries(act__startswith="capture.")]
    assert acts == [Action.CAPTURE_BEGUN, Action.CAPTURE_STARTED]


def test_no_capacity_is_tried_again_a_little_later(line: Line) -> None:
    room = line.ring(Faults(start=StartFault.NO_CAPACITY, start_times=2))

    line.sweep()
    part = line.part()
    assert (part.state, part.reason) == (State.PLANNED, "no_capacity")
    assert line.sweep() == [], "not at once"
    line.now += timedelta(seconds=2)
    assert line.sweep() == ["begin"]
    line.now += timedelta(seconds=4)
    part = line.record(room)

    assert (part.state, part.reason) == (State.RECORDING, "")
    assert room.starts_asked == 3
    assert not about_calls().exists()


def test_a_burst_of_events_does_not_use_up_the_tries(line: Line) -> None:
    room = line.ring(Faults(start=StartFault.NO_CAPACITY))
    line.sweep()

    for _event in range(10):
        for recording_id in line.reconsider().begin:
            recorder.begin(recording_id=recording_id, now=line.now)
        recorder.begin(recording_id=line.part().id, now=line.now)

    assert room.starts_asked == 1
    assert line.part().state == State.PLANNED


def test_no_capacity_for_long_is_an_alert_and_tried_on_while_the_call_lives(
    line: Line, entries: Entries
) -> None:
    room = line.ring(Faults(start=StartFault.NO_CAPACITY))

    while not about_calls().exists():
        line.sweep()
        line.now += timedelta(seconds=20)

    assert room.starts_asked == recorder.MOST_STARTS
    part = line.part()
    assert (part.state, part.reason) == (State.FAILED, "no_capacity")
    assert line.part(2).state == State.PLANNED, "somebody may free a recorder yet"
    assert line.part(2).object_key != part.object_key
    line.hang_up(room)
    assert line.call().capture == Call.Capture.FAILED
    alert = about_calls().get()
    assert (alert.kind, alert.detail) == (Alert.Kind.NOT_RECORDED, "no_capacity")
    assert alert.team == line.team, "those who can do something see it"
    assert len(entries(act=Action.CAPTURE_FAILED)) == recorder.MOST_STARTS


def test_a_call_that_ends_while_there_is_no_capacity_was_not_recorded(
    line: Line,
) -> None:
    room = line.ring(Faults(start=StartFault.NO_CAPACITY))
    line.sweep()

    line.hang_up(room)

    part = line.part()
    assert (part.state, part.reason) == (State.FAILED, "no_capacity")
    assert about_calls().get().kind == Alert.Kind.NOT_RECORDED
    line.now += timedelta(hours=1)
    assert line.sweep() == []


def test_a_room_that_is_gone_is_tried_again_for_it_may_not_be_there_yet(
    line: Line,
) -> None:
    room = line.ring(Faults(start=StartFault.ROOM_GONE, start_times=1))
    line.sweep()
    line.now += timedelta(seconds=2)

    assert line.record(room).state == State.RECORDING


@pytest.mark.parametrize(
    "fault",
    [fault for fault in StartFault if fault.starts and fault is not StartFault.NONE],
)
def test_an_answer_that_was_lost_is_found_by_the_key(
    line: Line, fault: StartFault, entries: Entries
) -> None:
    """Its webhooks are lost too: only list_egress can tell."""
    lost = frozenset({"egress_started", "egress_updated"})
    room = line.ring(Faults(start=fault, lost=lost))

    line.sweep()
    part = line.part()
    assert (part.state, part.egress_id) == (State.UNCLEAR, "")
    assert len(entries(act=Action.CAPTURE_UNCLEAR)) == 1
    line.until_active(room)
    line.now += timedelta(seconds=3)
    assert line.sweep() == ["resolve"]

    part = line.part()
    assert (part.state, part.egress_id) == (State.RECORDING, room.recordings[0].id)
    assert room.starts_asked == 1, "exactly one egress"


def test_a_webhook_is_faster_than_the_lost_answer(line: Line) -> None:
    room = line.ring(Faults(start=StartFault.ANSWER_LOST_STARTED))
    line.sweep()
    assert line.part().state == State.UNCLEAR

    line.until_active(room)
    line.listen()

    assert line.part().state == State.RECORDING
    pass_all_looks(line)
    assert room.starts_asked == 1
    assert line.part().state == State.RECORDING


def test_a_late_no_does_not_undo_what_a_webhook_told(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The webhooks come while the answer to the start is still on its way."""
    room = line.ring(Faults(start=StartFault.DEADLINE_STARTED))
    start = client.start_recording

    def slow(**given: Any) -> object:
        try:
            return start(**given)
        finally:
            line.until_active(room)
            line.listen()

    monkeypatch.setattr(client, "start_recording", slow)
    line.sweep()

    part = line.part()
    assert (part.state, part.claimed_until) == (State.RECORDING, None)


@pytest.mark.parametrize("fault", [StartFault.SILENCE, StartFault.PROXY_PAGE])
def test_an_unclear_start_that_livekit_never_lists_is_made_again(
    line: Line, fault: StartFault
) -> None:
    room = line.ring(Faults(start=fault, start_times=1))
    line.sweep()
    assert line.part().state == State.UNCLEAR

    for seconds in recorder.LOOKED_UP[:-1]:
        line.now += timedelta(seconds=seconds)
        assert line.sweep() == ["resolve"]
        assert line.part().state == State.UNCLEAR, "too early to tell"
    assert room.starts_asked == 1
    line.now += timedelta(seconds=recorder.LOOKED_UP[-1])
    line.sweep()
    assert line.part().state == State.FAILED
    assert Alert.objects.get().detail == "never_started", "somebody ought to know"

    line.record(room)
    part = line.part(2)
    assert part.state == State.RECORDING
    assert part.object_key != line.part(1).object_key, "should the first come after all"
    assert not Alert.objects.filter(closed_at=None).exists(), "it is recorded now"
    assert (room.starts_asked, len(room.recordings)) == (2, 1)


def test_looking_up_too_often_does_not_end_the_waiting_early(line: Line) -> None:
    line.ring(Faults(start=StartFault.SILENCE))
    line.sweep()

    for _look in range(30):
        recorder.resolve(recording_id=line.part().id, now=line.now)

    assert line.part().state == State.UNCLEAR


def test_a_livekit_that_stays_silent_is_given_up(line: Line) -> None:
    line.ring(Faults(start=StartFault.PROXY_PAGE))

    for _round in range(3):
        line.sweep()
        pass_all_looks(line)

    first = line.part()
    assert (first.state, first.reason) == (State.FAILED, "never_started")
    assert Alert.objects.get().kind == Alert.Kind.NOT_RECORDED


def test_a_start_that_was_given_up_and_comes_after_all_is_stopped(
    line: Line,
) -> None:
    """Two recorders in one call is what must never last."""
    room = line.ring(Faults(start=StartFault.ANSWER_LOST_STARTED, start_times=1))
    line.sweep()
    line.until_active(room)
    Recording.objects.update(state=State.FAILED, reason="never_started", due_at=None)

    line.listen()
    assert line.part().state == State.RECORDING
    line.sweep()
    line.until_ended(room.recordings[0])

    part = line.part()
    assert (part.state, part.stop_wanted) == (State.CHECKING, "given_up")
    line.sweep()
    assert line.part().state == State.AVAILABLE, "what it heard is not left unowned"


def test_livekit_that_cannot_be_reached_has_started_nothing(
    line: Line, settings: Settings
) -> None:
    line.ring()
    settings.LIVEKIT_URL = "http://127.0.0.1:9"

    line.sweep()

    part = line.part()
    assert (part.state, part.reason) == (State.PLANNED, "unreachable")


def test_a_portal_without_keys_says_so(line: Line, settings: Settings) -> None:
    line.ring()
    settings.LIVEKIT_API_KEYS = {}

    line.sweep()

    part = line.part()
    assert (part.state, part.reason) == (State.FAILED, "not_set_up")
    assert Alert.objects.get().detail == "not_set_up"


def test_a_start_that_was_refused_after_consent_was_withdrawn_is_not_made_again(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = line.ring(Faults(start=StartFault.NO_CAPACITY, start_times=1))
    start = client.start_recording

    def meanwhile(**given: Any) -> object:
        line.say("refused")
        return start(**given)

    monkeypatch.setattr(client, "start_recording", meanwhile)
    line.sweep()

    part = line.part()
    assert (part.state, part.reason) == (State.ABORTED, "refused")
    line.now += timedelta(minutes=5)
    assert line.sweep() == []
    assert room.starts_asked == 1
    assert not about_calls().exists()


# leases


def test_a_task_that_comes_twice_starts_once(line: Line) -> None:
    room = line.ring()
    part = line.part()

    for _delivery in range(3):
        recorder.begin(recording_id=part.id, now=line.now)

    assert (room.starts_asked, len(room.recordings)) == (1, 1)


def test_a_part_that_another_worker_holds_is_left_alone(line: Line) -> None:
    line.ring()
    part = line.part()
    taken = worklist.claim(part.id)
    assert taken is not None

    recorder.begin(recording_id=part.id, now=line.now)
    assert recorder.resolve(recording_id=part.id, now=line.now) is None

    assert line.part().attempt == taken.attempt
    assert line.part().state == State.PLANNED


def test_a_worker_that_died_before_asking_is_replaced_after_its_lease(
    line: Line,
) -> None:
    room = line.ring()
    part = line.part()
    _die_on(part, state=State.STARTING)
    assert line.sweep() == [], "its lease still runs"

    _let_lease_run_out(part)
    assert line.sweep() == ["resolve"]
    line.record(room)
    assert line.part(2).state == State.RECORDING
    assert room.starts_asked == 1


def test_a_worker_that_died_after_asking_is_replaced_without_a_second_start(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = line.ring(Faults(lost=frozenset({"egress_started", "egress_updated"})))
    part = line.part()

    def die(*_given: object, **_more: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(recorder, "_apply", die)
        with pytest.raises(KeyboardInterrupt):
            recorder.begin(recording_id=part.id, now=line.now)
    line.until_active(room)
    _let_lease_run_out(part)
    line.sweep()

    part = line.part()
    assert (part.state, part.egress_id) == (State.RECORDING, room.recordings[0].id)
    assert room.starts_asked == 1


def test_a_late_worker_changes_nothing(line: Line) -> None:
    line.ring()
    late = worklist.claim(line.part().id)
    assert late is not None
    _let_lease_run_out(late)
    assert worklist.claim(late.id) is not None

    assert not worklist.release(late, state=State.FAILED)

    assert line.part().state == State.PLANNED
    assert line.part().claimed_until is not None


def _die_on(part: Recording, *, state: str) -> None:
    assert worklist.claim(part.id, change={"state": state}) is not None


def _let_lease_run_out(part: Recording) -> None:
    """By the database's clock, which no test can turn."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE recordings_recording SET claimed_until = now() - interval '1 s'"
            " WHERE id = %s",
            [part.id],
        )


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_take_the_same_part_start_one_recorder(line: Line) -> None:
    room = line.ring()
    part = line.part()

    def begin(_worker: int) -> None:
        try:
            recorder.begin(recording_id=part.id, now=line.now)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(begin, range(4)))

    assert (room.starts_asked, len(room.recordings)) == (1, 1)


# stopping


def test_the_end_of_a_call_ends_its_recording(line: Line) -> None:
    room = line.ring()
    line.record(room)
    line.wait(room, 20)

    line.hang_up(room)

    part = line.part()
    assert (part.state, part.reason) == (State.CHECKING, "complete")
    line.sweep()
    assert line.part().state == State.AVAILABLE
    assert line.call().capture == Call.Capture.RECORDED


def test_a_stop_waits_until_livekit_records(line: Line, entries: Entries) -> None:
    """Stopped earlier, a start is aborted, and nobody can say what was heard."""
    room = line.ring(Faults(active_late=True))
    line.sweep()
    line.listen()
    line.say("refused")
    part = line.part()
    assert (part.state, part.stop_wanted) == (State.STARTING, "refused")

    line.sweep()
    recorder.stop(recording_id=part.id, now=line.now)
    assert entries(act=Action.CAPTURE_STOP_BEGUN) == []

    line.simulator.activate(room, room.recordings[0])
    line.listen()
    line.sweep()
    line.until_ended(room.recordings[0])
    assert line.part().state == State.CHECKING
    assert len(entries(act=Action.CAPTURE_STOPPED)) == 1


def test_a_stop_of_what_has_ended_already_reads_the_end(line: Line) -> None:
    lost = frozenset({"egress_ended"})
    room = line.ring(Faults(lost=lost))
    line.record(room)
    line.wait(room, 20)
    line.simulator.finish(room, room.recordings[0], "Source closed")
    line.say("withdrawn")

    line.sweep()

    part = line.part()
    assert (part.state, part.reason) == (State.AVAILABLE, "complete")


def test_a_stop_that_gets_no_answer_is_asked_again(
    line: Line, settings: Settings, entries: Entries
) -> None:
    room = line.ring()
    line.record(room)
    line.wait(room, 20)
    line.say("withdrawn")
    url, settings.LIVEKIT_URL = settings.LIVEKIT_URL, "http://127.0.0.1:9"

    line.sweep()
    part = line.part()
    assert part.state == State.RECORDING
    assert len(entries(act=Action.CAPTURE_STOP_FAILED)) == 1
    assert part.due_at == line.now + timedelta(seconds=5)

    settings.LIVEKIT_URL = url
    line.now += timedelta(seconds=5)
    line.sweep()
    line.until_ended(room.recordings[0])
    assert line.part().state == State.CHECKING


@pytest.mark.parametrize(
    ("object_fault", "state"),
    [(ObjectFault.NONE, State.AVAILABLE), (ObjectFault.MISSING, State.LOST)],
)
def test_an_egress_that_livekit_forgot_is_what_the_store_says(
    line: Line, object_fault: ObjectFault, state: str
) -> None:
    lost = frozenset({"egress_updated", "egress_ended"})
    room = line.ring(Faults(lost=lost, forgets=True, object=object_fault))
    line.sweep()
    line.until_active(room)
    line.wait(room, 20)
    line.hang_up(room)

    line.sweep()
    assert line.part().reason == "forgotten"
    for _look in range(7):
        line.sweep()
        line.now += timedelta(seconds=120)

    assert line.part().state == state


def test_a_recorder_that_died_does_not_record_for_ever(line: Line) -> None:
    """LiveKit has no reaper: its state stays ACTIVE, and a stop is not answered."""
    room = line.ring(Faults(zombie=True))
    line.record(room)
    line.wait(room, 20)
    line.hang_up(room)

    line.sweep()
    assert line.part().state == State.RECORDING, "it may still be writing its file"
    line.now += recorder.ORPHANED_AFTER + timedelta(seconds=1)
    line.sweep()

    part = line.part()
    assert (part.state, part.reason) == (State.CHECKING, "orphaned")
    for _look in range(7):
        line.sweep()
        line.now += timedelta(seconds=120)
    assert line.part().state == State.LOST
    assert Alert.objects.get().kind == Alert.Kind.RECORDING_LOST


# how it may end


@pytest.mark.parametrize(
    ("ending", "state", "reason", "shown"),
    [
        (Ending.LIMIT_REACHED, "limit_reached", "limit_reached", "partial"),
        (Ending.FAILED_WITH_FILE, "available", "failed:connection", "partial"),
        (Ending.FAILED, "failed", "failed:connection", "failed"),
        (Ending.ABORTED, "aborted", "aborted:no_media", "none"),
    ],
)
def test_every_end_is_a_state_with_its_reason(
    line: Line, ending: Ending, state: str, reason: str, shown: str
) -> None:
    room = line.ring(Faults(ending=ending))
    line.record(room)
    line.wait(room, 20)
    line.hang_up(room)

    for _look in range(7):
        line.sweep()
        line.now += timedelta(seconds=120)

    part = line.part()
    assert (part.state, part.reason) == (state, reason)
    assert part.is_partial is (shown == "partial")
    assert line.call().capture == shown
    assert Recording.objects.count() == 1


def test_all_webhooks_may_be_lost(line: Line) -> None:
    """Once the start was answered, asking LiveKit is enough."""
    room = line.ring()
    line.sweep()
    line.until_active(room)
    line.wait(room, 60)
    line.simulator.finish(room, room.recordings[0], "Source closed")
    assert line.simulator.webhooks.drain()
    line.posts.clear()

    quiet = worklist.quiet_parts(room_sid=room.sid, now=line.now)
    assert quiet == [line.part().id]
    recorder.resolve(recording_id=quiet[0], now=line.now)

    assert (line.part().state, line.part().reason) == (State.CHECKING, "complete")
    capture.reconsider(call_id=line.call().id, now=line.now)
    line.sweep()
    assert line.part().state == State.AVAILABLE
