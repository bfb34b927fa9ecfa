"""Calls that a law wants recorded: what is said, and the alarm when they are not."""

from datetime import timedelta

import pytest
from django.db import transaction

from compliance.consent import duties as law
from compliance.consent.duty import Cause
from compliance.models import Purpose, Remedy, Team
from recordings import alerts, consent, duties, pauses, recorder, tasks
from recordings.livekit.simulator import Faults, ObjectFault, StartFault
from recordings.livekit.simulator.world import Room
from recordings.models import Alert, Pause, Recording
from tests.cast import Cast
from tests.line import Line

pytestmark = pytest.mark.django_db
State = Recording.State
UNDER_DUTY = Alert.Kind.UNRECORDED_DUTY


def put_under(team: Team, code: str) -> None:
    team.duty = law.versions_of(code)[0]
    with transaction.atomic():
        team.save()


@pytest.fixture
def firm(line: Line) -> Line:
    """The line of an investment firm: who refuses is not served by telephone."""
    put_under(line.team, "EU-MIFID2")
    return line


def instruction(line: Line) -> tuple[Remedy, Cause] | None:
    """What the agent is told at this moment."""
    told = consent.peek(line.call(), now=line.now).plan.instruction
    return None if told is None else (told.act, told.because)


def alarms() -> list[str]:
    """The details of the alarms there are, open or not."""
    return list(Alert.objects.filter(kind=UNDER_DUTY).values_list("detail", flat=True))


def talk(line: Line, room: Room, seconds: int) -> None:
    """Time passes, with the sweeps that come every ten seconds."""
    for _tenth in range(seconds // 10):
        line.wait(room, 10)
        line.sweep()


def test_a_call_under_a_duty_is_recorded_for_it(firm: Line) -> None:
    firm.ring()

    assert firm.call().purposes == ["legal_duty", "evidence", "quality"]


def test_a_duty_that_is_over_adds_no_purpose(line: Line) -> None:
    put_under(line.team, "EU-MIFID2")
    duty = line.team.duty
    assert duty is not None
    duty.effective_to = (line.now - timedelta(days=1)).date()
    with transaction.atomic():
        duty.save()

    room = line.ring()
    line.say("refused")
    line.wait(room, 60)
    line.hang_up(room)

    assert Purpose.LEGAL_DUTY not in line.call().purposes
    assert alarms() == []


def test_a_call_that_is_recorded_raises_no_alarm(firm: Line) -> None:
    room = firm.ring()
    firm.record(room)
    talk(firm, room, 60)
    firm.hang_up(room)
    firm.sweep()

    assert firm.part().state == State.AVAILABLE
    assert instruction(firm) is None
    assert alarms() == []


def test_who_refuses_is_told_at_once_and_the_call_that_went_on_is_an_alarm(
    firm: Line,
) -> None:
    room = firm.ring()
    firm.record(room)
    firm.wait(room, 20)

    firm.say("refused")

    assert instruction(firm) == (Remedy.END_CALL, Cause.REFUSAL)
    assert alarms() == [], "the agent has a moment to end the call"
    firm.sweep()
    firm.until_ended(room.recordings[0])
    talk(firm, room, 40)
    assert alarms() == ["refused"], "it goes on all the same"
    firm.hang_up(room)
    assert alarms() == ["refused"], "once a call"


def test_what_was_said_after_a_refusal_is_an_alarm_however_short(firm: Line) -> None:
    room = firm.ring()
    firm.record(room)
    firm.wait(room, 20)
    firm.say("withdrawn")
    firm.sweep()
    firm.until_ended(room.recordings[0])
    firm.wait(room, 8)

    firm.hang_up(room)

    assert len(alarms()) == 1


def test_somebody_who_hangs_up_before_anything_was_said_is_no_alarm(
    firm: Line,
) -> None:
    firm.place = "GB"
    room = firm.ring()
    firm.wait(room, 12)

    firm.hang_up(room)

    assert not Recording.objects.exists()
    assert alarms() == []


def test_a_call_that_waits_half_a_minute_for_its_announcement_is_an_alarm(
    firm: Line,
) -> None:
    firm.place = "GB"
    room = firm.ring()

    talk(firm, room, 20)
    assert alarms() == []
    talk(firm, room, 20)

    assert alarms() == ["unrecorded"]


def test_when_no_recorder_comes_the_agent_is_told_and_an_officer_too(
    firm: Line,
) -> None:
    room = firm.ring(Faults(start=StartFault.NO_CAPACITY))
    assert instruction(firm) is None, "it has only been asked for"
    while firm.part().state != State.FAILED:
        firm.sweep()
        firm.wait(room, 1)

    assert instruction(firm) == (Remedy.OTHER_CHANNEL, Cause.FAILURE)
    talk(firm, room, 40)
    assert len(alarms()) == 1
    alert = Alert.objects.get(kind=UNDER_DUTY)
    assert alert.severity == Alert.Severity.CRITICAL
    assert not alerts.may_close(alert, by=firm.service)


def test_a_recorder_that_comes_back_lifts_the_instruction_not_the_alarm(
    firm: Line,
) -> None:
    room = firm.ring()
    firm.record(room)
    firm.wait(room, 10)
    firm.simulator.finish(room, room.recordings[0], "Failure")
    firm.listen()
    assert instruction(firm) == (Remedy.OTHER_CHANNEL, Cause.FAILURE)

    firm.wait(room, 5)
    firm.sweep()
    firm.record(room)
    assert firm.part(2).state == State.RECORDING
    assert instruction(firm) is None
    firm.wait(room, 10)
    firm.hang_up(room)

    assert len(alarms()) == 1, "the seconds between are on no recording"
    assert Alert.objects.get(kind=UNDER_DUTY).is_open


def test_an_alarm_that_was_settled_is_not_raised_again(firm: Line) -> None:
    firm.place = "GB"
    room = firm.ring()
    talk(firm, room, 40)
    alert = Alert.objects.get(kind=UNDER_DUTY)
    alert.closed_at = firm.now
    alert.save()

    talk(firm, room, 40)
    firm.hang_up(room)

    assert len(alarms()) == 1
    assert duties.unrecorded(now=firm.now, limit=9) == []


def test_a_pause_for_card_data_breaks_no_duty(firm: Line, cast: Cast) -> None:
    room = firm.ring()
    firm.record(room)
    firm.wait(room, 10)
    pauses.begin(
        call=firm.call(), reason=Pause.Reason.CARD, by=cast.officer, now=firm.now
    )
    firm.reconsider()
    recorder.stop(recording_id=firm.part().id, now=firm.now)
    firm.until_ended(room.recordings[0])
    talk(firm, room, 50)

    assert instruction(firm) is None
    assert alarms() == []


def test_a_file_that_turns_out_empty_is_an_alarm(firm: Line) -> None:
    room = firm.ring(Faults(object=ObjectFault.EMPTY))
    firm.record(room)
    firm.wait(room, 30)
    firm.hang_up(room)
    assert alarms() == []

    tasks.index_recording(str(firm.part().id))

    assert firm.part().state == State.FAILED
    assert len(alarms()) == 1


def test_a_team_without_a_duty_raises_none_of_this(line: Line) -> None:
    room = line.ring()
    line.say("refused")
    talk(line, room, 60)
    line.hang_up(room)

    assert alarms() == []
    assert duties.unrecorded(now=line.now, limit=9) == []
