"""A request carried out: what the plan names goes, what is kept stays until it may go."""

import io
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from compliance import approvals, certificates, journal
from compliance.access import approving
from compliance.access.refusals import Refused
from compliance.access.roles import Role
from compliance.audit.actions import Action
from compliance.certificates import CannotCertify
from compliance.custody import Ending, Item, Scope
from compliance.keys import keyring
from compliance.models import (
    Approval,
    AuditEntry,
    Certificate,
    DestructionReceipt,
    Hold,
    JournalEntry,
    PhoneNumber,
    PlanItem,
    RequestPlan,
    Restriction,
    SubjectRequest,
)
from compliance.models.phone_number import name_form
from compliance.requests import (
    carry_out,
    externals,
    forgetting,
    handling,
    identity,
    plan,
    plan_contents,
    plan_keeping,
    request_certificate,
)
from compliance.requests.clock import NotByLaw
from compliance.requests.identity import Link, Source
from compliance.retention import holds, pausing, restrictions
from compliance.retention.periods import OPEN_END, legal_calendar
from compliance.web import request_words
from recordings import ending, media_store
from recordings.media_store import MediaStore
from recordings.models import Party, Recording
from tests.cast import Cast
from tests.factories.recordings import (
    STARTED,
    CallFactory,
    PartyFactory,
    RecordingFactory,
)
from tests.factories.requests import NUMBER, asked, external_custodian, verified
from tests.factories.second_person import second

pytestmark = pytest.mark.django_db
Entries = Callable[..., list[AuditEntry]]
Fate = PlanItem.Fate
Ground = PlanItem.Ground
State = RequestPlan.State

NOW = STARTED + timedelta(days=9)
DAY = timedelta(days=1)


@pytest.fixture
def store(settings: Settings, tmp_path: object) -> MediaStore:
    """A folder."""
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path}
    return media_store.store()


def recorded(
    cast: Cast, store: MediaStore, *, number: str = NUMBER, **fields: object
) -> Recording:
    """A call with that number, its recording and the file of it."""
    call = CallFactory.create(team=cast.claims)
    PartyFactory.create(
        call=call, role=Party.Role.CALLER, number=PhoneNumber.of(number), name="Erika"
    )
    key = f"recordings/{call.id}/01.ogg"
    store.put(key, io.BytesIO(b"voices"), "audio/ogg")
    usual = {"expires_at": NOW + timedelta(days=900), "bytes": 6}
    return RecordingFactory.create(call=call, object_key=key, **usual | fields)


@pytest.fixture
def request_of(cast: Cast) -> SubjectRequest:
    """An erasure of somebody who is known to be they."""
    made = asked(cast.officer, now=NOW)
    verified(made, cast.officer, now=NOW)
    made.refresh_from_db()
    return made


def planned(cast: Cast, request: SubjectRequest) -> RequestPlan:
    return plan.make(request=request, by=cast.officer, now=NOW)


def begun(cast: Cast, made: RequestPlan) -> RequestPlan:
    """Asked by one officer, approved and begun by another."""
    other = second(Role.OFFICER)
    approval = plan.freeze(plan=made, by=cast.officer, now=NOW)
    approving.approve(approval=approval, by=other, now=NOW)
    approval.refresh_from_db()
    approving.carry_out(approval=approval, by=other, now=NOW)
    return made


def carried_out(made: RequestPlan, *, now: datetime = NOW) -> RequestPlan:
    while carry_out.advance(plan_id=made.pk, now=now):
        pass
    made.refresh_from_db()
    return made


def hold(cast: Cast, part: Recording) -> None:
    scope = Scope(calls=(part.call_id,))
    holds.place(matter="M", reason="R", scope=scope, by=cast.officer, now=NOW)


def fate_of(made: RequestPlan, part: Recording) -> tuple[str, str, str]:
    one = made.items.get(item_id=part.pk)
    return one.treatment, one.ground, one.fate


def test_holds_and_floors_are_proposed_to_stay_and_the_rest_to_go(
    cast: Cast, store: MediaStore, request_of: SubjectRequest
) -> None:
    free, held = recorded(cast, store), recorded(cast, store)
    floor = NOW + timedelta(days=100)
    floored = recorded(cast, store, keep_until=floor)
    stranger = recorded(cast, store, number="+4930999999")
    hold(cast, held)

    made = planned(cast, request_of)

    assert fate_of(made, free) == ("destroy", "", "planned")
    assert fate_of(made, held) == ("keep", "legal", "planned")
    assert fate_of(made, floored) == ("keep", "duty", "planned")
    assert made.items.get(item_id=floored.pk).until == floor
    assert not made.items.filter(item_id=stranger.pk).exists()
    assert "Article 17(3)(b)" in str(made.reasons)


def test_nothing_is_planned_before_it_is_known_who_asks(cast: Cast) -> None:
    unknown = asked(cast.officer, now=NOW)
    with pytest.raises(NotByLaw):
        planned(cast, unknown)
    copy = asked(cast.officer, now=NOW, kind="access")
    verified(copy, cast.officer, now=NOW)
    with pytest.raises(NotByLaw):
        planned(cast, copy)


def test_two_people_and_then_what_was_planned_is_gone_and_proved_gone(
    cast: Cast, store: MediaStore, request_of: SubjectRequest, entries: Entries
) -> None:
    free, held = recorded(cast, store), recorded(cast, store)
    hold(cast, held)
    other = second(Role.OFFICER)
    made = planned(cast, request_of)
    alone = plan.freeze(plan=made, by=cast.officer, now=NOW)
    with pytest.raises(Refused):
        approving.approve(approval=alone, by=cast.officer, now=NOW)
    assert not carry_out.advance(plan_id=made.pk, now=NOW)
    assert store.head(free.object_key)

    approving.approve(approval=alone, by=other, now=NOW)
    alone.refresh_from_db()
    approving.carry_out(approval=alone, by=other, now=NOW)
    carried_out(made)

    assert store.head(free.object_key) is None
    assert store.head(held.object_key)
    assert fate_of(made, free)[2] == Fate.GONE
    assert fate_of(made, held) == ("keep", "legal", "kept")
    assert made.state == State.DONE
    receipt = DestructionReceipt.objects.get()
    assert (receipt.item_id, receipt.reason) == (free.pk, "request")
    told = entries()[-1]
    assert told.act == Action.REQUEST_PLAN_DONE
    assert (told.facts["gone"], told.facts["kept"]) == (1, 1)
    about = JournalEntry.objects.get(kind="erased")
    assert about.item_id == request_of.pk
    assert about.said["spare"] == [str(held.call_id)]
    assert NUMBER not in str(about.said)


def test_what_comes_later_is_in_no_plan(
    cast: Cast, store: MediaStore, request_of: SubjectRequest
) -> None:
    first = recorded(cast, store)
    made = begun(cast, planned(cast, request_of))
    later = recorded(cast, store)

    carried_out(made)

    assert store.head(first.object_key) is None
    assert store.head(later.object_key)


def test_a_plan_that_was_changed_after_it_was_agreed_to_is_not_carried_out(
    cast: Cast, store: MediaStore, request_of: SubjectRequest
) -> None:
    recorded(cast, store)
    other = second(Role.OFFICER)
    made = planned(cast, request_of)
    approval = plan.freeze(plan=made, by=cast.officer, now=NOW)
    approving.approve(approval=approval, by=other, now=NOW)
    kept = recorded(cast, store)
    PlanItem.objects.create(
        plan=made,
        kind="recording",
        item_id=kept.pk,
        group_id=kept.call_id,
        at=NOW,
        bytes=6,
        treatment="destroy",
    )
    approval.refresh_from_db()
    with pytest.raises((approvals.Tampered, Refused)):
        approving.carry_out(approval=approval, by=other, now=NOW)
    assert carried_out(made).state == State.FROZEN
    assert store.head(kept.object_key)


def test_an_officer_keeps_some_on_a_ground_until_a_day(
    cast: Cast, store: MediaStore, request_of: SubjectRequest
) -> None:
    free, held = recorded(cast, store), recorded(cast, store)
    hold(cast, held)
    made = planned(cast, request_of)
    ids = list(made.items.values_list("pk", flat=True))
    until = NOW + 30 * DAY

    def treat(ground: str, until: datetime | None) -> int:
        return plan.treat(
            plan=made, items=ids, ground=ground, until=until, by=cast.officer, now=NOW
        )

    with pytest.raises(NotByLaw):
        treat("legal", until)
    with pytest.raises(NotByLaw):
        treat("claims", None)
    with pytest.raises(NotByLaw):
        treat("claims", NOW - DAY)
    assert treat("claims", until) == 1, "what a hold keeps is left as it is"
    assert fate_of(made, free)[:2] == ("keep", "claims")

    carried_out(begun(cast, made))
    assert store.head(free.object_key)
    assert not plan_keeping.review(now=NOW + 29 * DAY)
    assert plan_keeping.review(now=until + DAY)
    carried_out(made, now=until + DAY)
    assert store.head(free.object_key) is None
    assert store.head(held.object_key)


def test_what_somebody_worded_is_not_worded_anew(
    cast: Cast, store: MediaStore, request_of: SubjectRequest
) -> None:
    recorded(cast, store)
    made = planned(cast, request_of)
    ids, until = list(made.items.values_list("pk", flat=True)), NOW + DAY

    def reasons(ground: str) -> str:
        plan.treat(
            plan=made, items=ids, ground=ground, until=until, by=cast.officer, now=NOW
        )
        made.refresh_from_db()
        return str(made.reasons)

    assert "legal claims" in reasons("claims")
    assert "legal claims" not in reasons("others")
    plan.reword(plan=made, reasons="As we said on the telephone.", by=cast.officer)
    assert reasons("claims") == "As we said on the telephone."


def test_who_calls_after_asking_is_restricted_with_the_plan(
    cast: Cast, store: MediaStore, request_of: SubjectRequest
) -> None:
    later = recorded(cast, store)
    assert not restrictions.is_restricted(Item("recording", later.pk))
    planned(cast, request_of)
    assert restrictions.is_restricted(Item("recording", later.pk))


def test_what_another_person_may_need_stays(
    cast: Cast, store: MediaStore, request_of: SubjectRequest
) -> None:
    needed, unused = recorded(cast, store), recorded(cast, store)
    for part, ground in ((needed, "claims"), (unused, "objection")):
        Restriction.objects.create(
            kind="recording",
            item_id=part.pk,
            ground=ground,
            placed_by=cast.officer,
            placed_at=NOW,
        )
    made = carried_out(begun(cast, planned(cast, request_of)))

    assert fate_of(made, needed) == ("keep", "legal", "kept")
    assert store.head(needed.object_key)
    assert fate_of(made, unused)[2] == Fate.GONE


def test_who_asked_is_forgotten_when_nobody_is_to_be_asked_or_told_any_more(
    cast: Cast, store: MediaStore, request_of: SubjectRequest
) -> None:
    recorded(cast, store)
    external_custodian()
    carried_out(begun(cast, planned(cast, request_of)))
    (task,) = externals.of(request_of)
    handling.close(
        request=request_of,
        outcome=handling.Outcome.FULFILLED,
        why="Done.",
        by=cast.officer,
        now=NOW,
    )
    request_of.letters.update(state="sent")

    assert forgetting.due(limit=9) == [], "the custodian has to be asked about them"
    externals.ask(task=task, by=cast.officer, now=NOW)
    externals.confirm(task=task, proof="Deleted.", by=cast.officer, now=NOW)
    assert forgetting.due(limit=9) == [request_of.pk]
    assert forgetting.forget(request_id=request_of.pk, now=NOW)
    assert not forgetting.forget(request_id=request_of.pk, now=NOW)
    assert request_of.subjects.count() == 0


def test_what_a_hold_kept_goes_by_itself_when_the_hold_is_over(
    cast: Cast, store: MediaStore, request_of: SubjectRequest, entries: Entries
) -> None:
    part = recorded(cast, store)
    hold(cast, part)
    made = carried_out(begun(cast, planned(cast, request_of)))
    later = NOW + 400 * DAY
    assert not plan_keeping.review(now=later)
    assert made.items.get().until == later + DAY, "looked at again the day after"
    _end_holds(later)

    assert plan_keeping.review(now=later + DAY)
    carried_out(made, now=later + DAY)

    assert store.head(part.object_key) is None
    assert made.state == State.DONE
    acts = [one.act for one in entries()]
    assert acts.count(Action.REQUEST_PLAN_RESUMED) == 1
    pages = JournalEntry.objects.filter(kind="erased").order_by("pk")
    spared = [entry.said["spare"] for entry in pages]
    assert spared == [[str(part.call_id)], []], "a restore spares nothing any more"
    assert not plan_contents.spared(made)


def test_what_is_still_recorded_goes_as_soon_as_it_is_finished(
    cast: Cast, store: MediaStore, request_of: SubjectRequest
) -> None:
    part = recorded(cast, store, state=Recording.State.RECORDING)
    late = recorded(cast, store)
    made = planned(cast, request_of)
    assert fate_of(made, part) == ("keep", "unfinished", "planned")
    assert "still being recorded" in str(made.reasons)
    begun(cast, made)
    Recording.objects.filter(pk=late.pk).update(state=Recording.State.CHECKING)
    carried_out(made)
    assert fate_of(made, late) == ("keep", "unfinished", "kept")

    soon = NOW + timedelta(minutes=10)
    assert not plan_keeping.review(now=soon)
    Recording.objects.update(state=Recording.State.AVAILABLE)
    assert plan_keeping.review(now=soon + timedelta(minutes=10))
    carried_out(made, now=soon + timedelta(minutes=10))

    assert made.state == State.DONE
    assert {fate_of(made, one)[2] for one in (part, late)} == {Fate.GONE}


def test_a_floor_ends_with_its_last_day_and_an_open_one_is_looked_at_again(
    cast: Cast, store: MediaStore, request_of: SubjectRequest
) -> None:
    last = date(2031, 5, 3)
    floored = recorded(cast, store, keep_until=legal_calendar().end_of(last))
    waits = recorded(cast, store, keep_until=OPEN_END)
    late = recorded(cast, store)
    made = planned(cast, request_of)
    assert "until May 3, 2031" in str(made.reasons)
    assert fate_of(made, waits)[:2] == ("keep", "legal")
    one = made.items.get(item_id=floored.pk)
    assert request_words.until(one.ground, one.until).startswith("until 3 May 2031")

    begun(cast, made)
    Recording.objects.filter(pk=late.pk).update(keep_until=NOW + 5 * DAY)
    carried_out(made)
    assert made.items.get(item_id=late.pk).until == NOW + 5 * DAY
    assert made.items.get(item_id=waits.pk).until == NOW + DAY


def test_a_hold_placed_after_the_plan_was_agreed_to_keeps_it(
    cast: Cast, store: MediaStore, request_of: SubjectRequest
) -> None:
    part = recorded(cast, store)
    made = begun(cast, planned(cast, request_of))
    hold(cast, part)

    carried_out(made)

    assert store.head(part.object_key)
    assert fate_of(made, part) == ("keep", "legal", "kept")


def test_nothing_goes_while_the_sweep_is_paused(
    cast: Cast, store: MediaStore, request_of: SubjectRequest
) -> None:
    part = recorded(cast, store)
    made = begun(cast, planned(cast, request_of))
    pausing.pause(reason="Something is odd.", by=cast.officer, now=NOW)
    carried_out(made)
    assert made.state == State.RUNNING
    assert store.head(part.object_key)


def test_one_that_is_broken_holds_up_none_of_the_others(
    cast: Cast,
    store: MediaStore,
    request_of: SubjectRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken, others = recorded(cast, store), [recorded(cast, store) for _n in range(2)]
    made = begun(cast, planned(cast, request_of))
    whole = ending.kept_until

    def kept_until(part: Recording) -> datetime | None:
        if part.id == broken.id:
            raise RuntimeError
        return whole(part)

    with monkeypatch.context() as patched:
        patched.setattr(ending, "kept_until", kept_until)
        carried_out(made)
    assert fate_of(made, broken)[2] == Fate.FAILED
    assert {fate_of(made, one)[2] for one in others} == {Fate.GONE}

    carried_out(made)
    assert fate_of(made, broken)[2] == Fate.GONE


def test_more_recordings_take_no_more_statements_to_be_given_their_end(
    cast: Cast, store: MediaStore
) -> None:
    def statements(n: int) -> int:
        ids = [recorded(cast, store).pk for _n in range(n)]
        with CaptureQueriesContext(connection) as told:
            came = ending.end(ids, reason="request", now=NOW)
        assert set(came.values()) == {Ending.GOING}
        return len(told)

    assert statements(4) == statements(1)


def test_a_dropped_plan_makes_room_for_another(
    cast: Cast, store: MediaStore, request_of: SubjectRequest
) -> None:
    second(Role.OFFICER)
    recorded(cast, store)
    first = planned(cast, request_of)
    approval = plan.freeze(plan=first, by=cast.officer, now=NOW)
    with pytest.raises(NotByLaw):
        planned(cast, request_of)
    approving.withdraw(approval=approval, by=cast.officer, now=NOW)

    again = planned(cast, request_of)

    first.refresh_from_db()
    assert (first.state, again.state) == (State.DROPPED, State.DRAFT)
    assert Approval.objects.count() == 1


def test_found_anew_what_an_officer_decided_stays(
    cast: Cast, store: MediaStore, request_of: SubjectRequest
) -> None:
    kept, over, caught = (recorded(cast, store) for _n in range(3))
    first = planned(cast, request_of)

    def treat(part: Recording, until: datetime) -> None:
        ids = list(first.items.filter(item_id=part.pk).values_list("pk", flat=True))
        plan.treat(
            plan=first,
            items=ids,
            ground="claims",
            until=until,
            by=cast.officer,
            now=NOW,
        )

    until = NOW + 30 * DAY
    treat(kept, until)
    treat(caught, until)
    treat(over, NOW + DAY)
    plan.reword(plan=first, reasons="As we said.", by=cast.officer)
    hold(cast, caught)

    again = plan.make(request=request_of, by=cast.officer, now=NOW + 2 * DAY)

    assert fate_of(again, kept)[:2] == ("keep", "claims")
    assert again.items.get(item_id=kept.pk).until == until
    assert fate_of(again, caught)[:2] == ("keep", "legal"), "a hold counts by itself"
    assert fate_of(again, over)[:2] == ("destroy", ""), "its day is over"
    assert again.reasons == "As we said."


def test_a_plan_nobody_agreed_to_is_taken_up_again_as_it_stands(
    cast: Cast, store: MediaStore, request_of: SubjectRequest, entries: Entries
) -> None:
    second(Role.OFFICER)
    part = recorded(cast, store)
    made = planned(cast, request_of)
    ids = list(made.items.values_list("pk", flat=True))
    plan.treat(
        plan=made,
        items=ids,
        ground="claims",
        until=NOW + DAY,
        by=cast.officer,
        now=NOW,
    )
    with pytest.raises(NotByLaw):
        plan.reopen(plan=made, by=cast.officer)
    approval = plan.freeze(plan=made, by=cast.officer, now=NOW)
    with pytest.raises(NotByLaw):
        plan.reopen(plan=made, by=cast.officer)
    approving.withdraw(approval=approval, by=cast.officer, now=NOW)

    plan.reopen(plan=made, by=cast.officer)

    made.refresh_from_db()
    assert (made.state, made.sha256, made.frozen_at) == (State.DRAFT, "", None)
    assert fate_of(made, part)[:2] == ("keep", "claims")
    assert entries()[-1].act == Action.REQUEST_PLAN_REOPENED
    assert plan.freeze(plan=made, by=cast.officer, now=NOW)


def test_a_number_counts_only_for_the_time_it_was_theirs(
    cast: Cast, store: MediaStore, request_of: SubjectRequest
) -> None:
    before = recorded(cast, store)
    Party.objects.filter(call=before.call).update(joined_at=NOW - 100 * DAY)
    theirs = recorded(cast, store)
    Party.objects.filter(call=theirs.call).update(joined_at=NOW - 10 * DAY)
    identity.hold_between(
        subject=request_of.subjects.get(kind="number"),
        since=(NOW - 20 * DAY).date(),
        until=None,
        by=cast.officer,
        now=NOW,
    )

    made = planned(cast, request_of)

    assert [one.item_id for one in made.items.all()] == [theirs.pk]


def test_a_name_that_is_linked_finds_its_calls(
    cast: Cast, store: MediaStore, request_of: SubjectRequest
) -> None:
    part = recorded(cast, store, number="+4930777777")
    lookup = keyring("number_lookup").digest(name_form("Erika"))
    Party.objects.filter(call=part.call).update(number=None, name_lookup=lookup)
    assert not planned(cast, request_of).items.exists()
    spelt = Link(name=" ERIKA ")
    identity.link(
        request=request_of, what=spelt, source=Source.ADDED, by=cast.officer, now=NOW
    )
    assert [one.item_id for one in planned(cast, request_of).items.all()] == [part.pk]


def test_a_request_over_more_than_a_list_may_have_is_certified(
    cast: Cast,
    store: MediaStore,
    request_of: SubjectRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recorded(cast, store)
    recorded(cast, store)
    carried_out(begun(cast, planned(cast, request_of)))
    monkeypatch.setattr(certificates, "MOST", 1)
    issued = request_certificate.issue(request=request_of, by=cast.officer, now=NOW)
    assert issued.items == len(certificates.said(issued)["items"]) == 2
    receipts = DestructionReceipt.objects.all()
    with pytest.raises(CannotCertify, match="1 items"):
        certificates.issue(
            receipts=receipts, about=Certificate.About.LIST, by=cast.officer, now=NOW
        )


def _end_holds(now: datetime) -> None:
    Hold.objects.update(state="over", released_at=now, cools_until=now)


def test_the_journal_is_put_where_a_restore_does_not_reach(
    cast: Cast, store: MediaStore, request_of: SubjectRequest
) -> None:
    recorded(cast, store)
    carried_out(begun(cast, planned(cast, request_of)))
    assert journal.settle(now=NOW)
    page = JournalEntry.objects.get(kind="erased").page
    assert page.put_at == NOW


def test_the_certificate_says_what_stayed_and_knows_a_number_it_is_not_told(
    cast: Cast,
    store: MediaStore,
    request_of: SubjectRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held = recorded(cast, store)
    recorded(cast, store)
    hold(cast, held)
    made = planned(cast, request_of)
    with pytest.raises(CannotCertify):
        request_certificate.issue(request=request_of, by=cast.officer, now=NOW)
    carried_out(begun(cast, made))

    issued = request_certificate.issue(request=request_of, by=cast.officer, now=NOW)

    said = certificates.said(issued)
    assert said["request"]["kept"] == [{"ground": "legal", "items": 1}]
    assert said["request"]["plan"] == made.sha256
    file = tmp_path / "certificate.json"
    file.write_bytes(certificates.file_of(issued))
    told = io.StringIO()
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{NUMBER}\n"))
    call_command("check_certificate", str(file), "--number", "-", stdout=told)
    assert "yes: erased, number 1" in told.getvalue()
    with pytest.raises(CommandError, match="does not tell"):
        call_command("check_certificate", str(file), "--number", "+4930999999")


def test_what_goes_by_itself_elsewhere_is_counted_from_the_day_it_went_here(
    cast: Cast, store: MediaStore, request_of: SubjectRequest
) -> None:
    """A backup of yesterday still has what is deleted today, whenever it was listed."""
    recorded(cast, store)
    external_custodian("Backups", retention="P7D")
    external_custodian("Written off", retention="P7D")
    _backups, other = externals.tasks_for(request=request_of, by=cast.officer, now=NOW)
    externals.confirm(task=other, proof="Gone.", by=cast.officer, now=NOW)
    made = begun(cast, planned(cast, request_of))
    later = NOW + 20 * DAY
    assert externals.settle(now=later) == 1

    carried_out(made, now=later)

    told = externals.standing(request_of)
    day = (later + 7 * DAY).date().isoformat()
    assert told["expiring"] == [{"name": "Backups", "at": day}]
    assert [one["name"] for one in told["confirmed"]] == ["Written off"]
    assert externals.settle(now=later + 6 * DAY) == 0
    assert externals.settle(now=later + 8 * DAY) == 1
