"""The database against the store: what differs is found, once, and nothing else is."""

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from compliance.audit.actions import Action
from compliance.models import AuditEntry
from portal.inventory import Schedule
from recordings import inventory, media_store
from recordings.media_store import MediaStore, StoreUnavailable
from recordings.models import Alert, Discrepancy, Inventory, Recording
from tests.cast import Cast
from tests.factories.recordings import CallFactory, RecordingFactory

pytestmark = pytest.mark.django_db
Entries = Callable[..., list[AuditEntry]]
Kind = Discrepancy.Kind
State = Recording.State
VOICES = b"voices"
NOW = timezone.now()
LATER = NOW + timedelta(days=2)
"""When what the tests have put is no longer young."""


@pytest.fixture
def store(settings: Settings, tmp_path: Path) -> MediaStore:
    """A folder."""
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path}
    return media_store.store()


def put(store: MediaStore, key: str, content: bytes = VOICES) -> None:
    store.put(key, io.BytesIO(content), "audio/ogg")


def kept(
    cast: Cast, store: MediaStore, *, content: bytes | None = VOICES, **more: object
) -> Recording:
    """A recording of six bytes, with its file or another, or without one."""
    call = CallFactory.create(team=cast.claims)
    key = f"recordings/{cast.claims.id}/2026/11/02/{call.id}/01-aa.ogg"
    part = RecordingFactory.create(
        call=call, store=store.name, object_key=key, bytes=len(VOICES), **more
    )
    if content is not None:
        put(store, key, content)
    return part


def take(store: MediaStore) -> Inventory:
    """A whole run, two days later."""
    run = inventory.begin(store=store.name, by=None, now=LATER)
    while inventory.advance(inventory_id=run.id, now=LATER):
        pass
    run.refresh_from_db()
    return run


def found() -> list[tuple[str, str, str]]:
    rows = Discrepancy.objects.order_by("object_key")
    return [(one.kind, one.detail, one.object_key) for one in rows]


def test_what_is_as_it_was_is_sound(
    cast: Cast, store: MediaStore, entries: Entries
) -> None:
    for _n in range(3):
        kept(cast, store)

    run = take(store)

    assert (run.state, run.keys, run.files, run.sound) == ("done", 3, 3, 3)
    assert run.bytes == 3 * len(VOICES)
    assert found() == []
    assert [one.act for one in entries()][-2:] == [
        Action.INVENTORY_BEGUN,
        Action.INVENTORY_DONE,
    ]


def test_a_loss_an_alteration_and_an_orphan_are_told_apart(
    cast: Cast, store: MediaStore
) -> None:
    sound = kept(cast, store)
    lost = kept(cast, store, content=None)
    altered = kept(cast, store, content=b"other voices")
    put(store, "recordings/nobody/knows.ogg")

    run = take(store)

    assert sorted(found()) == sorted(
        [
            (Kind.LOST, "", lost.object_key),
            (Kind.ALTERED, "size", altered.object_key),
            (Kind.ORPHAN, "", "recordings/nobody/knows.ogg"),
        ]
    )
    assert (run.lost, run.altered, run.orphans, run.sound) == (1, 1, 1, 1)
    assert {(one.kind, one.recording_id) for one in Alert.objects.all()} == {
        (Alert.Kind.OBJECT_LOST, lost.id),
        (Alert.Kind.OBJECT_ALTERED, altered.id),
    }
    assert sound.id not in Discrepancy.objects.values_list("recording", flat=True)


def test_what_is_being_made_or_destroyed_is_no_loss(
    cast: Cast, store: MediaStore
) -> None:
    for state in (State.CHECKING, State.EXPIRED, State.IN_BACKUP, State.LOST):
        kept(cast, store, content=None, state=state)
    kept(cast, store, state=State.CHECKING)
    kept(cast, store, state=State.EXPIRED)

    take(store)

    assert found() == []


def test_what_lies_there_after_its_deletion_is_found(
    cast: Cast, store: MediaStore
) -> None:
    back = kept(cast, store, state=State.DESTROYED)

    take(store)

    assert found() == [(Kind.ORPHAN, "returned", back.object_key)]


def test_a_young_object_is_no_orphan_yet(store: MediaStore) -> None:
    put(store, "recordings/a/young.ogg")

    run = inventory.begin(store=store.name, by=None, now=NOW)
    inventory.advance(inventory_id=run.id, now=NOW)

    run.refresh_from_db()
    assert (run.young, run.orphans) == (1, 0)
    assert found() == []


def test_the_same_is_found_once_and_is_over_when_it_is_mended(
    cast: Cast, store: MediaStore
) -> None:
    part = kept(cast, store, content=None)
    take(store)
    take(store)
    assert Discrepancy.objects.get().state == Discrepancy.State.OPEN

    put(store, part.object_key)
    take(store)

    assert Discrepancy.objects.get().state == Discrepancy.State.OVER
    assert Alert.objects.get().closed_at is not None


def test_a_run_goes_on_where_its_worker_died(
    cast: Cast, store: MediaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inventory, "STEP", 2)
    parts = [kept(cast, store) for _n in range(5)]
    kept(cast, store, content=None)
    run = inventory.begin(store=store.name, by=None, now=LATER)
    assert inventory.advance(inventory_id=run.id, now=LATER)
    reached = Inventory.objects.get().reached

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(inventory, "_finish", die)
        dying.setattr(inventory, "_move", die)
        with pytest.raises(KeyboardInterrupt):
            inventory.advance(inventory_id=run.id, now=LATER)
    assert Inventory.objects.get().reached == reached
    assert not inventory.advance(inventory_id=run.id, now=LATER), "its lease runs"
    let_leases_run_out()

    take(store)

    run.refresh_from_db()
    assert (run.state, run.files, run.sound) == ("done", 6, len(parts))
    assert Discrepancy.objects.count() == 1


def let_leases_run_out() -> None:
    """By the database's clock, which no test can turn."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE recordings_inventory SET claimed_until = now() - interval '1 s'"
        )


def test_a_store_that_does_not_answer_ends_the_run_at_last(
    store: MediaStore, monkeypatch: pytest.MonkeyPatch, entries: Entries
) -> None:
    def away(*_: object, **__: object) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(type(store), "listed", away)
    run = inventory.begin(store=store.name, by=None, now=LATER)
    for _n in range(inventory.MOST_FAILURES):
        assert not inventory.advance(inventory_id=run.id, now=LATER)

    run.refresh_from_db()
    assert (run.state, run.reason) == ("failed", "StoreUnavailable")
    assert entries()[-1].act == Action.INVENTORY_FAILED


def test_the_schedule_begins_one_run_a_store(
    store: MediaStore, settings: Settings
) -> None:
    assert inventory.wanted(now=NOW) == [store.name]
    first = inventory.begin(store=store.name, by=None, now=NOW)
    assert inventory.begin(store=store.name, by=None, now=NOW).id == first.id
    assert inventory.wanted(now=NOW + timedelta(days=6)) == []
    assert inventory.wanted(now=NOW + timedelta(days=8)) == [store.name]

    settings.INVENTORY = Schedule(every=None, hashes=None, grace=timedelta(hours=1))
    assert inventory.wanted(now=NOW + timedelta(days=8)) == []


def test_where_everything_is_gone_nobody_gets_a_thousand_alerts(
    cast: Cast, store: MediaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recordings.discrepancies.MOST_ALERTS", 2)
    for _n in range(4):
        kept(cast, store, content=None)

    take(store)

    assert Discrepancy.objects.filter(kind=Kind.LOST).count() == 4
    assert Alert.objects.count() == 3
    assert Alert.objects.get(recording=None).detail == "many"
