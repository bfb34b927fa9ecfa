"""A database comes back from before a redaction: who was silenced stays silenced."""

import io
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from compliance import tasks
from compliance.models import DestructionReceipt
from recordings import media_store
from recordings.media_store import MediaStore
from recordings.models import CallLabel, Party, Recording, Rendition
from tests.backups import backup, replayed
from tests.cast import Cast
from tests.factories import redactions
from tests.factories.redactions import CALLER, agreed, carried_out, heard

pytestmark = pytest.mark.django_db(transaction=True)
State = Recording.State
NOW = timezone.now()


@pytest.fixture(autouse=True)
def store(settings: Settings, tmp_path: Path) -> MediaStore:
    """Folders, which no restore of the database touches."""
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path / "media"}
    settings.VAULT_STORE = {"kind": "local", "root": tmp_path / "away"}
    return media_store.store()


def test_a_restored_database_points_at_the_silenced_file_or_at_none(
    cast: Cast, store: MediaStore
) -> None:
    kept, lost = (redactions.spoken(cast, store) for _n in range(2))
    CallLabel.objects.create(call=kept.call, key="ticket", value="T-1")
    request = redactions.erasure(cast, now=NOW)
    tasks.settle_journal()
    with backup() as copy:
        carried_out(agreed(cast, request, now=NOW), now=NOW)
        tasks.settle_journal()
        after = Recording.objects.in_bulk([kept.pk, lost.pk])
        copy.restore()
        assert Recording.objects.get(pk=kept.pk).object_key == kept.object_key
        store.put(kept.object_key, io.BytesIO(redactions.SPOKEN), "audio/ogg")
        store.delete_all_versions(after[lost.pk].object_key)

        told = replayed()

        assert (told["redacted"], told["erased"]) == (2, 1)
        found = Recording.objects.get(pk=kept.pk)
        assert (found.object_key, found.sha256, found.codec) == (
            after[kept.pk].object_key,
            after[kept.pk].sha256,
            "flac",
        )
        assert set(heard(store, found)[CALLER]) == {0}
        assert Recording.objects.get(pk=lost.pk).state == State.DESTROYED
        assert list(store.keys("recordings/")) == [found.object_key]
        assert not Rendition.objects.exists()
        assert DestructionReceipt.objects.get(item_kind="original").is_again
        assert "Erika" not in {str(one.name) for one in Party.objects.all()}
        assert CallLabel.objects.exists()
        assert not any(replayed().values()), "a second run finds nothing"
