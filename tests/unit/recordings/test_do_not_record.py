"""The do-not-record list: what it does to a call, and the trace that stays."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from compliance.access.refusals import Refused
from compliance.consent import duties as law
from compliance.consent.duty import Cause
from compliance.consent.plan import Start, Why
from compliance.models import AuditEntry, PhoneNumber, Remedy
from recordings import capture, consent, do_not_record
from recordings.do_not_record import ListRefused
from recordings.livekit.simulator import Scenario
from recordings.models import Alert, Call, DoNotRecord, Party, Recording, Trunk
from tests.cast import Cast
from tests.line import TRUNK, Line

pytestmark = pytest.mark.django_db
Entries = Callable[..., list[AuditEntry]]
CALLER = "+15125550142"
DAY = timedelta(days=1)
Reason = DoNotRecord.Reason


@pytest.fixture
def put(line: Line, cast: Cast) -> Callable[..., DoNotRecord]:
    """`put(number=…)` or `put(trunk=…)`: an officer puts it on the list."""

    def add(**facts: Any) -> DoNotRecord:
        said = {
            "number": CALLER if "trunk" not in facts else "",
            "team": None,
            "reason": Reason.PRIVILEGE,
            "note": "Dr. Weber, a lawyer",
            "since": None,
            "until": None,
            "by": cast.officer,
            "now": line.now,
        }
        return do_not_record.add(**{**said, **facts})

    return add


def plan_of(line: Line) -> tuple[Start, Why]:
    plan = consent.peek(line.call(), now=line.now).plan
    return plan.start, plan.why


def test_a_number_on_the_list_is_not_recorded_and_the_call_says_why(
    line: Line, put: Callable[..., DoNotRecord], entries: Entries
) -> None:
    entry = put()
    room = line.ring()
    line.say("granted")
    line.sweep()
    line.wait(room, 60)
    line.hang_up(room)

    call = line.call()
    assert room.starts_asked == 0
    assert not Recording.objects.exists()
    assert call.do_not_record == entry
    assert (call.capture, call.consent) == (Call.Capture.EXCLUDED, Call.Consent.EXEMPT)
    assert call.why == "do_not_record"
    (told,) = entries(act="consent.exempted")
    assert told.facts == {"entry": str(entry.id), "reason": "privilege"}
    assert told.object_pk == str(call.id)
    assert not Alert.objects.exists()


def test_the_agent_says_nothing_and_never_starts(
    line: Line, put: Callable[..., DoNotRecord]
) -> None:
    line.place = "GB"
    put()
    line.ring()

    plan = consent.peek(line.call(), now=line.now).plan
    assert (plan.start, plan.why) == (Start.NEVER, Why.DO_NOT_RECORD)
    assert (plan.say, plan.ask_for, plan.open_purposes) == ((), (), ())


def test_a_trunk_on_the_list_covers_all_its_calls(
    line: Line, put: Callable[..., DoNotRecord]
) -> None:
    put(trunk=Trunk.objects.get(livekit_id=TRUNK))
    line.ring()

    assert plan_of(line) == (Start.NEVER, Why.DO_NOT_RECORD)


def test_another_number_is_recorded(
    line: Line, put: Callable[..., DoNotRecord]
) -> None:
    put(number="+15125550199")
    line.ring()

    assert plan_of(line)[0] is Start.NOW
    assert line.call().do_not_record is None


def test_an_entry_for_another_team_bars_nothing_here(
    line: Line, cast: Cast, put: Callable[..., DoNotRecord]
) -> None:
    put(team=cast.claims)
    line.ring()

    assert plan_of(line)[0] is Start.NOW


@pytest.mark.parametrize(
    ("since", "until", "barred"),
    [
        (None, timedelta(seconds=-5), False),
        (timedelta(hours=1), None, False),
        (None, timedelta(hours=1), True),
    ],
)
def test_an_entry_counts_from_its_day_to_its_end(
    line: Line,
    put: Callable[..., DoNotRecord],
    since: timedelta | None,
    until: timedelta | None,
    barred: bool,
) -> None:
    def at(ahead: timedelta | None) -> datetime | None:
        return None if ahead is None else line.now + ahead

    put(now=line.now - DAY, since=at(since), until=at(until))
    line.ring()

    assert (plan_of(line)[1] is Why.DO_NOT_RECORD) == barred


def test_an_entry_made_during_a_call_stops_its_recorder(
    line: Line, put: Callable[..., DoNotRecord]
) -> None:
    room = line.ring()
    line.record(room)
    line.wait(room, 20)

    entry = put()
    assert do_not_record.live_calls(entry) == [line.call().id]
    for call_id in do_not_record.live_calls(entry):
        capture.reconsider(call_id=call_id, now=line.now)
    assert line.part().stop_wanted == "do_not_record"
    line.sweep()
    line.until_ended(room.recordings[0])
    line.wait(room, 60)
    line.sweep()
    line.hang_up(room)

    part = line.part()
    assert part.state == Recording.State.AVAILABLE, "until then it was lawful"
    assert Recording.objects.count() == 1
    assert line.call().capture == Call.Capture.RECORDED


def test_a_part_begun_before_the_number_was_known_is_held(
    line: Line, put: Callable[..., DoNotRecord]
) -> None:
    put()
    Party.objects.all().delete()
    room = line.ring()
    Recording.objects.all().delete()
    Call.objects.update(do_not_record=None)
    number = Party.objects.get(role="caller").number
    Party.objects.update(number=None)
    line.reconsider()
    line.record(room)
    line.wait(room, 20)

    Party.objects.filter(role="caller").update(number=number)
    line.reconsider()
    line.sweep()
    line.until_ended(room.recordings[0])
    line.sweep()

    part = line.part()
    assert (part.state, part.reason) == (Recording.State.QUARANTINED, "do_not_record")


def test_somebody_on_the_list_who_joins_later_ends_the_recording(
    line: Line, put: Callable[..., DoNotRecord]
) -> None:
    put(number="+493023125042")
    room = line.ring()
    line.record(room)
    line.wait(room, 20)
    lawyer = Scenario(caller_number="+493023125042", trunk_id=TRUNK).caller()
    lawyer.identity = "sip_second"
    line.simulator.join(room, lawyer)
    line.listen()

    assert line.part().stop_wanted == "do_not_record"
    line.simulator.leave(room, "sip_second")
    line.listen()
    assert plan_of(line)[1] is Why.DO_NOT_RECORD, "the call stays what it is"


def test_the_list_comes_before_a_duty_and_an_officer_is_told(
    line: Line, put: Callable[..., DoNotRecord]
) -> None:
    line.team.duty = law.versions_of("EU-MIFID2")[0]
    with transaction.atomic():
        line.team.save()
    put()
    line.ring()

    plan = consent.peek(line.call(), now=line.now).plan
    assert (plan.start, plan.why) == (Start.NEVER, Why.DO_NOT_RECORD)
    assert plan.instruction is not None
    assert (plan.instruction.act, plan.instruction.because) == (
        Remedy.END_CALL,
        Cause.REFUSAL,
    )
    alert = Alert.objects.get(kind=Alert.Kind.UNRECORDED_DUTY)
    assert (alert.detail, alert.call) == ("do_not_record", line.call())


def test_an_entry_is_ended_not_deleted_and_its_calls_keep_it(
    line: Line, cast: Cast, put: Callable[..., DoNotRecord], entries: Entries
) -> None:
    entry = put()
    room = line.ring()
    line.hang_up(room)

    line.now += DAY
    assert do_not_record.end(entry=entry, by=cast.officer, now=line.now)
    assert not do_not_record.end(entry=entry, by=cast.officer, now=line.now)
    line.reconsider()

    assert line.call().do_not_record == entry
    assert line.call().capture == Call.Capture.EXCLUDED
    assert len(entries(act="do_not_record.ended")) == 1
    assert put().id != entry.id, "it may be put there again"


def test_the_log_holds_no_number_and_no_note(
    put: Callable[..., DoNotRecord], entries: Entries
) -> None:
    put()

    (entry,) = entries(act="do_not_record.added")
    assert entry.facts == {"what": "number", "reason": "privilege", "until": None}
    assert "5550142" not in str(entry.facts)
    row = DoNotRecord.objects.values_list("note", flat=True)
    assert row.get() == "Dr. Weber, a lawyer"


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"number": ""}, "either a number or a trunk"),
        ({"since": timedelta(days=-2)}, "cannot begin in the past"),
        ({"until": timedelta(days=-2)}, "end before it begins"),
    ],
)
def test_what_makes_no_sense_is_refused(
    line: Line, put: Callable[..., DoNotRecord], facts: dict[str, Any], why: str
) -> None:
    said = {
        name: line.now + value if isinstance(value, timedelta) else value
        for name, value in facts.items()
    }

    with pytest.raises(ListRefused, match=why):
        put(**said)
    assert not DoNotRecord.objects.exists()


def test_the_same_number_is_not_put_there_twice(
    put: Callable[..., DoNotRecord],
) -> None:
    put()

    with pytest.raises(ListRefused, match="already"):
        put(number="+1 512 555 0142")
    assert PhoneNumber.objects.count() == 1


@pytest.mark.parametrize("who", ["lead", "service", "administrator", "auditor"])
def test_only_officers_keep_the_list(
    cast: Cast, put: Callable[..., DoNotRecord], who: str
) -> None:
    with pytest.raises(Refused):
        put(by=cast.people[who])
    assert not DoNotRecord.objects.exists()
