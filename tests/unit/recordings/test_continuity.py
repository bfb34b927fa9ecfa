"""A live call keeps its recorder: after an end, after failures, and before a limit."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from pytest_django.fixtures import Settings

from compliance.models.team import StaffedBy
from recordings import continuity
from recordings.livekit.simulator import Ending, Faults, StartFault, world
from recordings.livekit.simulator.twirp import Refused, Twirp
from recordings.livekit.simulator.world import Room
from recordings.models import Alert, Recording
from tests.line import Line

pytestmark = pytest.mark.django_db
State = Recording.State
Finish = Callable[[Room], None]


@pytest.fixture
def finish(line: Line) -> Finish:
    """End the newest recorder of the room, and hear of it."""

    def end(room: Room) -> None:
        line.simulator.finish(room, room.recordings[-1], "StopEgress API")
        line.listen()

    return end


def test_a_recorder_that_somebody_else_stopped_is_followed_by_the_next(
    line: Line, finish: Finish
) -> None:
    room = line.ring()
    line.record(room)
    line.wait(room, 20)

    finish(room)
    assert line.reconsider().again_in is not None, "the call may be over as well"
    assert Recording.objects.count() == 1
    line.wait(room, continuity.SETTLE.total_seconds())
    line.reconsider()

    line.record(room)
    assert line.part(2).state == State.RECORDING
    assert line.part(1).state == State.AVAILABLE


def test_a_call_that_ends_with_its_recorder_gets_no_further_part(
    line: Line, finish: Finish
) -> None:
    """LiveKit ends the recorder first, and tells of the call a moment later."""
    room = line.ring()
    line.record(room)
    line.wait(room, 20)

    finish(room)
    line.wait(room, 1)
    line.hang_up(room)
    line.sweep()

    assert Recording.objects.count() == 1


def test_a_sweep_finds_the_call_whose_recorder_is_gone(
    line: Line, finish: Finish
) -> None:
    room = line.ring()
    line.record(room)
    finish(room)

    line.wait(room, 10)
    line.sweep()

    assert line.part(2).state == State.PLANNED


def test_after_failures_the_next_try_waits_longer_and_longer(line: Line) -> None:
    room = line.ring(Faults(ending=Ending.FAILED))
    waits = []
    for number in range(1, 6):
        line.sweep()
        line.until_active(room)
        line.listen()
        line.simulator.finish(room, room.recordings[-1], "Failure")
        line.listen()
        failed_at = line.now
        while not Recording.objects.filter(part=number + 1).exists():
            line.now += timedelta(seconds=1)
            line.sweep()
        waits.append((line.now - failed_at).total_seconds())

    assert waits == [0, 15, 30, 60, 60]
    assert room.starts_asked == 5


def test_what_livekit_will_not_do_is_not_asked_again(
    line: Line, settings: Settings
) -> None:
    line.ring()
    settings.LIVEKIT_API_KEYS = {}
    line.sweep()

    line.now += timedelta(hours=1)
    line.sweep()

    assert [part.reason for part in Recording.objects.all()] == ["not_set_up"]


# planned limits


@pytest.fixture
def limited(settings: Settings) -> int:
    """Egress ends recordings after ten minutes; the seconds until the hand-over."""
    settings.PART_MINUTES = 10
    return 600 - int(continuity.HANDOVER_LEAD.total_seconds())


def test_before_a_planned_limit_the_next_part_takes_over_without_a_gap(
    line: Line, limited: int
) -> None:
    room = line.ring()
    line.record(room)
    line.wait(room, limited + 2)
    assert "resolve" in line.sweep(), "nothing else would happen in the call"
    first = line.part(1)
    assert (first.state, first.stop_wanted) == (State.RECORDING, "")

    line.record(room)
    assert line.part(2).state == State.RECORDING
    assert line.part(1).stop_wanted == "handover"
    line.sweep()
    line.until_ended(room.recordings[0])
    line.wait(room, 30)
    line.hang_up(room)
    line.sweep()

    parts = Recording.objects.order_by("part")
    assert [part.state for part in parts] == [State.AVAILABLE, State.AVAILABLE]
    former, latter = room.recordings
    assert latter.active_at is not None
    heard_from = world.nanoseconds(latter.active_at)
    assert heard_from <= former.info.ended_at, "the second hears before the first ends"


def test_a_hand_over_that_fails_leaves_the_first_part_recording(
    line: Line, limited: int
) -> None:
    room = line.ring()
    line.record(room)
    line.wait(room, limited + 2)
    room.faults = Faults(start=StartFault.NO_CAPACITY)
    line.sweep()
    for _try in range(4):
        line.sweep()
        line.now += timedelta(seconds=20)

    assert line.part(2).state == State.FAILED
    first = line.part(1)
    assert (first.state, first.stop_wanted) == (State.RECORDING, "")
    assert len(room.recordings) == 1
    kinds = set(Alert.objects.values_list("kind", flat=True))
    assert kinds == {Alert.Kind.NO_CAPACITY, Alert.Kind.NOT_RECORDED}


def test_a_call_that_ends_during_a_hand_over_ends_both_parts(
    line: Line, limited: int
) -> None:
    room = line.ring()
    line.record(room)
    line.wait(room, limited + 2)
    line.sweep()

    line.hang_up(room)
    line.sweep()

    first, second = Recording.objects.order_by("part")
    assert first.state == State.AVAILABLE
    assert (second.state, second.stop_wanted) == (State.ABORTED, "call_ended")


def test_without_a_limit_there_is_no_hand_over(line: Line, settings: Settings) -> None:
    settings.PART_MINUTES = 0
    room = line.ring()
    line.record(room)

    line.wait(room, 10 * 3600)
    line.reconsider()

    assert line.part().due_at is None
    assert Recording.objects.count() == 1


# people who answer


@pytest.fixture
def by_people(line: Line, settings: Settings) -> Line:
    """People answer, and LiveKit is said to route media."""
    line.team.staffed_by = StaffedBy.PEOPLE
    with transaction.atomic():
        line.team.save()
    settings.EGRESS_ROUTES = True
    return line


def test_people_have_a_channel_of_their_own_where_livekit_routes_media(
    by_people: Line,
) -> None:
    room = by_people.ring(with_agent=False)
    by_people.record(room)

    [egress] = room.recordings
    assert egress.is_routed
    assert egress.info.HasField("egress")
    assert by_people.part().sides == Recording.Sides.CALLER_LEFT


def test_an_older_livekit_records_people_on_both_channels(
    by_people: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = Twirp.answer

    def old(self: Twirp, method: str, *rest: Any) -> Any:
        if method == "Egress/StartEgress":
            raise Refused("bad_route", "no handler for path")
        return answer(self, method, *rest)

    monkeypatch.setattr(Twirp, "answer", old)
    room = by_people.ring(with_agent=False)
    by_people.sweep()

    assert by_people.record(room).state == State.RECORDING
    assert by_people.part().sides == Recording.Sides.TOGETHER
    assert not Alert.objects.exists()


def test_without_routes_people_share_the_callers_channel(
    by_people: Line, settings: Settings
) -> None:
    settings.EGRESS_ROUTES = False
    by_people.ring(with_agent=False)

    assert by_people.part().sides == Recording.Sides.TOGETHER
