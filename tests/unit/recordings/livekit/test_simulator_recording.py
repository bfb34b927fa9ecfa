"""What the simulator records is what a recorder in the room would have heard."""

import io
from datetime import timedelta
from typing import Any

import av
import pytest

from recordings.livekit import client
from recordings.livekit.demo_audio import conversations
from recordings.livekit.facts import EgressStatus, FileFacts, Mixing
from recordings.livekit.simulator import Ending, Faults, ObjectFault, Scenario
from recordings.livekit.simulator.world import Room
from tests.unit.recordings.livekit.conftest import LONG_AGO, LiveKit

KEY = "recordings/team/call/1.ogg"
SPEECH = conversations()["claims_de_refused"]


def record(
    livekit: LiveKit,
    *,
    mixing: Mixing = Mixing.AGENT_LEFT,
    agent_is_ai: bool = True,
    seconds: float = 20,
    **faults: Any,
) -> Room:
    """Record the first seconds of a conversation."""
    simulator = livekit.simulator
    room = simulator.open_room("claims", at=LONG_AGO, faults=Faults(**faults))
    scenario = Scenario(agent_is_ai=agent_is_ai)
    simulator.join(room, scenario.caller())
    simulator.join(room, scenario.answering())
    room.speech, room.speech_from = SPEECH, room.clock.now()
    client.start_recording(room_name="claims", key=KEY, mixing=mixing, upload=None)
    simulator.wait_for(
        lambda: room.recordings[0].active_at is not None, timeout_seconds=10
    )
    room.clock.wait_until(room.speech_from + timedelta(seconds=seconds))
    simulator.close_room(room)
    return room


def loudness(audio: bytes) -> tuple[float, float]:
    """Return the loudest sample of the left and of the right side."""
    with av.open(io.BytesIO(audio), "r") as source:
        loudest = [0.0, 0.0]
        for frame in source.decode(audio=0):
            left, right = frame.to_ndarray()
            loudest = [
                max(loudest[0], float(abs(left).max())),
                max(loudest[1], float(abs(right).max())),
            ]
    return loudest[0], loudest[1]


def seconds_of(audio: bytes) -> float:
    """Decode everything and return how long it plays."""
    with av.open(io.BytesIO(audio), "r") as source:
        return sum(frame.samples for frame in source.decode(audio=0)) / 48_000


def told_file(livekit: LiveKit) -> FileFacts:
    """Return the file that the end event spoke of."""
    livekit.names()
    told = [event.egress for event in livekit.heard if event.name == "egress_ended"]
    assert told[0] is not None
    assert told[0].file is not None
    return told[0].file


def test_the_file_is_the_stretch_that_was_heard(livekit: LiveKit) -> None:
    record(livekit, seconds=20)

    file = told_file(livekit)
    audio = livekit.objects[KEY]
    # The recorder needs 0.8 s to join; then it hears everything.
    assert seconds_of(audio) == pytest.approx(19.2, abs=0.2)
    assert file.size == len(audio)
    assert file.duration_ms == pytest.approx(19_200, abs=200)
    assert file.filename == KEY
    assert file.started_at is not None
    assert file.started_at - LONG_AGO < timedelta(seconds=2)


def test_an_ai_agent_is_left_and_the_caller_right(livekit: LiveKit) -> None:
    record(livekit, seconds=9)  # only the agent has spoken so far

    left, right = loudness(livekit.objects[KEY])
    assert left > 0.1
    assert right < 0.01


def test_a_human_agent_is_on_the_right_with_the_caller(livekit: LiveKit) -> None:
    record(livekit, seconds=9, agent_is_ai=False)

    left, right = loudness(livekit.objects[KEY])
    assert left < 0.01
    assert right > 0.05


def test_together_means_both_voices_on_both_sides(livekit: LiveKit) -> None:
    record(livekit, seconds=9, mixing=Mixing.TOGETHER)

    left, right = loudness(livekit.objects[KEY])
    assert left == pytest.approx(right, rel=0.2)
    assert left > 0.05


def test_the_events_of_a_recording_come_in_order(livekit: LiveKit) -> None:
    record(livekit)

    assert [name for name in livekit.names() if name.startswith("egress")] == [
        "egress_started",
        "egress_updated",
        "egress_updated",
        "egress_ended",
    ]
    told = [event.egress for event in livekit.heard if event.egress]
    assert [one.status for one in told] == [
        EgressStatus.STARTING,
        EgressStatus.ACTIVE,
        EgressStatus.ENDING,
        EgressStatus.COMPLETE,
    ]
    assert told[-1].details == "End reason: Source closed"
    moments = [one.updated_at for one in told if one.updated_at]
    assert moments == sorted(moments)
    assert moments[0].date() == LONG_AGO.date()


@pytest.mark.parametrize(
    ("ending", "status", "has_file"),
    [
        (Ending.FAILED, EgressStatus.FAILED, False),
        (Ending.FAILED_WITH_FILE, EgressStatus.FAILED, True),
        (Ending.ABORTED, EgressStatus.ABORTED, False),
        (Ending.LIMIT_REACHED, EgressStatus.LIMIT_REACHED, True),
    ],
)
def test_other_endings(
    livekit: LiveKit, ending: Ending, status: EgressStatus, has_file: bool
) -> None:
    record(livekit, ending=ending)

    livekit.names()
    last = [event.egress for event in livekit.heard if event.egress][-1]
    assert last.status is status
    assert last.error
    assert (KEY in livekit.objects) is has_file


def test_a_partial_file_is_shorter_than_the_call(livekit: LiveKit) -> None:
    record(livekit, seconds=20, ending=Ending.FAILED_WITH_FILE)

    assert seconds_of(livekit.objects[KEY]) < 15


@pytest.mark.parametrize("fault", list(ObjectFault))
def test_what_is_left_in_the_store(livekit: LiveKit, fault: ObjectFault) -> None:
    record(livekit, object=fault)

    size = told_file(livekit).size
    assert size is not None
    left = livekit.objects.get(KEY)
    sizes = {
        ObjectFault.NONE: size,
        ObjectFault.MISSING: None,
        ObjectFault.EMPTY: 0,
        ObjectFault.TRUNCATED: size // 2,
        ObjectFault.NOT_AUDIO: size,
        ObjectFault.LARGER: size + 4_096,
    }
    assert (None if left is None else len(left)) == sizes[fault]
    assert (left or b"").startswith(b"OggS") is (
        fault in (ObjectFault.NONE, ObjectFault.TRUNCATED, ObjectFault.LARGER)
    )


def test_a_store_that_refuses_makes_the_recording_fail(livekit: LiveKit) -> None:
    def refuse(*_given: object) -> None:
        raise OSError("AccessDenied")

    livekit.simulator.put = refuse

    record(livekit)

    livekit.names()
    last = [event.egress for event in livekit.heard if event.egress][-1]
    assert last.status is EgressStatus.FAILED
    assert last.error == "S3 upload failed: AccessDenied"


def test_a_stop_before_the_first_sound_leaves_no_file(livekit: LiveKit) -> None:
    room = livekit.simulator.open_room(
        "claims", at=LONG_AGO, faults=Faults(active_late=True)
    )
    started = client.start_recording(
        room_name="claims", key=KEY, mixing=Mixing.AGENT_LEFT, upload=None
    )

    client.stop(started.egress_id)

    livekit.simulator.wait_for(
        lambda: bool(room.recordings[0].info.ended_at), timeout_seconds=10
    )
    assert client.find(egress_id=started.egress_id)[0].status is EgressStatus.ABORTED
    assert livekit.objects == {}
