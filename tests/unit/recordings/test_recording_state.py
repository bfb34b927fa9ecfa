"""What everybody is told about the recording of a call, at each step of its life."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import prefetch_related_objects

from compliance.access import grants
from compliance.access.roles import Role
from recordings import pauses, recording_state
from recordings.models import Call, Pause, Recording
from recordings.recording_state import State
from tests.factories.compliance import PersonFactory
from tests.factories.recordings import STARTED, CallFactory, RecordingFactory
from tests.line import Line
from tests.telling import BEGAN

pytestmark = pytest.mark.django_db
Part = Recording.State


def told(call: Call) -> recording_state.RecordingState:
    return recording_state.of_call(Call.objects.get(pk=call.pk))


def live_call(*parts: dict[str, Any], **facts: Any) -> Call:
    """A call that goes on, with parts in these states."""
    call: Call = CallFactory.create(ended_at=None, **({"why": "met"} | facts))
    for number, part in enumerate(parts, start=1):
        RecordingFactory.create(call=call, part=number, **part)
    return call


@pytest.mark.parametrize("state", [Part.PLANNED, Part.STARTING, Part.UNCLEAR])
def test_before_livekit_says_active_nothing_is_being_recorded(state: str) -> None:
    seen = told(live_call({"state": state, "started_at": None}))

    assert seen.state is State.STARTING
    assert not seen.is_recording


def test_active_is_recording(line: Line) -> None:
    """The whole way, as LiveKit tells it: asked, egress_started, ACTIVE, over."""
    room = line.ring()
    assert told(line.call()).state is State.STARTING
    line.record(room)

    seen = told(line.call())
    assert seen.is_recording
    assert (seen.part, seen.since) == (1, line.part().started_at)
    assert recording_state.explained(seen) == "No announcement is asked for."

    line.wait(room, 20)
    line.hang_up(room)
    assert told(line.call()).state is State.ENDED


def test_a_pause_is_not_silence_until_livekit_says_so(line: Line) -> None:
    room = line.ring()
    line.record(room)
    grants.grant(
        person=line.service, role=Role.SERVICE, by=None, now=BEGAN, team=line.team
    )
    pause = pauses.begin(
        call=line.call(), reason=Pause.Reason.CARD, by=line.service, now=line.now
    )
    line.reconsider()

    seen = told(line.call())
    assert (seen.state, seen.why, seen.is_recording) == (
        State.STOPPING,
        "paused",
        False,
    )

    line.sweep()
    line.until_ended(room.recordings[0])
    seen = told(line.call())
    pause.refresh_from_db()
    assert (seen.state, seen.since) == (State.PAUSED, pause.confirmed_at)
    assert seen.pause == pause

    line.wait(room, 5)
    pauses.resume(call=line.call(), by=line.service, now=line.now)
    line.reconsider()
    assert (told(line.call()).state, told(line.call()).part) == (State.STARTING, 2)


def test_while_one_part_takes_over_from_another_the_call_is_recorded() -> None:
    call = live_call(
        {"state": Part.RECORDING, "stop_wanted": "handover"},
        {"state": Part.RECORDING},
    )
    assert (told(call).state, told(call).part) == (State.RECORDING, 2)

    waiting = live_call(
        {"state": Part.RECORDING, "handing_over": True}, {"state": Part.STARTING}
    )
    assert (told(waiting).state, told(waiting).part) == (State.RECORDING, 1)


def test_what_is_not_allowed_says_which_rule_it_waits_for() -> None:
    seen = told(live_call(why="consent_first"))

    assert (seen.state, seen.why) == (State.NOT_RECORDING, "consent_first")
    assert recording_state.explained(seen) == "Everybody must agree first."


def test_after_a_failure_it_says_what_failed() -> None:
    seen = told(live_call({"state": Part.FAILED, "reason": "failed:upload"}))

    assert (seen.state, seen.why) == (State.NOT_RECORDING, "failed:upload")
    assert "written to the store" in recording_state.explained(seen)


def test_a_withdrawal_outweighs_how_the_last_part_ended() -> None:
    call = live_call({"state": Part.AVAILABLE, "reason": "complete"}, why="withdrawn")

    assert told(call).why == "withdrawn"
    assert recording_state.explained(told(call)) == "A party withdrew its consent."


def test_a_recorder_that_outlives_its_call_is_still_stopping() -> None:
    call: Call = CallFactory.create()
    RecordingFactory.create(call=call, state=Part.RECORDING)

    assert told(call).state is State.STOPPING


@pytest.mark.parametrize(
    "change",
    [
        {"part": {"state": Part.STOPPING}},
        {"part": {"started_at": STARTED + timedelta(seconds=11)}},
        {"part": {"stop_wanted": "paused"}},
        {"call": {"why": "not_needed"}},
        {"call": {"ended_at": STARTED + timedelta(minutes=3)}},
    ],
)
def test_any_change_has_another_version(change: dict[str, dict[str, Any]]) -> None:
    call = live_call({"state": Part.RECORDING})
    before = told(call).version
    assert told(call).version == before, "and only a change has"

    Recording.objects.filter(call=call).update(**change.get("part", {"looks": 3}))
    Call.objects.filter(pk=call.pk).update(**change.get("call", {"duration_ms": 1}))

    assert told(call).version != before


def test_a_list_of_calls_asks_for_nothing_more(django_assert_num_queries: Any) -> None:
    for _each in range(3):
        call = live_call({"state": Part.AVAILABLE}, {"state": Part.RECORDING})
        Pause.objects.create(
            call=call, reason="card", asked_by=PersonFactory.create(), ends_by=STARTED
        )
    calls = list(Call.objects.all())
    prefetch_related_objects(calls, "recordings", "pauses")

    with django_assert_num_queries(0):
        states = [recording_state.of_call(call) for call in calls]
        assert all(recording_state.explained(state) for state in states)
        assert all(state.version for state in states)
