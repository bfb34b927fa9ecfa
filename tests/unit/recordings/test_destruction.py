"""What is over is destroyed once, for ever, and one bad item holds up nobody."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from compliance.access.refusals import Refused
from compliance.audit.actions import Action
from compliance.models import AuditEntry, DestructionReceipt, Purpose
from compliance.retention.sweep import Swept, sweep
from recordings import destruction, expiry, media_store, playback, receipts, tombstones
from recordings.media_store import MediaStore, StoreRefused
from recordings.models import Call, Recording, Waveform
from tests.cast import Cast
from tests.factories.recordings import STARTED, CallFactory, RecordingFactory

pytestmark = pytest.mark.django_db
State = Recording.State
Entries = Callable[..., list[AuditEntry]]

NOW = STARTED + timedelta(days=91)


@pytest.fixture
def store(settings: Settings, tmp_path: object) -> MediaStore:
    """A folder."""
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path}
    return media_store.store()


def kept(
    store: MediaStore, call: Call, *, until: datetime, number: int = 1
) -> Recording:
    """A recording with its file and its waveform."""
    part = RecordingFactory.create(
        call=call,
        part=number,
        object_key=f"recordings/{call.id}/{number:02d}.ogg",
        expires_at=until,
    )
    Waveform.objects.create(recording=part, peaks=[[1], [2]], silences=[[], []])
    store.put(part.object_key, io.BytesIO(b"voices"), "audio/ogg")
    return part


@pytest.fixture
def part(cast: Cast, store: MediaStore) -> Recording:
    """A recording whose time is over since yesterday."""
    call = CallFactory.create(team=cast.claims)
    return kept(store, call, until=NOW - timedelta(days=1))


def destroy(part: Recording, *, now: datetime = NOW) -> bool:
    return destruction.destroy(
        recording_id=part.id, reason="retention_expired", now=now
    )


def let_lease_run_out() -> None:
    """By the database's clock, which no test can turn."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE recordings_recording SET claimed_until = now() - interval '1 s'"
            " WHERE claimed_until IS NOT NULL"
        )


def test_file_waveform_and_row_go_and_a_receipt_stays(
    part: Recording, store: MediaStore, entries: Entries
) -> None:
    assert destroy(part)

    assert store.head(part.object_key) is None
    assert not Waveform.objects.exists()
    part.refresh_from_db()
    assert (part.state, part.destroyed_at) == (State.DESTROYED, NOW)
    receipt = DestructionReceipt.objects.get()
    assert (receipt.item_id, receipt.versions, receipt.bytes) == (part.id, 1, 6)
    assert receipt.sha256 == part.sha256
    acts = [entry.act for entry in entries(act__startswith="destruction.")]
    assert acts == [Action.DESTRUCTION_BEGUN, Action.DESTRUCTION_DONE]
    part.call.refresh_from_db()
    assert (part.call.capture, part.call.expires_at) == (Call.Capture.GONE, None)


def test_nothing_goes_before_its_time(part: Recording, store: MediaStore) -> None:
    Recording.objects.update(expires_at=NOW + timedelta(seconds=1))

    assert expiry.due(now=NOW, limit=9) == []
    assert not destroy(part)

    assert store.head(part.object_key) is not None


@pytest.mark.parametrize("state", [*Recording.OPEN, State.CHECKING, State.DESTROYED])
def test_nothing_goes_while_it_is_made_or_after_it_is_gone(
    part: Recording, store: MediaStore, state: str
) -> None:
    Recording.objects.update(state=state)

    assert expiry.due(now=NOW, limit=9) == []
    assert not destroy(part)
    assert store.head(part.object_key) is not None


def test_a_second_run_finds_nothing_to_do(part: Recording) -> None:
    assert destroy(part)
    let_lease_run_out()

    assert not destroy(part)
    assert DestructionReceipt.objects.count() == 1


def test_what_is_being_destroyed_is_not_heard(
    cast: Cast, part: Recording, store: MediaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    real = store.delete_several

    def look_first(keys: list[str]) -> object:
        row = Recording.objects.get()
        with pytest.raises(Refused):
            playback.open(
                recording_id=row.id,
                listener=cast.officer,
                purpose=Purpose.QUALITY,
                now=NOW,
            )
        seen.append(str(row.state))
        seen.append(str(Call.objects.get().capture))
        return real(keys)

    monkeypatch.setattr(store, "delete_several", look_first)
    destroy(part)

    assert seen == [State.EXPIRED, Call.Capture.GONE]


# workers and stores that fail


@pytest.mark.parametrize(
    "step",
    [
        "list_several",
        "claim",
        "journal_first",
        "delete_several",
        "bury",
        "write",
    ],
)
def test_a_worker_that_dies_at_any_step_leaves_it_to_the_next(
    part: Recording, store: MediaStore, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    where: object = tombstones if step in ("claim", "bury") else store
    where = receipts if step in ("journal_first", "write") else where

    def die(*_given: object, **_more: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(where, step, die)
        with pytest.raises(KeyboardInterrupt):
            destroy(part)
    part.refresh_from_db()
    if step in ("list_several", "claim"):
        assert part.state == State.AVAILABLE, "nothing was done yet, nor written down"
    else:
        assert part.state == State.EXPIRED
        assert expiry.due(now=NOW, limit=9) == [], "somebody may still be at it"

    let_lease_run_out()
    assert expiry.due(now=NOW, limit=9) == [part.id]
    assert destroy(part)

    assert store.head(part.object_key) is None
    assert DestructionReceipt.objects.count() == 1


def die_after_deletion(part: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is gone, and nobody came to say so."""

    def die(*_given: object, **_told: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(tombstones, "bury", die)
        with pytest.raises(KeyboardInterrupt):
            destroy(part)
    let_lease_run_out()


def test_the_receipt_tells_what_there_was_before_a_worker_died(
    part: Recording, monkeypatch: pytest.MonkeyPatch, entries: Entries
) -> None:
    die_after_deletion(part, monkeypatch)

    assert destroy(part)

    receipt = DestructionReceipt.objects.get()
    assert (receipt.versions_listed, receipt.bytes_listed) == (1, 6)
    assert (receipt.versions, receipt.bytes) == (0, 0), "nothing was left for this run"
    begun = [entry.facts for entry in entries(act=Action.DESTRUCTION_BEGUN)]
    assert [(facts["versions"], facts["bytes"]) for facts in begun] == [(1, 6), (0, 0)]
    done = entries(act=Action.DESTRUCTION_DONE)[0].facts
    assert (done["versions_listed"], done["versions"]) == (1, 0)


def test_what_was_begun_is_finished_by_the_next_sweep_whatever_its_date(
    part: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    die_after_deletion(part, monkeypatch)
    Recording.objects.update(expires_at=NOW + timedelta(days=999))

    assert sweep(now=NOW) == Swept(destroyed=1)

    part.refresh_from_db()
    assert part.state == State.DESTROYED


def refuse(store: MediaStore, keys: set[str], patch: pytest.MonkeyPatch) -> None:
    """The store will not delete these: a lock, or a missing right."""
    real = store.delete_several

    def delete(asked: list[str]) -> object:
        told = dict(real([key for key in asked if key not in keys]))
        return told | {key: StoreRefused("locked") for key in asked if key in keys}

    patch.setattr(store, "delete_several", delete)


def test_a_store_that_refuses_is_asked_again_in_an_hour(
    part: Recording,
    store: MediaStore,
    monkeypatch: pytest.MonkeyPatch,
    entries: Entries,
) -> None:
    with monkeypatch.context() as patch:
        refuse(store, {part.object_key}, patch)
        assert sweep(now=NOW) == Swept(failed=1)
    assert sweep(now=NOW + timedelta(minutes=59)) == Swept()
    part.refresh_from_db()
    assert part.state == State.EXPIRED
    assert not DestructionReceipt.objects.exists()
    failed = entries(act=Action.DESTRUCTION_FAILED)[0]
    assert failed.facts == {"reason": "StoreRefused"}

    assert sweep(now=NOW + timedelta(hours=1)) == Swept(destroyed=1)


def test_a_bad_item_does_not_hold_up_the_others(
    part: Recording, store: MediaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [
        kept(store, part.call, until=NOW, number=number) for number in range(2, 5)
    ]
    refuse(store, {part.object_key}, monkeypatch)

    assert sweep(now=NOW) == Swept(destroyed=3, failed=1)

    gone = Recording.objects.filter(state=State.DESTROYED)
    assert {row.id for row in gone} == {row.id for row in others}


def test_a_page_of_bad_items_does_not_starve_the_rest(
    part: Recording, store: MediaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest are the ones under a lock, hour after hour."""
    locked = [part] + [
        kept(store, part.call, until=NOW - timedelta(days=1), number=number)
        for number in (2, 3)
    ]
    refuse(store, {row.object_key for row in locked}, monkeypatch)
    sweep(now=NOW, limit=3)
    fresh = kept(store, part.call, until=NOW, number=9)

    sweep(now=NOW + timedelta(hours=1), limit=3)

    fresh.refresh_from_db()
    assert fresh.state == State.DESTROYED
