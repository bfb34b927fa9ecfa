"""What only S3 can get wrong, against a real S3 server."""

import hashlib
import io
import socket
import threading
import time
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import IO, Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest
import urllib3
from botocore.exceptions import ClientError
from django.core.files import File
from django.core.files.base import ContentFile
from pytest_django.fixtures import Settings

from recordings.media_store import base, errors
from recordings.media_store.exports import ExportStorage
from recordings.media_store.s3 import S3Store
from recordings.media_store.s3_client import S3Settings
from recordings.producing import zipping
from tests.contract.media_stores import admin, new_bucket
from tests.services import S3Server

KEY = "recordings/5d0c/2026/11/21/9f1e/1.ogg"


@pytest.fixture
def bucket(s3_server: S3Server) -> S3Settings:
    """The settings of an empty, versioned bucket."""
    return new_bucket(s3_server, versioned=True)


@pytest.fixture
def store(bucket: S3Settings) -> S3Store:
    return S3Store(bucket)


def put(store: S3Store, content: bytes = b"audio") -> base.StoredObject:
    return store.put(KEY, io.BytesIO(content), "audio/ogg")


def link(store: S3Store, version_id: str | None = None) -> str:
    return store.presign(
        KEY,
        version_id=version_id,
        lifetime=timedelta(minutes=1),
        disposition="inline",
        filename="call.ogg",
        content_type="audio/ogg",
    ).url


def test_an_earlier_version_can_be_read_and_played(store: S3Store) -> None:
    first = put(store, b"first")
    put(store, b"second")

    assert store.head(KEY, first.version_id) == first
    with store.open_range(KEY, version_id=first.version_id) as stream:
        assert stream.read() == b"first"
    answer = urllib3.request("GET", link(store, first.version_id))
    assert answer.data == b"first"


def test_a_deletion_finds_what_a_marker_hides(
    store: S3Store, bucket: S3Settings
) -> None:
    put(store, b"12345")
    admin(bucket).delete_object(Bucket=bucket.bucket, Key=KEY)
    put(store, b"12")
    admin(bucket).delete_object(Bucket=bucket.bucket, Key=KEY)
    assert store.head(KEY) is None
    assert store.list_versions(KEY) == base.Listing(versions=2, bytes=7)

    deletion = store.delete_all_versions(KEY)

    counts = (deletion.versions, deletion.delete_markers, deletion.bytes)
    assert counts == (2, 2, 7)
    assert deletion.request_ids
    assert all(deletion.request_ids)
    left = admin(bucket).list_object_versions(Bucket=bucket.bucket)
    assert not left.get("Versions")
    assert not left.get("DeleteMarkers")


@pytest.mark.parametrize("batch", [1, 2])
def test_a_deletion_of_many_versions_goes_batch_by_batch(
    store: S3Store, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr("recordings.media_store.s3_deletion.MAX_BATCH", batch)
    for _ in range(5):
        put(store)

    assert store.delete_all_versions(KEY).versions == 5


def test_an_old_server_is_asked_key_by_key(
    store: S3Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def old(**_request: Any) -> None:
        raise ClientError(
            {
                "Error": {"Code": "MissingContentMD5"},
                "ResponseMetadata": {"HTTPStatusCode": 400},  # type: ignore[typeddict-item]
            },
            "DeleteObjects",
        )

    put(store)
    put(store)
    monkeypatch.setattr(store._clients.own, "delete_objects", old)

    deletion = store.delete_all_versions(KEY)

    assert deletion.versions == len(deletion.request_ids) == 2


def test_a_locked_version_is_a_refusal_and_stays_hidden(s3_server: S3Server) -> None:
    bucket = replace(
        new_bucket(s3_server, versioned=False), bucket=f"locked-{uuid.uuid4()}"
    )
    client, store = admin(bucket), S3Store(bucket)
    client.create_bucket(Bucket=bucket.bucket, ObjectLockEnabledForBucket=True)
    put(store)
    client.put_object_legal_hold(
        Bucket=bucket.bucket, Key=KEY, LegalHold={"Status": "ON"}
    )
    client.delete_object(Bucket=bucket.bucket, Key=KEY)

    with pytest.raises(errors.StoreRefused) as refusal:
        store.delete_all_versions(KEY)

    assert refusal.value.code == "AccessDenied"
    assert refusal.value.request_id
    assert store.head(KEY) is None, "its marker must still hide it"
    assert store.capabilities().object_lock is True


def test_a_wrong_secret_is_a_refusal(bucket: S3Settings) -> None:
    store = S3Store(replace(bucket, secret_key="wrong"))

    with pytest.raises(errors.StoreRefused):
        store.head(KEY)
    with pytest.raises(errors.StoreRefused), store.open_range(KEY):
        pass
    with pytest.raises(errors.StoreRefused):
        put(store)
    with pytest.raises(errors.StoreRefused):
        store.delete_all_versions(KEY)
    assert urllib3.request("GET", link(store)).status == 403


def test_a_missing_bucket_is_a_refusal(bucket: S3Settings) -> None:
    with pytest.raises(errors.StoreRefused):
        put(S3Store(replace(bucket, bucket="no-such-bucket")))


def test_a_dead_endpoint_is_told_quickly(bucket: S3Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: connections are refused
        endpoint = f"http://127.0.0.1:{taken.getsockname()[1]}"
        store = S3Store(replace(bucket, endpoint=endpoint))
        started = time.monotonic()

        with pytest.raises(errors.StoreUnavailable):
            store.head(KEY)

    assert time.monotonic() - started < 8


@contextmanager
def silent_server() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_silent_endpoint_times_out(bucket: S3Settings) -> None:
    with silent_server() as endpoint:
        store = S3Store(
            replace(bucket, endpoint=endpoint, read_seconds=0.2, attempts=1)
        )
        with pytest.raises(errors.StoreUnavailable):
            store.head(KEY)
        with pytest.raises(errors.StoreUnavailable), store.open_range(KEY):
            pass
        with pytest.raises(errors.StoreUnavailable):
            put(store)


def test_links_go_to_the_public_endpoint(bucket: S3Settings) -> None:
    store = S3Store(replace(bucket, public_endpoint="https://media.example.org"))

    url = urlsplit(link(store))

    assert url.netloc == "media.example.org"
    assert parse_qs(url.query)["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]


@pytest.mark.parametrize(
    ("left", "expected"),
    [(timedelta(hours=1), 60), (timedelta(seconds=40), 40), (None, 60)],
)
def test_a_link_ends_with_the_credentials(
    store: S3Store,
    monkeypatch: pytest.MonkeyPatch,
    left: timedelta | None,
    expected: int,
) -> None:
    monkeypatch.setattr(store._clients, "credentials_left", lambda now: left)

    assert parse_qs(urlsplit(link(store)).query)["X-Amz-Expires"] == [str(expected)]


def test_dying_credentials_sign_nothing(
    store: S3Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    soon = timedelta(seconds=20)
    monkeypatch.setattr(store._clients, "credentials_left", lambda now: soon)

    with pytest.raises(errors.LinkRefused):
        link(store)


def test_capabilities_are_what_the_bucket_says(store: S3Store) -> None:
    assert store.capabilities() == base.Capabilities(
        versioning=True, object_lock=False, tags=True, lifecycle=True
    )


def test_exports_are_private_never_overwritten_and_deleted_for_ever(
    bucket: S3Settings, settings: Settings
) -> None:
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
    exports = ExportStorage()

    first = exports.save("calls.csv", ContentFile(b"one"))
    second = exports.save("calls.csv", ContentFile(b"two"))

    assert first != second
    url = exports.url(first)
    assert urllib3.request("GET", url).data == b"one"
    assert parse_qs(urlsplit(url).query)["X-Amz-Expires"] == ["300"]
    assert urllib3.request("GET", url.partition("?")[0]).status == 403
    assert S3Store(bucket).head(f"exports/{first}") is not None
    with exports.open(first) as file:
        assert file.read() == b"one"

    exports.delete(first)

    left = admin(bucket).list_object_versions(
        Bucket=bucket.bucket, Prefix=f"exports/{first}"
    )
    assert not left.get("Versions")
    assert not left.get("DeleteMarkers")
    with pytest.raises(errors.StoreError):
        exports.open(first)
    exports.delete(first)


def test_a_volume_is_written_as_it_is_read_and_taken_by_its_own_name(
    bucket: S3Settings, settings: Settings
) -> None:
    """In parts, by the thread that asked, which renews a lease meanwhile."""
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
    sounds = [bytes([n]) * 300_000 for n in range(64)]
    beats = set()
    members = (
        zipping.Member(f"{n}.ogg", len(one), datetime.now(UTC), iter([one]))
        for n, one in enumerate(sounds)
    )
    reader = zipping.Reader(
        zipping.stream(members), lambda: beats.add(threading.get_ident())
    )
    exports = ExportStorage()

    name = exports.save("volume.zip", File(cast("IO[bytes]", reader)))

    assert beats == {threading.get_ident()}
    answer = urllib3.request("GET", exports.link(name, "production-001.zip"))
    assert hashlib.sha256(answer.data).hexdigest() == reader.sha256
    assert 'filename="production-001.zip"' in answer.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        assert archive.read("63.ogg") == sounds[63]


def test_credentials_that_end_tell_when(
    bucket: S3Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", bucket.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", bucket.secret_key)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "temporary")
    ends = now + timedelta(hours=2)
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", ends.isoformat())
    chain = S3Store(replace(bucket, access_key="", secret_key=""))

    assert chain._clients.credentials_left(now) == timedelta(hours=2)
    assert S3Store(bucket)._clients.credentials_left(now) is None
