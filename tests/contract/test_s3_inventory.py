"""An inventory of a versioned bucket of a real S3 server."""

import io
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from portal.inventory import Schedule
from recordings import inventory, media_store
from recordings.media_store import MediaStore
from recordings.media_store.s3_client import S3Settings
from recordings.models import Discrepancy, Recording
from tests.contract.media_stores import a_bucket, admin, empty
from tests.contract.test_vault import stored_in
from tests.factories.recordings import RecordingFactory
from tests.services import S3Server

pytestmark = pytest.mark.django_db
VOICES = b"voices"


@pytest.fixture
def bucket(s3_server: S3Server, settings: Settings) -> Iterator[S3Settings]:
    """A versioned bucket, in which nothing is too young to judge."""
    made, _around = a_bucket(s3_server, versioned=True)
    settings.MEDIA_STORE = stored_in(made)
    settings.INVENTORY = Schedule(every=None, hashes=None, grace=timedelta())
    yield made
    empty(made)


def kept(store: MediaStore, name: str) -> Recording:
    key = f"recordings/stock/{name}.ogg"
    stored = store.put(key, io.BytesIO(VOICES), "audio/ogg")
    return RecordingFactory.create(
        store=store.name,
        object_key=key,
        version_id=stored.version_id,
        etag=stored.etag,
        bytes=stored.size,
    )


def test_what_people_do_to_a_bucket_is_found(
    bucket: S3Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inventory, "STEP", 2)
    store, client = media_store.store(), admin(bucket)
    names = ("deleted", "gone", "overwritten", "replaced", "sound")
    parts = {name: kept(store, name) for name in names}
    at = {
        name: {"Bucket": bucket.bucket, "Key": part.object_key}
        for name, part in parts.items()
    }
    client.delete_object(**at["deleted"])
    client.delete_object(**at["gone"], VersionId=parts["gone"].version_id)
    client.put_object(**at["overwritten"], Body=b"other voices")
    client.put_object(**at["replaced"], Body=b"other voices")
    client.delete_object(**at["replaced"], VersionId=parts["replaced"].version_id)
    client.put_object(Bucket=bucket.bucket, Key="recordings/stock/x", Body=b"x")

    now = timezone.now() + timedelta(seconds=5)
    run = inventory.begin(store=store.name, by=None, now=now)
    while inventory.advance(inventory_id=run.id, now=now):
        pass

    found = Discrepancy.objects.values_list("object_key", "kind", "detail")
    assert {key.split("/")[-1]: (kind, detail) for key, kind, detail in found} == {
        "deleted.ogg": ("extra", "hidden"),
        "gone.ogg": ("lost", ""),
        "overwritten.ogg": ("extra", "versions"),
        "replaced.ogg": ("altered", "version"),
        "x": ("orphan", ""),
    }
    run.refresh_from_db()
    assert (run.state, run.sound) == ("done", 1)
