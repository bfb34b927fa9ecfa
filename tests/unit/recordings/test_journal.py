"""The journal is written first, and what only keeps does not wait for it."""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django.fixtures import Settings

from compliance import journal, vault
from compliance.audit.actions import Action
from compliance.custody import Scope
from compliance.journal import Kind, NotAPage
from compliance.models import AuditEntry, DestructionReceipt, JournalPage
from compliance.retention import held, holds
from compliance.retention.sweep import Swept, sweep
from compliance.vault import VaultError
from recordings import control, media_store, quarantine, summary
from recordings.media_store import MediaStore
from recordings.models import Alert, Recording
from recordings.vault import StoreVault
from tests.cast import Cast
from tests.factories.recordings import CallFactory, RecordingFactory

pytestmark = pytest.mark.django_db
State = Recording.State


@pytest.fixture(autouse=True)
def store(settings: Settings, tmp_path: Path) -> MediaStore:
    """A folder for recordings and one for the vault."""
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path / "media"}
    settings.VAULT_STORE = {"kind": "local", "root": tmp_path / "away"}
    return media_store.store()


@pytest.fixture
def part(cast: Cast, store: MediaStore) -> Recording:
    """A recording whose time is over since yesterday."""
    found = RecordingFactory.create(
        call=CallFactory.create(team=cast.claims),
        expires_at=timezone.now() - timedelta(days=1),
    )
    store.put(found.object_key, io.BytesIO(b"voices"), "audio/ogg")
    return found


@contextmanager
def vault_is_away() -> Iterator[None]:
    """It takes nothing until the block ends."""

    def refuse(*_given: object, **_more: object) -> None:
        raise VaultError("away")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StoreVault, "put_once", refuse)
        yield


def pages() -> list[dict[str, Any]]:
    """What lies in the vault, page by page."""
    found = [name for name in vault.vault().keys("journal/") if name.endswith(".json")]
    return [json.loads(vault.vault().read(name))["body"] for name in found]


def test_the_vault_knows_before_anything_goes(
    part: Recording, store: MediaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, Any]] = []
    real = store.delete_all_versions

    def look_first(key: str) -> object:
        seen.extend(pages())
        return real(key)

    monkeypatch.setattr(store, "delete_all_versions", look_first)
    now = timezone.now()

    assert sweep(now=now) == Swept(destroyed=1)

    [body] = seen
    [entry] = body["entries"]
    assert (entry["kind"], entry["item"]) == ("destruction", str(part.pk))
    assert entry["said"]["reason"] == "retention_expired"
    receipt = DestructionReceipt.objects.get()
    assert receipt.begun_at == now
    assert not receipt.is_again


def test_what_the_vault_does_not_take_is_not_destroyed(
    part: Recording,
    store: MediaStore,
    entries: Callable[..., list[AuditEntry]],
) -> None:
    now = timezone.now()
    with vault_is_away():
        assert sweep(now=now) == Swept(failed=1)

    assert store.head(part.object_key) is not None
    assert entries(act=Action.DESTRUCTION_FAILED)[0].facts == {"reason": "VaultError"}

    assert sweep(now=now + timedelta(hours=1)) == Swept(destroyed=1)
    assert len(pages()) == 1, "the page that was owed, and no second one"


def test_a_hold_does_not_wait_for_the_vault_and_its_page_follows(
    cast: Cast, part: Recording
) -> None:
    now = timezone.now()
    filters = json.dumps({"query": "when=all", "name": ""})
    scope = Scope(calls=(part.call_id,), filters=filters)
    with vault_is_away():
        hold = holds.place(
            matter="Braun", reason="Letter", scope=scope, by=cast.officer, now=now
        )
        assert held.is_held(Recording.ITEM, part.pk, now=now)
        assert journal.settle(now=now) == 0
        control.judge(now=now + journal.OVERDUE)
        assert Alert.objects.get(kind=Alert.Kind.JOURNAL_OWED).is_open

    assert journal.settle(now=now) == 1
    control.judge(now=now + journal.OVERDUE)

    assert not Alert.objects.get(kind=Alert.Kind.JOURNAL_OWED).is_open
    [body] = pages()
    text = json.dumps(body)
    assert str(hold.pk) in text
    assert str(part.call_id) in text
    assert not [word for word in ("Braun", "Letter", "when") if word in text]


def test_quarantine_and_its_end_are_pages(cast: Cast, part: Recording) -> None:
    now = timezone.now()
    part.expires_at = None
    part.save()
    with transaction.atomic():
        call = summary.locked(part.call_id)
        quarantine.put(part, reason="reported", now=now)
        summary.refresh(call)

    assert quarantine.release(recording=part, by=cast.officer, now=now)

    assert journal.settle(now=now) == 2
    kinds = [entry["kind"] for body in pages() for entry in body["entries"]]
    assert sorted(kinds) == [Kind.QUARANTINED, Kind.RELEASED]


def test_a_page_is_what_we_signed_or_no_page(part: Recording, tmp_path: Path) -> None:
    sweep(now=timezone.now())
    page = JournalPage.objects.get()
    assert [act.item_id for act in journal.read(page.name).acts] == [part.pk]
    file = tmp_path / "away" / "vault" / page.name
    content = file.read_text()

    file.chmod(0o600)
    file.write_text(content.replace(str(part.pk), str(part.call_id)))

    with pytest.raises(NotAPage):
        journal.read(page.name)
