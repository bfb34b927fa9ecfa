"""A purge: exactly the frozen list goes, by two people, and nothing that is kept."""

import hashlib
import io
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from pytest_django.fixtures import Settings

from compliance import journal
from compliance.access import approving
from compliance.access.refusals import Refused
from compliance.access.roles import Role
from compliance.audit.actions import Action
from compliance.custody import Scope
from compliance.models import Approval, AuditEntry, DestructionReceipt, SweepStop
from compliance.retention import holds, pausing
from recordings import destruction, media_store, purges, purging, tombstones
from recordings.media_store import MediaStore, StoreRefused
from recordings.models import Purge, PurgeItem, Recording
from tests.cast import Cast
from tests.factories.recordings import STARTED, CallFactory, RecordingFactory
from tests.factories.second_person import second

pytestmark = pytest.mark.django_db
Entries = Callable[..., list[AuditEntry]]
State = Recording.State
Fate = PurgeItem.Fate

NOW = STARTED + timedelta(days=9)


@pytest.fixture
def store(settings: Settings, tmp_path: object) -> MediaStore:
    """A folder."""
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path}
    return media_store.store()


def recorded(cast: Cast, store: MediaStore, **fields: object) -> Recording:
    """A recording that would be kept for years, with its file."""
    call = CallFactory.create(team=cast.claims)
    key = f"recordings/{call.id}/01.ogg"
    store.put(key, io.BytesIO(b"voices"), "audio/ogg")
    usual = {"expires_at": NOW + timedelta(days=900), "bytes": 6}
    return RecordingFactory.create(call=call, object_key=key, **usual | fields)


def rehearsed(cast: Cast) -> Purge:
    return purges.rehearse(scope=Scope(team=cast.claims.pk), by=cast.officer, now=NOW)


def begun(cast: Cast) -> Purge:
    """Asked by one officer, approved and begun by another."""
    other = second(Role.OFFICER)
    purge = rehearsed(cast)
    asked = purges.ask(purge=purge, by=cast.officer, now=NOW)
    approving.approve(approval=asked, by=other, now=NOW)
    asked.refresh_from_db()
    approving.carry_out(approval=asked, by=other, now=NOW)
    return purge


def carried_out(purge: Purge, *, now: datetime = NOW) -> Purge:
    while purging.advance(purge_id=purge.pk, now=now):
        pass
    purge.refresh_from_db()
    return purge


def hold(cast: Cast, part: Recording) -> None:
    scope = Scope(calls=(part.call_id,))
    holds.place(matter="M", reason="R", scope=scope, by=cast.officer, now=NOW)


def test_what_is_frozen_is_what_would_go_and_a_hash_over_it(
    cast: Cast, store: MediaStore, entries: Entries
) -> None:
    goes = [recorded(cast, store), recorded(cast, store, expires_at=None)]
    held, floored = recorded(cast, store), recorded(cast, store)
    hold(cast, held)
    Recording.objects.filter(pk=floored.pk).update(keep_until=NOW + timedelta(days=1))
    recorded(cast, store, state=State.RECORDING)

    purge = rehearsed(cast)

    ids = sorted(part.id for part in goes)
    assert purge.sha256 == hashlib.sha256(b"".join(i.bytes for i in ids)).hexdigest()
    assert (purge.recordings, purge.bytes) == (2, 12)
    assert purges.fates(purge) == {Fate.LISTED: 2, Fate.HELD: 1, Fate.FLOORED: 1}
    assert Recording.objects.filter(state=State.AVAILABLE).count() == 4
    facts = entries(act=Action.PURGE_REHEARSED)[0].facts
    assert facts == {"recordings": 2, "sha256": purge.sha256}


def test_one_person_alone_cannot_have_it_carried_out(
    cast: Cast, store: MediaStore
) -> None:
    recorded(cast, store)
    purge = rehearsed(cast)

    with pytest.raises(Refused):
        purges.ask(purge=purge, by=cast.officer, now=NOW)
    with pytest.raises(Refused):
        purges.rehearse(scope=Scope(), by=cast.lead, now=NOW)

    assert not purging.advance(purge_id=purge.pk, now=NOW)
    assert Recording.objects.get().state == State.AVAILABLE


def test_who_asked_must_still_be_allowed_when_it_is_carried_out(
    cast: Cast, store: MediaStore
) -> None:
    recorded(cast, store)
    other = second(Role.OFFICER)
    purge = rehearsed(cast)
    asked = purges.ask(purge=purge, by=cast.officer, now=NOW)
    approving.approve(approval=asked, by=other, now=NOW)
    asked.refresh_from_db()
    cast.officer.grants.update(valid_until=NOW)

    with pytest.raises(Refused, match="may not do it any more"):
        approving.carry_out(approval=asked, by=other, now=NOW)

    purge.refresh_from_db()
    assert purge.state == Purge.State.REHEARSED


def test_exactly_the_list_goes_and_what_is_kept_or_changed_meanwhile_stays(
    cast: Cast, store: MediaStore, entries: Entries
) -> None:
    goes, held, floored, changed = (recorded(cast, store) for _ in range(4))
    purge = begun(cast)
    hold(cast, held)
    later = NOW + timedelta(days=9)
    Recording.objects.filter(pk=floored.pk).update(keep_until=later)
    Recording.objects.filter(pk=changed.pk).update(expires_at=later)
    newcomer = recorded(cast, store)

    carried_out(purge)

    assert purge.state == Purge.State.DONE
    assert store.head(goes.object_key) is None
    assert DestructionReceipt.objects.get().reason == "purge"
    for part in (held, floored, changed, newcomer):
        part.refresh_from_db()
        assert part.state == State.AVAILABLE
        assert store.head(part.object_key) is not None
    assert entries(act=Action.PURGE_DONE)[0].facts == {
        "gone": 1, "failed": 0, "held": 1, "stored": 0, "floored": 1, "changed": 1
    }  # fmt: skip


def test_a_list_that_was_tampered_with_is_not_carried_out(
    cast: Cast, store: MediaStore
) -> None:
    recorded(cast, store)
    other = second(Role.OFFICER)
    purge = rehearsed(cast)
    asked = purges.ask(purge=purge, by=cast.officer, now=NOW)
    approving.approve(approval=asked, by=other, now=NOW)
    asked = Approval.objects.get(pk=asked.pk)
    victim = recorded(cast, store)
    PurgeItem.objects.create(
        purge=purge,
        item_id=victim.pk,
        call_id=victim.call_id,
        goes_at=victim.expires_at,
        state=victim.state,
    )

    with pytest.raises(Refused):
        approving.carry_out(approval=asked, by=other, now=NOW)

    assert not purging.running()


def test_it_is_cancelled_where_it_is(
    cast: Cast, store: MediaStore, monkeypatch: pytest.MonkeyPatch, entries: Entries
) -> None:
    monkeypatch.setattr(purging, "AT_ONCE", 1)
    for _ in range(3):
        recorded(cast, store)
    purge = begun(cast)
    assert purging.advance(purge_id=purge.pk, now=NOW)

    assert purges.cancel(purge=purge, by=cast.officer, now=NOW)
    assert not purges.cancel(purge=purge, by=cast.officer, now=NOW)

    assert not purging.advance(purge_id=purge.pk, now=NOW)
    assert Recording.objects.filter(state=State.DESTROYED).count() == 1
    assert Recording.objects.filter(state=State.AVAILABLE).count() == 2
    assert entries(act=Action.PURGE_CANCELLED)[0].facts == {"gone": 1}


def test_while_the_sweep_is_paused_it_waits(cast: Cast, store: MediaStore) -> None:
    recorded(cast, store)
    purge = begun(cast)
    pausing.pause(reason="Inquiry", by=cast.officer, now=NOW)

    assert not purging.advance(purge_id=purge.pk, now=NOW)
    assert Recording.objects.get().state == State.AVAILABLE

    pausing.resume(by=cast.officer, now=NOW)
    assert carried_out(purge).state == Purge.State.DONE


def test_a_restored_database_is_noticed_before_the_list_goes_on(
    cast: Cast, store: MediaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = recorded(cast, store)
    purge = begun(cast)
    monkeypatch.setattr(journal, "unknown", lambda: iter(["a page of another life"]))

    assert not purging.advance(purge_id=purge.pk, now=NOW)

    assert store.head(part.object_key) is not None
    assert SweepStop.objects.get().cause == SweepStop.Cause.JOURNAL


@pytest.mark.parametrize("step", ["destroy_several", "bury"])
def test_a_worker_that_dies_in_between_leaves_it_to_the_next(
    cast: Cast, store: MediaStore, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    part = recorded(cast, store)
    purge = begun(cast)

    def die(*_given: object, **_more: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        where = tombstones if step == "bury" else destruction
        patch.setattr(where, step, die)
        with pytest.raises(KeyboardInterrupt):
            purging.advance(purge_id=purge.pk, now=NOW)
    assert purging.running() == [], "somebody may still be at it"
    Purge.objects.update(claimed_until=STARTED)
    Recording.objects.exclude(claimed_until=None).update(claimed_until=STARTED)

    assert carried_out(purge).state == Purge.State.DONE

    assert purges.fates(purge) == {Fate.GONE: 1}
    assert DestructionReceipt.objects.count() == 1
    assert store.head(part.object_key) is None


def test_what_the_store_refuses_is_left_to_the_sweep(
    cast: Cast, store: MediaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = recorded(cast, store)
    purge = begun(cast)
    with monkeypatch.context() as patch:

        def refuse(keys: list[str]) -> dict[str, Exception]:
            return {key: StoreRefused("locked") for key in keys}

        patch.setattr(store, "delete_several", refuse)
        assert carried_out(purge).state == Purge.State.DONE

    assert purges.fates(purge) == {Fate.FAILED: 1}
    part.refresh_from_db()
    assert (part.state, part.setback) == (State.EXPIRED, "StoreRefused")
