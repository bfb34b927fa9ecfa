"""A database comes back from a backup, and the journal tells what it has forgotten."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from compliance import journal, tasks
from compliance.access import approving
from compliance.access.roles import Role
from compliance.audit.actions import Action
from compliance.custody import Scope
from compliance.journal import Act, Kind
from compliance.models import (
    AuditEntry,
    DestructionReceipt,
    Hold,
    HoldItem,
    JournalPage,
    Person,
    SweepStop,
)
from compliance.retention import hold_release, holds, stops
from compliance.retention.sweep import Swept, sweep
from compliance.vault import VaultError
from recordings import control, doctor, media_store, quarantine, summary
from recordings.media_store import MediaStore
from recordings.models import Alert, Recording, Waveform
from tests.backups import Backup, backup, replayed
from tests.cast import Cast
from tests.factories.recordings import CallFactory, RecordingFactory
from tests.factories.second_person import second

pytestmark = pytest.mark.django_db(transaction=True)
State = Recording.State
NOW = timezone.now()


@pytest.fixture(autouse=True)
def store(settings: Settings, tmp_path: Path) -> MediaStore:
    """Folders, which no restore of the database touches."""
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path / "media"}
    settings.VAULT_STORE = {"kind": "local", "root": tmp_path / "away"}
    return media_store.store()


@dataclass
class House:
    """Recordings of the claims team: of one the time is over, one is to be held, one
    quarantined; and a hold that stands already."""

    over: Recording
    held: Recording
    doubted: Recording
    old: Hold
    copy: Backup


@pytest.fixture
def house(cast: Cast, store: MediaStore) -> Iterator[House]:
    """As it was when the backup was made."""
    call = CallFactory.create(team=cast.claims)
    over, held, doubted = (
        RecordingFactory.create(
            call=call, part=number, object_key=f"recordings/{call.id}/{number}.ogg"
        )
        for number in (1, 2, 3)
    )
    for part in (over, held, doubted):
        store.put(part.object_key, io.BytesIO(b"voices"), "audio/ogg")
        Waveform.objects.create(recording=part, peaks=[[1]], silences=[[]])
    Recording.objects.filter(pk=over.pk).update(expires_at=NOW - timedelta(days=1))
    away = CallFactory.create(team=cast.claims)
    old = holds.place(
        matter="Old",
        reason="Older",
        scope=Scope(calls=(away.pk,)),
        by=cast.officer,
        now=NOW,
    )
    tasks.settle_journal()
    other = second(Role.OFFICER)
    asked = hold_release.ask(hold=old, by=cast.officer, now=NOW)
    approving.approve(approval=asked, by=other, now=NOW)
    with backup() as copy:
        _live_on(cast, over, held, doubted)
        asked.refresh_from_db()
        approving.carry_out(approval=asked, by=other, now=NOW)
        tasks.settle_journal()
        yield House(over, held, doubted, old, copy)


def _live_on(cast: Cast, over: Recording, held: Recording, doubted: Recording) -> None:
    """What happens after the backup: one goes, one is held, one doubted."""
    assert sweep(now=NOW) == Swept(destroyed=1)
    holds.place(
        matter="Smith v. Acme",
        reason="A letter",
        scope=Scope(team=cast.claims.pk, calls=(held.call_id,)),
        by=cast.officer,
        now=NOW,
    )
    with transaction.atomic():
        call = summary.locked(doubted.call_id)
        quarantine.put(doubted, reason="reported", now=NOW)
        summary.refresh(call)
    Recording.objects.filter(pk=held.pk).update(expires_at=NOW)


def standing() -> dict[str, object]:
    """What must be the same in the end."""
    return {
        "recordings": sorted(Recording.objects.values_list("pk", "state", "reason")),
        "waveforms": sorted(Waveform.objects.values_list("pk", flat=True)),
        "receipts": sorted(
            DestructionReceipt.objects.values_list(
                "item_id", "reason", "versions_listed", "bytes_listed", "commitment"
            )
        ),
        "holds": sorted(Hold.objects.values_list("pk", "state", "cools_until")),
        "kept": sorted(HoldItem.objects.values_list("hold", "item_id", "state")),
    }


def test_a_restored_database_ends_where_it_was(
    house: House,
    store: MediaStore,
    cast: Cast,
    sign_in: Callable[[Person], Client],
) -> None:
    before = standing()
    house.copy.restore()
    assert Recording.objects.get(pk=house.over.pk).state == State.AVAILABLE
    Recording.objects.filter(pk=house.held.pk).update(expires_at=NOW)

    assert sweep(now=NOW) == Swept(), "the held one would be gone now"

    assert store.head(house.held.object_key) is not None
    assert SweepStop.objects.get().cause == SweepStop.Cause.JOURNAL
    control.judge(now=NOW)
    assert Alert.objects.get(kind=Alert.Kind.SWEEP_STOPPED).is_open
    [line] = [one for one in doctor.examine(["journal"]) if one.is_bad]
    assert "restored" in line.finding.what
    page = sign_in(cast.officer).get(reverse("policies")).content.decode()
    assert "Nothing is destroyed" in page

    counted = replayed("--dry-run")
    assert (counted["destroyed"], counted["holds"], counted["released"]) == (1, 1, 1)
    assert Recording.objects.get(pk=house.over.pk).state == State.AVAILABLE

    assert replayed("--by", cast.officer.email) == counted
    for hold_id in holds.unfinished(now=NOW):
        holds.catch(hold_id=hold_id, now=NOW)

    assert standing() == before
    assert DestructionReceipt.objects.get().is_again
    told = AuditEntry.objects.get(act=Action.JOURNAL_REPLAYED)
    assert (told.actor_id, told.facts["destroyed"]) == (cast.officer.pk, 1)
    control.judge(now=NOW)
    assert not Alert.objects.get(kind=Alert.Kind.SWEEP_STOPPED).is_open
    assert sweep(now=NOW) == Swept(), "the hold keeps it, as before"
    assert stops.current() is None
    assert not any(replayed().values()), "a second run finds nothing"


def test_what_lies_in_the_store_still_is_destroyed_again_and_resumed(
    house: House, store: MediaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.copy.restore()
    store.put(house.over.object_key, io.BytesIO(b"voices"), "audio/ogg")
    later = NOW + timedelta(hours=3)
    with transaction.atomic():
        journal.owe([Act(Kind.LIFTED, "recording", house.held.pk, {})], now=later)
    assert sweep(now=later) == Swept(), "however much it writes meanwhile"
    assert stops.current() is not None

    def die(_key: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(store, "delete_all_versions", die)
        with pytest.raises(KeyboardInterrupt):
            replayed()
    assert stops.current() is not None
    Recording.objects.update(claimed_until=None)

    assert replayed()["again"] == 1

    assert store.head(house.over.object_key) is None
    assert DestructionReceipt.objects.get().versions == 1
    assert JournalPage.objects.filter(is_foreign=True, replayed_at=None).count() == 0


def test_a_page_of_somebody_else_orders_nothing(
    house: House, store: MediaStore, tmp_path: Path
) -> None:
    house.copy.restore()
    for file in (tmp_path / "away").rglob("*.json"):
        file.chmod(0o600)
        file.write_text(file.read_text().replace("retention_expired", "other"))

    told = replayed()

    assert (told["unsigned"], told["destroyed"]) == (1, 0)
    assert Recording.objects.get(pk=house.over.pk).state == State.AVAILABLE


def test_a_vault_that_does_not_answer_keeps_the_sweep_waiting(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_given: object, **_more: object) -> None:
        raise VaultError("away")

    monkeypatch.setattr("recordings.vault.StoreVault.keys", away)

    assert sweep(now=NOW) == Swept()
    with pytest.raises(CommandError):
        replayed()
