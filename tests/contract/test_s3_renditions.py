"""What is made of a recording in a versioned bucket goes with it, every version."""

from datetime import timedelta
from typing import Any

import pytest
import urllib3
from pytest_django.fixtures import Settings

from compliance.models import DestructionReceipt, Purpose
from recordings import destruction, media_store, playback, rendering
from recordings.models import Recording, Rendition
from tests.cast import Cast
from tests.contract.media_stores import left_in, new_bucket
from tests.factories.hearable import hearable_call, part_of
from tests.factories.recordings import STARTED
from tests.services import S3Server

pytestmark = pytest.mark.django_db
NOW = STARTED + timedelta(days=1)


def ask(part: Recording, person: Any) -> Any:
    """Press play in a browser that knows no OGG."""
    return playback.open(
        recording_id=part.id,
        listener=person,
        purpose=Purpose.QUALITY,
        plays=("mp4",),
        now=NOW,
    )


def test_it_plays_and_goes_with_the_recording(
    cast: Cast, settings: Settings, s3_server: S3Server
) -> None:
    bucket = new_bucket(s3_server, versioned=True)
    settings.MEDIA_STORE = {
        "kind": "s3",
        "checksums": "when_required",
        "egress_credentials": "own",
        "path_style": True,
        "bucket": bucket.bucket,
        "region": bucket.region,
        "endpoint": bucket.endpoint,
        "access_key": bucket.access_key,
        "secret_key": bucket.secret_key,
    }
    part = part_of(hearable_call(cast.claims), store=media_store.store().name)
    ask(part, cast.reviewer)
    rendition = Rendition.objects.get()
    assert rendering.make(rendition_id=rendition.id, now=NOW)
    served = ask(part, cast.reviewer)
    answer = urllib3.request("GET", served.link.url, headers={"Range": "bytes=4-7"})
    assert (answer.status, answer.data) == (206, b"ftyp")
    assert answer.headers["Content-Type"] == "audio/mp4"
    rendition.refresh_from_db()
    assert f"versionId={rendition.version_id}" in served.link.url

    # a worker that died after its upload leaves a version below that of the next
    with open(__file__, "rb") as file:
        media_store.store().put(rendition.object_key, file, "audio/mp4")
    assert len(left_in(bucket)) == 3
    Recording.objects.update(expires_at=NOW)

    assert destruction.destroy(recording_id=part.id, reason="order", now=NOW)

    assert left_in(bucket) == []
    assert DestructionReceipt.objects.get().versions == 3
