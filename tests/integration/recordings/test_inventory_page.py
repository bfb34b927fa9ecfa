"""The inventory as people run it and decide about what it found."""

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import Settings

from compliance import journal
from compliance.access import approving
from compliance.access.roles import Role
from compliance.audit.actions import Action
from compliance.custody import Scope
from compliance.models import Approval, AuditEntry, DestructionReceipt, Person
from compliance.retention import holds, pausing
from portal.inventory import Schedule
from recordings import indexing, inventory, media_store, orphan_destruction
from recordings.media_store import MediaStore
from recordings.models import Alert, Call, Discrepancy, Recording
from tests.cast import Cast
from tests.factories.hearable import hearable_call, part_of, spoken
from tests.factories.recordings import CallFactory, RecordingFactory
from tests.factories.second_person import second
from tests.reading import words

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
Entries = Callable[..., list[AuditEntry]]
State = Discrepancy.State


@pytest.fixture(autouse=True)
def store(settings: Settings, tmp_path: Path) -> MediaStore:
    """A folder, in which nothing is too young to judge."""
    settings.INVENTORY = Schedule(every=None, hashes=None, grace=timedelta())
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path}
    return media_store.store()


def put(store: MediaStore, key: str, content: bytes = b"voices") -> None:
    store.put(key, io.BytesIO(content), "audio/ogg")


def taken(store: MediaStore) -> None:
    """A whole run."""
    now = timezone.now()
    run = inventory.begin(store=store.name, by=None, now=now)
    while inventory.advance(inventory_id=run.id, now=now):
        pass


def orphan_of(cast: Cast, store: MediaStore) -> tuple[Call, Discrepancy]:
    """A call, and a file in its folder that the database does not know."""
    call = hearable_call(cast.claims)
    key = f"recordings/{cast.claims.id}/2026/11/02/{call.id}/01-abcdef01.ogg"
    put(store, key, spoken().path.read_bytes())
    taken(store)
    return call, Discrepancy.objects.get(object_key=key)


def lost_part(cast: Cast, store: MediaStore) -> Recording:
    call = CallFactory.create(team=cast.claims)
    part = RecordingFactory.create(
        call=call, store=store.name, object_key=f"recordings/{call.id}/01.ogg"
    )
    taken(store)
    return part


def decide(browser: Client, found: Discrepancy, act: str, note: str = "") -> str:
    said = {"act": act, "note": note}
    return words(browser.post(f"/store/{found.pk}/decide", said, follow=True))


def test_a_run_is_begun_by_a_button_and_shows_how_far_it_is(
    cast: Cast, sign_in: SignIn, store: MediaStore, entries: Entries
) -> None:
    RecordingFactory.create(store=store.name, object_key="recordings/a/01.ogg")
    browser = sign_in(cast.administrator)
    assert "It was never compared." in words(browser.get("/store/"))

    browser.post("/store/begin", {"store": store.name})

    page = browser.get("/store/")
    assert "0 of about 1 files compared" in words(page)
    assert 'hx-trigger="load delay:2s"' in page.content.decode()
    assert entries()[-1].actor_id == cast.administrator.pk
    taken(store)
    page = browser.get("/store/")
    assert "1 lost" in words(page)
    assert "hx-trigger" not in page.content.decode()


def test_the_list_is_filtered_paged_and_taken_as_csv(
    cast: Cast, sign_in: SignIn, store: MediaStore, entries: Entries
) -> None:
    for n in range(3):
        put(store, f"recordings/stray/{n}.ogg")
    lost = lost_part(cast, store)
    browser = sign_in(cast.officer)
    with CaptureQueriesContext(
        connection,
    ) as few:
        browser.get("/store/?kind=lost")
    with CaptureQueriesContext(connection) as more:
        page = browser.get("/store/")

    assert len(more) == len(few)
    assert words(page).count("recordings/stray/") == 3
    assert "stray" not in words(browser.get("/store/?kind=lost"))
    answer = browser.get("/store/differences.csv?kind=lost")
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 2
    assert lost.object_key in lines[1]
    assert entries()[-1].act == Action.INVENTORY_TAKEN


def test_an_orphan_of_a_call_is_adopted_by_the_road_of_every_recording(
    cast: Cast, sign_in: SignIn, store: MediaStore
) -> None:
    call, found = orphan_of(cast, store)

    decide(sign_in(cast.officer), found, "adopt")

    part = Recording.objects.get(call=call)
    assert part.state == Recording.State.CHECKING
    indexing.index(recording_id=part.id, now=timezone.now())
    part.refresh_from_db()
    assert part.state == Recording.State.AVAILABLE
    assert part.sha256
    found.refresh_from_db()
    assert (found.state, found.recording, found.decided_by) == (
        State.ADOPTED,
        part,
        cast.officer,
    )
    taken(store)
    assert not Discrepancy.objects.filter(state__in=Discrepancy.WAITING).exists()


def test_a_key_that_tells_no_call_is_not_adopted(
    cast: Cast, sign_in: SignIn, store: MediaStore
) -> None:
    put(store, "recordings/stray/1.ogg")
    taken(store)
    found = Discrepancy.objects.get()
    browser = sign_in(cast.officer)

    assert 'value="adopt"' not in browser.get(f"/store/{found.pk}/").content.decode()
    decide(browser, found, "adopt")

    assert not Recording.objects.exists()


def test_an_orphan_goes_for_ever_by_two_with_a_receipt(
    cast: Cast, sign_in: SignIn, store: MediaStore, entries: Entries
) -> None:
    other = second(Role.OFFICER)
    put(store, "recordings/stray/1.ogg")
    taken(store)
    found = Discrepancy.objects.get()

    decide(sign_in(cast.officer), found, "delete")
    assert store.head(found.object_key) is not None
    asked = Approval.objects.get()
    now = timezone.now()
    approving.approve(approval=asked, by=other, now=now)
    asked.refresh_from_db()
    approving.carry_out(approval=asked, by=other, now=now)
    pausing.pause(reason="A look first", by=cast.officer, now=now)
    assert orphan_destruction.due(now=now, limit=9) == [], "paused"
    pausing.resume(by=cast.officer, now=now)
    assert orphan_destruction.due(now=now, limit=9) == [found.id]
    assert orphan_destruction.destroy(discrepancy_id=found.id, now=now)
    assert not orphan_destruction.destroy(discrepancy_id=found.id, now=now)

    assert store.head(found.object_key) is None
    receipt = DestructionReceipt.objects.get()
    assert (receipt.item_kind, receipt.item_id) == ("orphan", found.id)
    assert journal.destructions_of("orphan", [found.id]), "before anything went"
    assert (receipt.versions, receipt.bytes) == (1, 6)
    assert [one.act for one in entries()][-2:] == [
        Action.DESTRUCTION_BEGUN,
        Action.DESTRUCTION_DONE,
    ]


def test_what_belongs_to_a_call_is_adopted_before_anybody_deletes_it(
    cast: Cast, sign_in: SignIn, store: MediaStore
) -> None:
    second(Role.OFFICER)
    _call, found = orphan_of(cast, store)

    page = decide(sign_in(cast.officer), found, "delete")

    assert "It belongs to a call: adopt it" in page
    assert not Approval.objects.exists()


def test_what_lies_beside_a_held_recording_is_not_deleted(
    cast: Cast, sign_in: SignIn, store: MediaStore
) -> None:
    second(Role.OFFICER)
    part = part_of(hearable_call(cast.claims), store=store.name)
    folder, _slash, name = part.object_key.rpartition("/")
    put(store, f"{folder}/renditions/{name}.wav")
    holds.place(
        matter="M",
        reason="R",
        scope=Scope(calls=(part.call_id,)),
        by=cast.officer,
        now=timezone.now(),
    )
    taken(store)
    found = Discrepancy.objects.get(kind=Discrepancy.Kind.ORPHAN)

    page = decide(sign_in(cast.officer), found, "delete")

    assert "It is kept on a legal ground." in page
    assert not Approval.objects.exists()


def test_a_hold_after_the_second_yes_keeps_what_lies_beside(
    cast: Cast, sign_in: SignIn, store: MediaStore
) -> None:
    other = second(Role.OFFICER)
    part = part_of(hearable_call(cast.claims), store=store.name)
    folder, _slash, name = part.object_key.rpartition("/")
    put(store, f"{folder}/renditions/{name}.wav")
    taken(store)
    found = Discrepancy.objects.get(kind=Discrepancy.Kind.ORPHAN)
    decide(sign_in(cast.officer), found, "delete")
    asked, now = Approval.objects.get(), timezone.now()
    approving.approve(approval=asked, by=other, now=now)
    asked.refresh_from_db()
    approving.carry_out(approval=asked, by=other, now=now)
    scope = Scope(calls=(part.call_id,))
    holds.place(matter="M", reason="R", scope=scope, by=cast.officer, now=now)

    assert not orphan_destruction.destroy(discrepancy_id=found.id, now=now)

    assert store.head(found.object_key) is not None
    assert orphan_destruction.due(now=now, limit=9) == [], "not each minute"


def test_a_loss_is_restored_when_the_store_says_so(
    cast: Cast, sign_in: SignIn, store: MediaStore
) -> None:
    part = lost_part(cast, store)
    found = Discrepancy.objects.get()
    browser = sign_in(cast.officer)

    assert "The store still differs." in decide(browser, found, "restored")
    put(store, part.object_key, b"v" * (part.bytes or 1))
    decide(browser, found, "restored", "from the copy of Sunday")

    found.refresh_from_db()
    assert (found.state, found.note) == (State.RESTORED, "from the copy of Sunday")
    assert Alert.objects.get().closed_at is not None


def test_an_accepted_loss_wants_a_reason_and_makes_the_recording_lost(
    cast: Cast, sign_in: SignIn, store: MediaStore
) -> None:
    part = lost_part(cast, store)
    found = Discrepancy.objects.get()
    browser = sign_in(cast.officer)

    assert "Say why it is accepted." in decide(browser, found, "accept")
    decide(browser, found, "accept", "the bucket was emptied by mistake")

    part.refresh_from_db()
    assert (part.state, part.reason) == (Recording.State.LOST, "missing_object")
    assert Alert.objects.get().closed_at is not None
    taken(store)
    assert Discrepancy.objects.count() == 1


def test_an_altered_recording_is_shut(
    cast: Cast, sign_in: SignIn, store: MediaStore
) -> None:
    part = part_of(hearable_call(cast.claims), store=store.name)
    put(store, part.object_key, b"something else")
    taken(store)
    found = Discrepancy.objects.get()

    decide(sign_in(cast.officer), found, "set_aside")

    part.refresh_from_db()
    found.refresh_from_db()
    assert (part.state, part.reason) == (Recording.State.QUARANTINED, "altered")
    assert found.state == State.SET_ASIDE


def test_what_was_accepted_is_not_found_again_until_it_differs_otherwise(
    cast: Cast, sign_in: SignIn, store: MediaStore
) -> None:
    part = part_of(hearable_call(cast.claims), store=store.name)
    put(store, part.object_key, b"something else")
    taken(store)
    decide(sign_in(cast.officer), Discrepancy.objects.get(), "accept", "we know why")

    taken(store)
    assert Discrepancy.objects.get().state == State.ACCEPTED

    put(store, part.object_key, b"something else again")
    taken(store)
    assert Discrepancy.objects.filter(state=State.OPEN).count() == 1


def test_an_administrator_sees_and_does_not_decide(
    cast: Cast, sign_in: SignIn, store: MediaStore
) -> None:
    _call, found = orphan_of(cast, store)
    browser = sign_in(cast.administrator)

    assert "A compliance officer decides" in words(browser.get(f"/store/{found.pk}/"))
    answer = browser.post(f"/store/{found.pk}/decide", {"act": "adopt"})
    assert answer.status_code == 403


def test_storage_is_weighed_by_store_class_team_and_form(
    cast: Cast, sign_in: SignIn, store: MediaStore
) -> None:
    for team in (cast.claims, cast.sales):
        RecordingFactory.create(
            call=CallFactory.create(team=team),
            store=store.name,
            storage_class="GLACIER" if team == cast.sales else "",
            bytes=2_000_000,
        )
    part_of(hearable_call(cast.claims), store=store.name)

    page = words(sign_in(cast.officer).get("/store/space/"))

    assert "3 files" in page
    assert "GLACIER 1 1.9 MB" in page
    assert "Sales 1 1.9 MB" in page
    assert "waveforms, in the database 1" in page
