"""Everything that is kept of a person besides recordings: found, erased, told."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from compliance.custody import Bearing, Subject
from compliance.models import PhoneNumber, StandingConsent
from compliance.requests import traces
from recordings import about, exports, ingest
from recordings.models import (
    Call,
    CallLabel,
    DoNotRecord,
    Export,
    LiveKitEvent,
    Party,
    Production,
    Purge,
    Room,
    SavedSearch,
    Volume,
)
from recordings.productions import course
from tests.cast import Cast
from tests.factories.compliance import HoldFactory
from tests.factories.recordings import STARTED, CallFactory, PartyFactory, TrunkFactory
from tests.factories.traces import (
    NOW,
    Somebody,
    called,
    erase_all,
    hashed,
    leave_all,
    seat,
)
from tests.nothing_left import Facts
from tests.nothing_left import left as left_of
from tests.telling import agent, caller, hear, joined, left, room_finished

ERIKA = Somebody("+4915112344711", "Erika Müßig")
KARL = Somebody("+4915198237654", "Karl Otherman")


def found(subject: Subject, *, spare: tuple[object, ...] = ()) -> dict[str, int]:
    told = traces.find_all(subject, spare)  # type: ignore[arg-type]
    return {kind.kind: one.count for kind, one in told if one.count}


@pytest.fixture
def shared(cast: Cast) -> Call:
    """Each leaves something of every kind, and both were in one call together."""
    for who in (ERIKA, KARL):
        leave_all(cast, who, called(cast, who))
    both = called(cast, KARL)
    seat(ERIKA, both)
    return both


@pytest.mark.usefixtures("shared")
def test_every_kind_is_found() -> None:
    kinds = {kind.kind for kind in traces.registered()}

    assert set(found(ERIKA.subject)) == kinds - {"do_not_record"}
    for _kind, one in traces.find_all(ERIKA.subject):
        assert (one.oldest is None) == (one.newest is None)
        assert one.kept == 0 or one.count >= one.kept


@pytest.mark.usefixtures("shared")
def test_of_one_nothing_is_left_and_of_the_other_everything() -> None:
    subject, others = ERIKA.subject, left_of(KARL.facts)
    assert len(left_of(ERIKA.facts)) > 20

    erase_all(subject, limit=1)
    exports.sweep(now=NOW)

    assert left_of(ERIKA.facts) == []
    assert found(subject) == {}
    assert left_of(KARL.facts) == others


@pytest.mark.usefixtures("shared")
def test_to_erase_again_does_nothing() -> None:
    subject = ERIKA.subject
    erase_all(subject)
    rest = left_of(KARL.facts)

    assert not any(erase_all(subject).values())
    assert left_of(KARL.facts) == rest


def test_who_spoke_in_a_recording_that_is_kept_stays_known(cast: Cast) -> None:
    kept = called(cast, ERIKA)
    leave_all(cast, ERIKA, kept)
    gone = called(cast, ERIKA)
    subject = ERIKA.subject
    of_call = [one for one in left_of(ERIKA.facts) if str(kept.pk) in one]

    told = {kind.kind: one.kept for kind, one in traces.find_all(subject, [kept.pk])}
    erase_all(subject, spare=(kept.pk,))

    party = Party.objects.get(call=kept)
    assert (party.name, party.number) == (ERIKA.name, ERIKA.row)
    assert StandingConsent.objects.get().number == ERIKA.row
    assert [one for one in left_of(ERIKA.facts) if str(kept.pk) in one] == of_call
    assert Party.objects.get(call=gone).number is None
    assert told["parties"] == told["rooms"] == told["labels"] == told["numbers"] == 1
    assert set(found(subject)) >= {"parties", "events", "rooms", "numbers"}


def test_a_call_in_progress_waits_for_its_end(cast: Cast) -> None:
    call = called(cast, ERIKA, ended_at=None)
    subject = ERIKA.subject

    erase_all(subject)

    assert Party.objects.get(call=call).name == ERIKA.name
    Call.objects.update(ended_at=NOW)
    erase_all(subject)
    assert left_of(ERIKA.facts) == []


def test_a_number_counts_only_while_it_was_theirs(cast: Cast) -> None:
    earlier = called(cast, Somebody(ERIKA.number, "Ada Before"))
    since = STARTED + timedelta(days=100)
    later = called(cast, ERIKA, started_at=since, ended_at=since + timedelta(minutes=1))
    leave_all(cast, ERIKA, later)
    subject = Subject((Bearing(ERIKA.row.pk, until=STARTED + timedelta(days=1)),))
    StandingConsent.objects.update(granted_at=since)

    erase_all(subject)

    assert SavedSearch.objects.count() == 2
    assert StandingConsent.objects.get().number == ERIKA.row
    assert later.labels.exists()

    assert Party.objects.get(call=earlier).name == ""
    assert Party.objects.get(call=later).number == ERIKA.row
    assert PhoneNumber.find(ERIKA.number) == ERIKA.row


def test_the_only_caller_of_a_confirmed_call_is_the_person(cast: Cast) -> None:
    alone, two = (CallFactory.create(team=cast.claims) for _n in range(2))
    for call in (alone, two, two):
        PartyFactory.create(call=call, number=None, name="Withheld", identity="sip_x")
    PartyFactory.create(call=alone, role=Party.Role.AGENT, number=None, name="Mia")
    subject = Subject(calls=frozenset({alone.pk, two.pk}))

    erase_all(subject)

    names = Party.objects.order_by("name").values_list("call", "role")
    told = {(row.call_id, str(row.name)) for row in Party.objects.all()}
    assert len(names) == 4
    assert told == {(alone.pk, ""), (alone.pk, "Mia"), (two.pk, "Withheld")}


def test_a_colleague_of_the_same_name_is_somebody_else(cast: Cast) -> None:
    theirs, others = called(cast, ERIKA), called(cast, KARL)
    for role in (Party.Role.STAFF, Party.Role.AGENT):
        lookup = hashed(ERIKA.name)
        told = {"number": None, "name": ERIKA.name, "name_lookup": lookup}
        PartyFactory.create(call=others, role=role, **told)
    CallLabel.objects.create(call=others, key="customer", value=KARL.name)
    subject = Subject(names=frozenset({hashed(ERIKA.name)}))

    assert list(about.calls(subject)) == [theirs]
    erase_all(subject)

    assert others.labels.exists()
    assert others.parties.filter(name_lookup=lookup).count() == 2


def test_who_waited_at_no_known_time_is_erased_by_a_plan_too(cast: Cast) -> None:
    waited = seat(ERIKA, CallFactory.create(team=cast.claims), joined_at=None)
    Party.objects.filter(pk=waited.pk).update(call=None)

    erase_all(replace(ERIKA.subject, before=NOW))

    waited.refresh_from_db()
    assert (waited.name, waited.number) == ("", None)


def test_what_was_not_applied_yet_is_applied_no_more(cast: Cast) -> None:
    called(cast, ERIKA)
    event = LiveKitEvent.objects.get()
    assert event.state == LiveKitEvent.State.RECEIVED

    erase_all(ERIKA.subject)

    event.refresh_from_db()
    assert (event.payload, event.error) == ("", "erased")
    assert ingest.apply_event(event_id=event.pk, now=NOW) == set()
    assert event.pk not in ingest.due_events(now=NOW, limit=9)


def test_in_a_room_of_several_people_only_what_tells_of_one_goes(cast: Cast) -> None:
    mine = called(cast, ERIKA)
    theirs = called(cast, KARL, room=mine.room)
    LiveKitEvent.objects.create(
        id="EV_room",
        name="room_started",
        room_sid=mine.room_id,
        payload=json.dumps({"room": {"name": "lobby"}}),
    )
    Room.objects.filter(pk=mine.room_id).update(name="")
    subject = ERIKA.subject

    erase_all(subject)

    said = LiveKitEvent.objects.exclude(payload="")
    sid = Party.objects.get(call=theirs).participant_sid
    assert sum(sid in str(event.payload) for event in said) == 1
    assert said.filter(pk="EV_room").exists()
    assert Party.objects.get(call=mine).name == ""


def test_the_call_is_known_by_livekits_id_of_its_opener(cast: Cast) -> None:
    call = called(cast, ERIKA)

    erase_all(ERIKA.subject)

    call.refresh_from_db()
    assert call.sip_call_id == Party.objects.get().participant_sid


def test_a_wish_not_to_be_recorded_survives_by_its_hash(cast: Cast) -> None:
    called(cast, ERIKA)
    DoNotRecord.objects.create(
        number=ERIKA.row,
        reason=DoNotRecord.Reason.OBJECTION,
        note=f"{ERIKA.name} wrote",
        since=STARTED,
        added_by=cast.officer,
    )
    subject, key = ERIKA.subject, ERIKA.row.pk

    erase_all(subject)

    assert left_of(ERIKA.facts) == [f"compliance_phonenumber.lookup ({key})"]
    number = PhoneNumber.find(ERIKA.number)
    assert number is not None
    assert (number.e164, number.masked) == ("", "erased")
    again = PhoneNumber.of(ERIKA.number)
    assert (again.pk, again.e164) == (key, ERIKA.number)
    assert DoNotRecord.objects.get().number_id == key


def test_consent_stays_as_proof_without_number_and_words(cast: Cast) -> None:
    call = called(cast, ERIKA)
    leave_all(cast, ERIKA, call)

    erase_all(ERIKA.subject)

    standing = StandingConsent.objects.get()
    assert (standing.number, standing.evidence) == (None, "")
    act = call.consents.get()
    assert (act.kind, act.evidence, act.standing) == ("granted", "", standing)


def test_files_go_by_their_own_sweeps(cast: Cast) -> None:
    leave_all(cast, ERIKA, called(cast, ERIKA))

    erase_all(ERIKA.subject)

    assert exports.sweep(now=NOW) == 1
    assert course.sweep(now=NOW) == 1
    assert set(Export.objects.values_list("state", flat=True)) == {"gone"}
    assert set(Volume.objects.values_list("state", flat=True)) == {"gone"}
    assert Production.objects.get().state == Production.State.CANCELLED


def test_a_production_under_a_hold_stays_whole(cast: Cast) -> None:
    leave_all(cast, ERIKA, called(cast, ERIKA))
    Production.objects.update(hold=HoldFactory.create())
    told = {kind.kind: one.kept for kind, one in traces.find_all(ERIKA.subject)}

    erase_all(ERIKA.subject)
    course.sweep(now=NOW)

    production = Production.objects.get()
    assert production.matter == f"{ERIKA.name} v. Acme"
    assert production.state == Production.State.READY
    assert Volume.objects.get().state == Volume.State.READY
    assert (told["productions"], told["volumes"]) == (1, 1)


def test_a_production_under_a_confidential_hold_is_told_to_nobody(cast: Cast) -> None:
    leave_all(cast, ERIKA, called(cast, ERIKA))
    Production.objects.update(hold=HoldFactory.create(is_confidential=True))

    told = {kind.kind: list(kind.tell(ERIKA.subject)) for kind in traces.registered()}

    assert (told["productions"], told["volumes"]) == ([], [])


def test_a_purge_still_says_that_it_was_of_one_person(cast: Cast) -> None:
    leave_all(cast, ERIKA, called(cast, ERIKA))

    erase_all(ERIKA.subject)

    filters = json.loads(json.loads(str(Purge.objects.get().scope))["filters"])
    assert filters == {"query": "live=true", "erased": True}
    assert not SavedSearch.objects.exists()


@pytest.mark.usefixtures("shared")
def test_the_copy_tells_of_the_person_and_of_nobody_else() -> None:
    rows = {kind.kind: list(kind.tell(ERIKA.subject)) for kind in traces.registered()}
    text = json.dumps(rows, ensure_ascii=False)

    assert all(rows[kind] for kind in rows if kind != "do_not_record")
    assert ERIKA.name in text
    assert ERIKA.number in text
    assert KARL.name not in text
    assert KARL.number not in text
    assert rows["parties"][0]["joined"] == STARTED.isoformat()


@pytest.mark.usefixtures("shared")
def test_recipients_are_told_by_name_and_lists_stay_in_the_house() -> None:
    told = traces.recipients(ERIKA.subject)

    assert [one.at for one in told] == sorted(one.at for one in told)
    outside = {one.to_whom for one in told if one.outside}
    assert outside == {"Court clerk", ERIKA.name, "a court: District court"}
    assert [one.to_whom for one in told if not one.outside] == ["our own staff"]
    assert all(one.items for one in told)


def test_nobody_is_everybody(cast: Cast) -> None:
    leave_all(cast, KARL, called(cast, KARL))
    PartyFactory.create(number=None, name="", name_lookup="")
    before = left_of(KARL.facts)

    nobody = Subject(names=frozenset({""}))
    assert found(nobody) == {}
    assert not any(erase_all(nobody).values())
    assert left_of(KARL.facts) == before
    assert not about.parties(nobody).exists()


def test_an_erased_name_is_found_by_hashes_of_all_keys(cast: Cast) -> None:
    Room.objects.create(sid="RM_1", name="x", name_lookup=hashed(KARL.name))

    assert left_of(Facts(names=(KARL.name,))) == ["recordings_room.name_lookup (RM_1)"]


def test_an_event_that_comes_late_makes_no_second_call(cast: Cast) -> None:
    TrunkFactory.create(livekit_id="ST_claims", team=cast.claims, country="DE")
    hear(joined(caller()), joined(agent()), room_finished(60))
    call = Call.objects.get()
    number = call.parties.get(role="caller").number
    assert number is not None
    sip_call_id = call.sip_call_id

    erase_all(Subject((Bearing(number.pk),)))
    hear(left(agent(), 59))

    call = Call.objects.get()
    assert call.sip_call_id != sip_call_id
    assert call.parties.get(role="caller").number is None
    assert len(call.parties.all()) == 2


def test_more_calls_cost_no_more_questions(cast: Cast) -> None:
    call = called(cast, ERIKA)
    subject = replace(ERIKA.subject, calls=frozenset({call.pk}))
    with CaptureQueriesContext(connection) as few:
        traces.find_all(subject)
    for _n in range(3):
        called(cast, ERIKA)
    with CaptureQueriesContext(connection) as many:
        traces.find_all(subject)

    assert len(many) == len(few) <= 90
