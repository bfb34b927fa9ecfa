"""When a call is recorded, when not any more, and what becomes of what was recorded."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from compliance.audit.actions import Action
from compliance.consent.plan import GRACE
from compliance.models import AuditEntry, OnWithdrawal, PhoneNumber
from recordings import capture, recorder
from recordings.livekit.simulator import Ending, Faults, Scenario, StartFault
from recordings.models import Alert, Call, ConsentVerdict, Party, Recording
from tests.line import Line

pytestmark = pytest.mark.django_db
State = Recording.State
Entries = Callable[..., list[AuditEntry]]


def after_the_check(line: Line) -> Recording:
    """The part, once the store was asked about it."""
    line.sweep()
    return line.part()


# planning


def test_a_call_that_nobody_need_be_told_of_is_planned_at_once(line: Line) -> None:
    line.ring()

    part = line.part()
    call = line.call()
    assert (part.state, part.part) == (State.PLANNED, 1)
    assert call.capture == Call.Capture.CHECKING
    assert call.consent == Call.Consent.NOT_NEEDED
    assert ConsentVerdict.objects.count() == 1


def test_the_key_tells_nothing_and_is_never_given_twice(line: Line) -> None:
    room = line.ring()

    key = line.part().object_key
    call = line.call()
    start = f"recordings/{call.team_id}/2026/11/02/{call.id}/01-"
    assert key.startswith(start)
    assert key.endswith(".ogg")
    for word in ("5125550142", "555", "Mia", room.info.name):
        assert word not in key.removeprefix(start).removesuffix(".ogg")


def test_thinking_again_changes_nothing(line: Line) -> None:
    line.ring()
    before = Recording.objects.values().get()

    for _time in range(3):
        work = line.reconsider()

    assert work.begin == [before["id"]]
    assert Recording.objects.values().get() == before
    assert ConsentVerdict.objects.count() == 1


def test_nobody_is_recorded_before_the_announcement_where_it_comes_first(
    line: Line,
) -> None:
    line.place = "GB"
    room = line.ring()
    assert not Recording.objects.exists()
    assert line.call().consent == Call.Consent.PENDING

    line.say("announced")

    assert line.record(room).state == State.RECORDING
    assert line.call().consent == Call.Consent.ANNOUNCED


def test_where_consent_is_explicit_an_announcement_is_not_enough(line: Line) -> None:
    line.place = "DE"
    room = line.ring()
    line.say("announced")
    assert not Recording.objects.exists()

    line.say("granted")

    assert line.record(room).state == State.RECORDING


def test_a_call_that_was_refused_is_not_recorded(line: Line) -> None:
    line.place = "GB"
    room = line.ring()

    line.say("refused")
    line.say("announced")
    line.sweep()
    line.hang_up(room)

    assert not Recording.objects.exists()
    assert room.starts_asked == 0
    call = line.call()
    assert call.consent == Call.Consent.REFUSED
    assert call.capture == Call.Capture.NONE
    assert not Alert.objects.exists()


def test_a_plan_is_dropped_when_a_refusal_comes_before_the_recorder(
    line: Line, entries: Entries
) -> None:
    room = line.ring()

    line.say("refused")
    line.sweep()

    part = line.part()
    assert (part.state, part.reason) == (State.ABORTED, "refused")
    assert room.starts_asked == 0
    assert entries(act=Action.CAPTURE_BEGUN) == []
    assert line.call().capture == Call.Capture.NONE


def test_a_call_that_is_over_before_a_worker_came_is_no_fault(line: Line) -> None:
    room = line.ring()

    line.hang_up(room)

    part = line.part()
    assert (part.state, part.reason) == (State.ABORTED, "call_ended")
    assert not Alert.objects.exists()


def test_a_call_for_which_no_worker_came_at_all_is_a_fault(line: Line) -> None:
    room = line.ring()
    line.wait(room, 90)

    line.hang_up(room)

    part = line.part()
    assert (part.state, part.reason) == (State.FAILED, "not_asked")
    assert line.call().capture == Call.Capture.FAILED
    assert Alert.objects.get().detail == "not_asked"


# stopping


@pytest.mark.parametrize("kind", ["withdrawn", "refused"])
def test_whoever_takes_it_back_is_not_recorded_any_more(
    line: Line, kind: str, entries: Entries
) -> None:
    room = line.ring()
    line.record(room)
    line.wait(room, 20)

    work_before = line.reconsider()
    line.say(kind)
    assert work_before.stop == []
    assert line.reconsider().stop == [line.part().id], "at once, not with a sweep"
    recorder.stop(recording_id=line.part().id, now=line.now)
    line.until_ended(room.recordings[0])

    part = after_the_check(line)
    assert (part.state, part.stop_wanted) == (State.AVAILABLE, kind)
    assert part.expires_at is not None
    assert part.expires_at > line.now, "the team keeps the earlier part"
    stopped = entries(act=Action.CAPTURE_STOPPED)
    assert [entry.facts["reason"] for entry in stopped] == [kind]
    line.hang_up(room)
    assert Recording.objects.count() == 1


def test_the_earlier_part_is_erased_where_the_team_wants_that(line: Line) -> None:
    line.team.on_withdrawal = OnWithdrawal.ERASE
    line.team.save()
    room = line.ring()
    line.record(room)
    line.wait(room, 20)
    line.say("withdrawn")
    line.sweep()
    line.until_ended(room.recordings[0])

    part = after_the_check(line)
    assert part.expires_at is not None
    assert part.expires_at <= line.now


def test_consent_given_anew_starts_the_next_part_after_the_first_has_ended(
    line: Line,
) -> None:
    room = line.ring()
    line.record(room)
    line.wait(room, 20)
    line.say("withdrawn")
    line.wait(room, 5)
    line.say("granted")
    assert Recording.objects.count() == 1, "the first recorder still runs"
    line.sweep()
    line.until_ended(room.recordings[0])

    line.reconsider()
    assert line.part(2).state == State.PLANNED
    line.sweep()
    line.until_active(room)
    line.listen()
    line.wait(room, 5)
    line.hang_up(room)
    line.sweep()

    assert [part.state for part in Recording.objects.order_by("part")] == [
        State.AVAILABLE,
        State.AVAILABLE,
    ]
    assert line.part(1).object_key != line.part(2).object_key


def test_the_limit_is_not_the_end_of_the_call(line: Line) -> None:
    """Egress stops after its longest time; what is said then is recorded too."""
    room = line.ring(Faults(ending=Ending.LIMIT_REACHED))
    line.record(room)
    line.wait(room, 20)
    line.simulator.finish(room, room.recordings[0], "Session limit reached")
    line.listen()

    assert line.part(1).reason == "limit_reached"
    assert line.part(2).state == State.PLANNED


# the announcement that has to be on the recording


def test_where_the_words_must_be_on_the_recording_the_recorder_starts_first(
    line: Line,
) -> None:
    line.place = "US-WA"
    room = line.ring()
    assert line.record(room).state == State.RECORDING

    line.wait(room, 5)
    line.say("announced")
    line.wait(room, GRACE.total_seconds() * 2)
    line.reconsider()

    assert line.part().stop_wanted == ""
    line.hang_up(room)
    assert after_the_check(line).state == State.AVAILABLE


def test_without_the_words_in_time_it_is_stopped_and_nobody_may_hear_it(
    line: Line, entries: Entries
) -> None:
    line.place = "US-WA"
    room = line.ring()
    part = line.record(room)
    assert part.due_at is not None, "no event will come that makes us look again"
    assert part.started_at is not None
    assert part.due_at >= part.started_at + GRACE

    line.wait(room, GRACE.total_seconds() - 10)
    assert line.sweep() == []
    line.wait(room, 15)
    assert "resolve" in line.sweep()
    assert line.part().stop_wanted == "not_announced"
    line.sweep()
    line.until_ended(room.recordings[0])

    part = after_the_check(line)
    assert (part.state, part.reason) == (State.QUARANTINED, "not_announced")
    assert not part.is_hearable
    alert = Alert.objects.get()
    assert (alert.kind, alert.recording) == (Alert.Kind.UNLAWFUL_PART, part)
    entry = entries(act=Action.RECORDING_QUARANTINED)[0]
    assert entry.facts["reason"] == "not_announced"


def test_the_part_stays_in_quarantine_when_the_call_is_over(line: Line) -> None:
    line.place = "US-WA"
    room = line.ring()
    line.record(room)
    line.wait(room, GRACE.total_seconds() + 5)
    line.sweep()
    line.sweep()
    line.until_ended(room.recordings[0])
    line.sweep()

    line.hang_up(room)
    line.reconsider()

    assert line.part().state == State.QUARANTINED
    assert Recording.objects.count() == 1


# what changes on the way


def test_a_stranger_who_joins_raises_the_law(line: Line) -> None:
    room = line.ring()
    line.record(room)
    assert line.call().parties.count() == 2
    first = ConsentVerdict.objects.get()

    line.wait(room, 20)
    stranger = Scenario(caller_number="+493023125042", trunk_id="ST_line").caller()
    stranger.identity = "sip_second"
    line.simulator.join(room, stranger)
    line.place = "US-TX"
    line.listen()
    Party.objects.filter(number__country="DE").update(declared_place="DE")
    line.reconsider()

    verdicts = line.call().verdicts.order_by("number")
    assert len(verdicts) > 1
    assert verdicts[0].fingerprint == first.fingerprint, "the first stays beside it"
    assert line.part().stop_wanted == "consent_first"
    assert PhoneNumber.objects.count() == 2


def test_unsettled_calls_are_live_or_have_an_open_part(line: Line) -> None:
    room = line.ring()
    assert capture.unsettled_calls(room_sid=room.sid) == {line.call().id}
    line.record(room)
    line.wait(room, 20)
    line.hang_up(room)
    line.sweep()

    assert capture.unsettled_calls(room_sid=room.sid) == set()


def test_a_withdrawal_while_the_start_has_no_answer_ends_what_it_began(
    line: Line,
) -> None:
    room = line.ring(
        Faults(
            start=StartFault.ANSWER_LOST_STARTED,
            lost=frozenset({"egress_started", "egress_updated"}),
        )
    )
    line.sweep()
    line.until_active(room)
    line.say("withdrawn")
    assert line.part().state == State.UNCLEAR

    line.now += timedelta(seconds=3)
    line.sweep()
    line.sweep()
    line.until_ended(room.recordings[0])

    assert after_the_check(line).state == State.AVAILABLE
    assert len(room.recordings) == 1
