"""Each file is read again in its turn, and an altered one is found."""

import hashlib
import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from portal.inventory import Schedule
from recordings import media_store, rehash
from recordings.media_store import MediaStore
from recordings.models import Alert, Discrepancy, Recording
from tests.cast import Cast
from tests.factories.recordings import CallFactory, RecordingFactory

pytestmark = pytest.mark.django_db
VOICES = b"voices"
NOW = timezone.now()


@pytest.fixture
def store(settings: Settings, tmp_path: Path) -> MediaStore:
    """A folder; everything is read again once in 30 days."""
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path}
    settings.INVENTORY = Schedule(
        every=None, hashes=timedelta(days=30), grace=timedelta(hours=1)
    )
    return media_store.store()


def kept(cast: Cast, store: MediaStore, content: bytes = VOICES) -> Recording:
    """A recording of those bytes by its row, whose turn it is."""
    call = CallFactory.create(team=cast.claims)
    part = RecordingFactory.create(
        call=call,
        store=store.name,
        object_key=f"recordings/{call.id}/01.ogg",
        bytes=len(VOICES),
        sha256=hashlib.sha256(VOICES).hexdigest(),
        verify_at=NOW - timedelta(hours=1),
    )
    store.put(part.object_key, io.BytesIO(content), "audio/ogg")
    return part


def test_what_is_as_it_was_has_its_next_turn(cast: Cast, store: MediaStore) -> None:
    part = kept(cast, store)
    assert rehash.due(now=NOW) == [part.id]

    assert rehash.verify(recording_id=part.id, now=NOW)

    part.refresh_from_db()
    assert (part.verified_at, part.verify_at) == (NOW, NOW + timedelta(days=30))
    assert rehash.due(now=NOW) == []
    assert not Discrepancy.objects.exists()


def test_the_same_size_with_other_bytes_is_an_alteration(
    cast: Cast, store: MediaStore
) -> None:
    part = kept(cast, store, b"noises")

    assert rehash.verify(recording_id=part.id, now=NOW) is False

    found = Discrepancy.objects.get()
    assert (found.kind, found.detail, found.recording) == ("altered", "hash", part)
    assert Alert.objects.get().kind == Alert.Kind.OBJECT_ALTERED

    store.put(part.object_key, io.BytesIO(VOICES), "audio/ogg")
    assert rehash.verify(recording_id=part.id, now=NOW)
    found.refresh_from_db()
    assert found.state == Discrepancy.State.OVER


def test_what_cannot_be_read_waits_a_day_and_holds_up_nobody(
    cast: Cast, store: MediaStore
) -> None:
    part, other = kept(cast, store), kept(cast, store)
    store.delete_all_versions(part.object_key)

    assert rehash.verify(recording_id=part.id, now=NOW) is None

    part.refresh_from_db()
    assert part.verify_at == NOW + timedelta(days=1)
    assert rehash.due(now=NOW) == [other.id]
    assert not Discrepancy.objects.exists()


def test_an_hour_takes_its_share(cast: Cast, store: MediaStore) -> None:
    parts = [kept(cast, store) for _n in range(5)]

    due = rehash.due(now=NOW)

    assert len(due) == 2  # twice the share of one
    assert set(due) < {part.id for part in parts}
