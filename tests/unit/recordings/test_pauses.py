"""A pause ends the part, is confirmed by LiveKit alone, and never lasts for ever."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from compliance.access import grants
from compliance.access.refusals import Refused
from compliance.access.roles import Role
from compliance.audit.actions import Action
from compliance.models import AuditEntry
from recordings import pauses, recorder
from recordings.livekit.simulator import Faults
from recordings.livekit.simulator.world import Room
from recordings.models import Alert, Pause, Recording
from tests.cast import Cast
from tests.line import Line
from tests.telling import BEGAN
from tests.waiting import until

pytestmark = pytest.mark.django_db
State = Recording.State
Entries = Callable[..., list[AuditEntry]]


def ask(line: Line) -> Pause:
    """The voice agent asks for a pause before a card is read out."""
    pause = pauses.begin(
        call=line.call(), reason=Pause.Reason.CARD, by=line.service, now=line.now
    )
    line.reconsider()
    return pause


def confirmed(line: Line, room: Room, pause: Pause) -> Pause:
    """The pause once LiveKit has said that its recorder ended."""
    line.sweep()
    line.until_ended(room.recordings[-1])
    pause.refresh_from_db()
    return pause


@pytest.fixture(autouse=True)
def _agent_of_the_team(line: Line) -> None:
    grants.grant(
        person=line.service, role=Role.SERVICE, by=None, now=BEGAN, team=line.team
    )


@pytest.fixture
def room(line: Line) -> Room:
    """A call that is being recorded for twenty seconds."""
    room = line.ring()
    line.record(room)
    line.wait(room, 20)
    return room


def test_only_the_recorders_end_confirms_a_pause(line: Line, room: Room) -> None:
    pause = ask(line)
    assert line.part().stop_wanted == "paused"
    assert pause.confirmed_at is None, "the recorder has not ended yet"
    line.reconsider()
    pause.refresh_from_db()
    assert pause.confirmed_at is None, "thinking again does not make it so"

    assert confirmed(line, room, pause).confirmed_at is not None
    assert Recording.objects.count() == 1


def test_resuming_begins_the_next_part(line: Line, room: Room) -> None:
    pause = confirmed(line, room, ask(line))
    line.wait(room, 15)

    pauses.resume(call=line.call(), by=line.service, now=line.now)
    line.reconsider()
    line.record(room)
    assert line.part(2).state == State.RECORDING
    line.wait(room, 10)
    line.hang_up(room)
    line.sweep()

    pause.refresh_from_db()
    assert (pause.end, pause.ended_by) == (Pause.End.RESUMED, line.service)
    call = line.call()
    assert call.missed_ms == 0, "what was paused was not missed"
    assert call.unrecorded_ms >= 15_000


def test_who_and_why_and_how_long_are_evidence(
    line: Line, room: Room, entries: Entries
) -> None:
    confirmed(line, room, ask(line))
    line.wait(room, 30)
    pauses.resume(call=line.call(), by=line.service, now=line.now)

    asked = entries(act=Action.CAPTURE_PAUSED)[0]
    assert (asked.actor_id, asked.facts["reason"]) == (line.service.id, "card")
    assert entries(act=Action.CAPTURE_PAUSE_CONFIRMED)[0].facts["seconds"] < 15
    ended = entries(act=Action.CAPTURE_RESUMED)[0].facts
    assert (ended["how"], ended["seconds"]) == ("resumed", 30)


def test_a_pause_that_nobody_ends_is_over_by_itself_with_an_alert(
    line: Line, room: Room
) -> None:
    pause = confirmed(line, room, ask(line))
    line.wait(room, line.team.pause_seconds - 30)
    line.sweep()
    assert Recording.objects.count() == 1

    line.wait(room, 40)
    line.sweep()

    pause.refresh_from_db()
    assert (pause.end, pause.ended_at) == (Pause.End.TIMER, pause.ends_by)
    assert Alert.objects.get().kind == Alert.Kind.PAUSE_LEFT_OPEN
    assert line.part(2).state == State.PLANNED


def test_a_recorder_that_goes_on_too_long_is_an_alert(line: Line) -> None:
    """LiveKit lost the webhooks: nobody knows whether the card was heard."""
    room = line.ring(Faults(lost=frozenset({"egress_ended"})))
    line.record(room)
    line.wait(room, 20)
    pause = ask(line)
    line.sweep()
    until(lambda: room.recordings[0].info.ended_at)
    line.wait(room, 60)

    recorder.resolve(recording_id=line.part().id, now=line.now)
    line.reconsider()

    pause.refresh_from_db()
    assert pause.confirmed_at is not None
    assert Alert.objects.get().kind == Alert.Kind.PAUSE_LATE


def test_where_nothing_is_recorded_a_pause_holds_at_once(line: Line) -> None:
    line.place = "DE"
    line.ring()
    assert not Recording.objects.exists()

    pause = ask(line)

    pause.refresh_from_db()
    assert pause.confirmed_at == pause.asked_at


def test_a_plan_that_nobody_began_is_dropped(line: Line) -> None:
    line.ring()
    pause = ask(line)
    line.reconsider()

    pause.refresh_from_db()
    assert pause.confirmed_at is not None
    assert line.part().state == State.ABORTED


def test_asking_twice_is_one_pause(line: Line, room: Room) -> None:
    assert ask(line).id == ask(line).id


def test_the_end_of_the_call_ends_the_pause(line: Line, room: Room) -> None:
    pause = confirmed(line, room, ask(line))
    line.wait(room, 5)

    line.hang_up(room)

    pause.refresh_from_db()
    assert pause.end == Pause.End.CALL_ENDED
    assert Recording.objects.count() == 1
    with pytest.raises(pauses.CallOver):
        ask(line)


def test_consent_withdrawn_during_a_pause_is_not_undone_by_its_end(
    line: Line, room: Room
) -> None:
    confirmed(line, room, ask(line))
    line.say("withdrawn")
    pauses.resume(call=line.call(), by=line.service, now=line.now)
    line.wait(room, 30)
    line.reconsider()

    assert Recording.objects.count() == 1


def test_a_reviewer_does_not_pause(line: Line, room: Room, cast: Cast) -> None:
    with pytest.raises(Refused):
        pauses.begin(
            call=line.call(),
            reason=Pause.Reason.CARD,
            by=cast.reviewer,
            now=line.now + timedelta(seconds=1),
        )
