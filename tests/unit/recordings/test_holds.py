"""What is on a legal hold is not destroyed, whichever way it would have gone."""

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils.http import urlencode
from pytest_django.fixtures import DjangoAssertNumQueries, Settings

from compliance import tasks as law
from compliance.access import approving
from compliance.access.refusals import Refused
from compliance.access.roles import Role
from compliance.audit.actions import Action
from compliance.custody import Item, Scope
from compliance.models import Approval, AuditEntry, Hold, HoldItem, PhoneNumber
from compliance.retention import held, hold_marks, hold_release, holds
from compliance.retention.holds import HoldRefused
from compliance.retention.sweep import Swept, sweep
from recordings import (
    destruction,
    expiry,
    held_deletion,
    media_store,
    quarantine,
    scopes,
    tasks,
)
from recordings.media_store import MediaStore
from recordings.models import Call, CallLabel, Recording, Rendition
from recordings.web import hold_words
from tests.cast import Cast
from tests.factories.recordings import (
    STARTED,
    CallFactory,
    PartyFactory,
    RecordingFactory,
)
from tests.factories.second_person import held_part, second

pytestmark = pytest.mark.django_db
State = Recording.State
Entries = Callable[..., list[AuditEntry]]

NOW = STARTED + timedelta(days=91)
YESTERDAY = NOW - timedelta(days=1)


@pytest.fixture
def store(settings: Settings, tmp_path: object) -> MediaStore:
    """A folder."""
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path}
    return media_store.store()


@pytest.fixture
def call(cast: Cast) -> Call:
    """Of the claims team."""
    return CallFactory.create(team=cast.claims)


@pytest.fixture
def part(call: Call, store: MediaStore) -> Recording:
    """A recording whose time is over since yesterday."""
    return kept(store, call)


def kept(store: MediaStore, call: Call, *, number: int = 1) -> Recording:
    made = RecordingFactory.create(
        call=call,
        part=number,
        object_key=f"recordings/{call.id}/{number:02d}.ogg",
        expires_at=YESTERDAY,
    )
    store.put(made.object_key, io.BytesIO(b"voices"), "audio/ogg")
    return made


def place(cast: Cast, scope: Scope, **more: object) -> Hold:
    told = {"matter": "Smith v. Acme", "reason": "A letter of a lawyer", **more}
    return holds.place(scope=scope, by=cast.officer, now=NOW, **told)  # type: ignore[arg-type]


def state_of(part: Recording) -> str:
    part.refresh_from_db()
    return str(part.state)


# what it catches


def test_what_is_on_hold_stays_and_goes_once_the_time_after_release_is_over(
    cast: Cast, call: Call, part: Recording, store: MediaStore, entries: Entries
) -> None:
    hold = place(cast, Scope(calls=(call.id,)))

    assert sweep(now=NOW) == Swept()
    assert store.head(part.object_key) is not None
    placed = entries(act=Action.HOLD_PLACED)[0]
    assert placed.facts == {"by": "calls", "confidential": False}
    assert "Smith" not in str(placed.signed_content())

    approval = released(cast, hold)

    hold.refresh_from_db()
    assert (hold.state, hold.cools_until) == ("cooling", NOW + timedelta(days=14))
    assert approval.kind == hold_release.KIND
    assert sweep(now=NOW + timedelta(days=13)) == Swept(), "releasing destroys nothing"
    late = NOW + timedelta(days=14)
    assert hold_release.end_cooled(now=late) == 1
    assert sweep(now=late) == Swept(destroyed=1)
    acts = [entry.act for entry in entries(act__startswith="hold.")]
    assert acts == ["hold.placed", "hold.caught", "hold.released", "hold.over"]


def released(cast: Cast, hold: Hold) -> Approval:
    """By the officer and a second one."""
    other = second(Role.OFFICER)
    asked = hold_release.ask(hold=hold, by=cast.officer, now=NOW)
    approving.approve(approval=asked, by=other, now=NOW)
    asked.refresh_from_db()
    approving.carry_out(approval=asked, by=other, now=NOW)
    return asked


def test_nobody_releases_a_hold_alone(cast: Cast, call: Call, part: Recording) -> None:
    hold = place(cast, Scope(calls=(call.id,)))

    with pytest.raises(Refused, match="Nobody is left"):
        hold_release.ask(hold=hold, by=cast.officer, now=NOW)

    second(Role.OFFICER)
    asked = hold_release.ask(hold=hold, by=cast.officer, now=NOW)
    with pytest.raises(Refused, match="Nobody approves what he asked for"):
        approving.approve(approval=asked, by=cast.officer, now=NOW)
    hold.refresh_from_db()
    assert hold.state == Hold.State.IN_FORCE


def test_one_hold_released_leaves_the_other(
    cast: Cast, call: Call, part: Recording
) -> None:
    first = place(cast, Scope(calls=(call.id,)))
    place(cast, Scope(since=STARTED - timedelta(days=1)))
    released(cast, first)

    assert sweep(now=NOW + timedelta(days=99)) == Swept()


def scope_by(what: str, call: Call) -> Scope:
    """A scope that catches this call and no other of the test."""
    number = PhoneNumber.objects.get(parties__call=call)
    return {
        "calls": Scope(calls=(call.id,)),
        "number": Scope(numbers=(number.id,)),
        "dates": Scope(since=STARTED - timedelta(hours=1), until=STARTED),
        "filter": Scope(filters='{"query": "label=matter:A-1"}'),
        "sealed": Scope(filters=f'{{"query": "", "number": "{number.e164}"}}'),
    }[what]


@pytest.mark.parametrize("what", ["calls", "number", "dates", "filter", "sealed"])
def test_each_way_to_say_what_is_caught(
    cast: Cast, store: MediaStore, what: str
) -> None:
    wanted, other = (
        CallFactory.create(team=cast.claims),
        CallFactory.create(team=cast.claims, started_at=STARTED + timedelta(minutes=1)),
    )
    Call.objects.filter(pk=wanted.pk).update(started_at=STARTED - timedelta(seconds=1))
    for one in (wanted, other):
        PartyFactory.create(call=one)
        kept(store, one)
    CallLabel.objects.create(call=wanted, key="matter", value="A-1")
    scope = scope_by(what, wanted)

    extent = holds.preview(scope=scope, by=cast.officer)
    hold = place(cast, scope)

    assert (extent.items, extent.calls, extent.going) == (1, 1, 0)
    assert held.scope_of(hold) == scope
    assert [one.item_id for one in hold.items.all()] == [wanted.recordings.get().id]
    assert sweep(now=NOW) == Swept(destroyed=1)
    assert state_of(wanted.recordings.get()) == State.AVAILABLE


def test_a_call_that_begins_to_fit_is_caught_inside_the_claim(
    cast: Cast, call: Call, part: Recording
) -> None:
    hold = place(cast, Scope(filters='{"query": "label=matter:A-1"}'))
    assert not hold.items.exists()
    CallLabel.objects.create(call=call, key="matter", value="A-1")

    assert expiry.due(now=NOW, limit=9) == [part.id], "nobody has listed it yet"
    assert sweep(now=NOW) == Swept()

    assert state_of(part) == State.AVAILABLE
    assert hold.items.get().state == HoldItem.State.KEPT
    assert expiry.due(now=NOW, limit=9) == [], "it does not clog the next page"


def test_a_call_that_changes_is_caught_when_it_is_thought_about(
    cast: Cast, call: Call, part: Recording
) -> None:
    hold = place(cast, Scope(filters='{"query": "label=matter:A-1"}'))
    CallLabel.objects.create(call=call, key="matter", value="A-1")

    scopes.look_at(call.id, now=NOW)

    assert hold.items.get().item_id == part.id


def test_a_scope_of_a_team_catches_nothing_elsewhere(
    cast: Cast, call: Call, part: Recording
) -> None:
    hold = place(cast, Scope(team=cast.sales.id, since=STARTED - timedelta(days=9)))

    assert not hold.items.exists()
    assert sweep(now=NOW) == Swept(destroyed=1)


def test_a_filter_that_cannot_be_read_any_more_destroys_nothing(
    cast: Cast, part: Recording
) -> None:
    hold = place(cast, Scope(filters='{"query": "label=matter:A-1"}'))
    hold.scope = Scope(filters='{"query": "capture=nonsense"}').as_json()
    hold.save()

    assert sweep(now=NOW) == Swept(failed=1)
    assert state_of(part) == State.AVAILABLE


# many


def test_more_than_a_page_is_listed_by_tasks_and_kept_from_the_first_moment(
    cast: Cast, store: MediaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holds, "PAGE", 2)
    parts = [kept(store, CallFactory.create(team=cast.claims)) for _ in range(5)]

    hold = place(cast, Scope(team=cast.claims.id, since=STARTED - timedelta(days=1)))

    assert (hold.items.count(), hold.listed_at) == (2, None)
    assert holds.unfinished(now=NOW) == [hold.id]
    assert sweep(now=NOW) == Swept()
    assert all(state_of(part) == State.AVAILABLE for part in parts)

    while holds.catch(hold_id=hold.id, now=NOW):
        pass
    hold.refresh_from_db()
    assert (hold.items.count(), hold.listed_at) == (5, NOW)
    assert holds.unfinished(now=NOW) == []
    assert holds.unfinished(now=NOW + holds.LOOKED_EVERY) == [hold.id]


def test_the_tasks_list_what_is_left(
    cast: Cast, store: MediaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holds, "PAGE", 1)
    for _ in range(3):
        kept(store, CallFactory.create(team=cast.claims))
    hold = place(cast, Scope(since=STARTED - timedelta(days=1)))
    sent: list[str] = []
    monkeypatch.setattr(
        law, "publish_after_commit", lambda _task, hold_id: sent.append(hold_id)
    )

    law.settle_holds()
    while sent:
        law.catch_hold(sent.pop())

    assert hold.items.count() == 3


# what is going already


def test_a_hold_on_what_is_being_destroyed_says_so(
    cast: Cast, call: Call, part: Recording, store: MediaStore, entries: Entries
) -> None:
    Recording.objects.update(state=State.EXPIRED)
    scope = Scope(calls=(call.id,))

    extent = holds.preview(scope=scope, by=cast.officer)
    hold = place(cast, scope)

    assert (extent.items, extent.going) == (1, 1)
    assert hold.items.get().state == HoldItem.State.TOO_LATE
    assert entries(act=Action.HOLD_CAUGHT)[0].facts == {"items": 1, "too_late": 1}
    assert not held.is_held(destruction.KIND, part.id, now=NOW)
    assert sweep(now=NOW) == Swept(destroyed=1), "what was begun is finished"


# other ways to go


def test_a_part_in_quarantine_is_not_deleted_while_it_is_on_hold(
    cast: Cast, store: MediaStore
) -> None:
    part = held_part(cast)
    place(cast, Scope(calls=(part.call_id,)))

    with pytest.raises(Refused, match="legal ground"):
        quarantine.let_go(recording=part, by=cast.officer, now=NOW)
    second(Role.OFFICER)
    with pytest.raises(Refused, match="legal ground"):
        held_deletion.let_go(recording=part, by=cast.officer, now=NOW)

    assert state_of(part) == State.QUARANTINED


def test_a_deletion_approved_before_the_hold_is_refused_when_it_is_carried_out(
    cast: Cast, store: MediaStore
) -> None:
    part, other = held_part(cast), second(Role.OFFICER)
    asked = held_deletion.let_go(recording=part, by=cast.officer, now=NOW)
    assert isinstance(asked, Approval)
    approving.approve(approval=asked, by=other, now=NOW)
    place(cast, Scope(calls=(part.call_id,)))
    asked.refresh_from_db()

    with pytest.raises(Refused, match="legal ground"):
        approving.carry_out(approval=asked, by=other, now=NOW)

    assert state_of(part) == State.QUARANTINED


def test_a_file_made_of_it_stays_as_well(
    cast: Cast, call: Call, part: Recording, store: MediaStore
) -> None:
    rendition = Rendition.objects.create(
        recording=part,
        form=Rendition.Form.values[0],
        state=Rendition.State.READY,
        store=store.name,
        object_key="recordings/x/renditions/1.mp3",
        asked_at=STARTED,
        expires_at=YESTERDAY,
    )
    store.put(rendition.object_key, io.BytesIO(b"voices"), "audio/mpeg")
    assert destruction.over(now=NOW) == [rendition.id]
    place(cast, Scope(calls=(call.id,)))

    assert destruction.over(now=NOW) == []
    assert not destruction.drop(rendition_id=rendition.id, now=NOW)

    assert store.head(rendition.object_key) is not None


def test_a_folder_says_that_it_has_no_locks(
    cast: Cast, call: Call, part: Recording
) -> None:
    hold = place(cast, Scope(calls=(call.id,)))

    assert hold_marks.settle(now=NOW) == 1

    assert hold.items.get().store == HoldItem.Store.UNABLE
    counted = held.counted(Hold.objects.all()).get()
    assert hold_words.store(counted).word == "has no locks"


# who


@pytest.mark.parametrize(
    ("scope", "says"),
    [
        (Scope(), "Say what it is about"),
        (Scope(since=NOW, until=NOW), "end before it begins"),
    ],
)
def test_a_hold_that_says_nothing_is_refused(
    cast: Cast, scope: Scope, says: str
) -> None:
    with pytest.raises(HoldRefused, match=says):
        place(cast, scope)
    assert not Hold.objects.exists()


def test_only_who_may_places_one(cast: Cast, call: Call) -> None:
    scope = Scope(team=cast.claims.id, calls=(call.id,))
    for person in (cast.lead, cast.auditor, cast.administrator):
        with pytest.raises(Refused):
            holds.preview(scope=scope, by=person)
        with pytest.raises(Refused):
            holds.place(matter="M", reason="R", scope=scope, by=person, now=NOW)
    assert not Hold.objects.exists()


def test_its_words_are_sealed(cast: Cast, call: Call) -> None:
    place(cast, Scope(calls=(call.id,)), custodian="Erika Mustermann")

    with connection.cursor() as cursor:
        cursor.execute("SELECT matter, reason, custodian, scope FROM compliance_hold")
        words = " ".join(cursor.fetchone())
    for clear in ("Smith", "lawyer", "Mustermann", str(call.id)):
        assert clear not in words


# what it costs


def test_a_claim_asks_once_where_there_is_no_hold(
    part: Recording, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with transaction.atomic(), django_assert_num_queries(1):
        assert not holds.keeps(Item(destruction.KIND, part.id), now=NOW)


def test_a_claim_asks_thrice_however_many_holds_there_are(
    cast: Cast, part: Recording, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(4):
        place(cast, Scope(filters=urlencode_filter(number)))
    with transaction.atomic(), django_assert_num_queries(3):
        assert not holds.keeps(Item(destruction.KIND, part.id), now=NOW)


def urlencode_filter(number: int) -> str:
    return f'{{"query": "{urlencode({"label": f"matter:{number}"})}"}}'


def test_thinking_about_a_call_looks_for_holds(
    cast: Cast, call: Call, part: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = place(cast, Scope(filters='{"query": "label=matter:A-1"}'))
    CallLabel.objects.create(call=call, key="matter", value="A-1")

    tasks.decide(str(call.id))

    assert hold.items.get().item_id == part.id
