"""Many keys looked up in few listings, on the real server: each answer is exact."""

import io
from typing import Any, cast

import pytest

from recordings.media_store import s3_versions
from recordings.media_store.errors import StoreError, StoreUnavailable
from recordings.media_store.s3 import S3Store
from recordings.media_store.s3_client import S3Settings
from recordings.media_store.s3_versions import Version
from tests.contract.media_stores import admin, new_bucket
from tests.services import S3Server

DAY = "recordings/5d0c/2026/11"


@pytest.fixture
def bucket(s3_server: S3Server) -> S3Settings:
    """The settings of an empty, versioned bucket."""
    return new_bucket(s3_server, versioned=True)


@pytest.fixture
def store(bucket: S3Settings) -> S3Store:
    return S3Store(bucket)


def put(store: S3Store, key: str, size: int = 1) -> None:
    store.put(key, io.BytesIO(b"x" * size), "audio/ogg")


@pytest.fixture
def listings(store: S3Store) -> list[str]:
    """Where each listing begins that is asked for from now on."""
    asked: list[str] = []

    def note(params: dict[str, str], **_more: object) -> None:
        asked.append(params["KeyMarker"])

    events = store._clients.own.meta.events
    events.register("provide-client-params.s3.ListObjectVersions", note)
    return asked


def looked_up(
    store: S3Store, bucket: S3Settings, keys: list[str]
) -> dict[str, list[Version]]:
    told = s3_versions.of_several(store._clients.own, bucket.bucket, keys)
    assert not [one for one in told.values() if isinstance(one, StoreError)]
    return {key: one for key, one in told.items() if not isinstance(one, StoreError)}


def test_neighbours_are_told_apart_from_what_lies_between_them(
    store: S3Store, bucket: S3Settings, listings: list[str]
) -> None:
    keys = [f"{DAY}/21/call-{n:03d}/01.ogg" for n in range(60)]
    for n, key in enumerate(keys):
        put(store, key, size=n + 1)
        put(store, f"{key}.json")
    asked = [key for n, key in enumerate(keys) if n % 3]

    told = looked_up(store, bucket, [*asked, f"{DAY}/21/call-999/01.ogg"])

    sizes = {key: [one.size for one in found] for key, found in told.items()}
    there = {key: [n + 1] for n, key in enumerate(keys) if n % 3}
    assert sizes == {**there, f"{DAY}/21/call-999/01.ogg": []}
    assert len(listings) < len(asked) / 2, "neighbours share a listing"


def test_keys_that_lie_far_apart_are_found_across_all_that_is_between(
    store: S3Store, bucket: S3Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_versions, "SMALL_PAGE", 3)
    monkeypatch.setattr(s3_versions, "PAGE", 5)
    first, last = f"{DAY}/01/a/01.ogg", f"{DAY}/30/z/01.ogg"
    for key in (first, last, *(f"{DAY}/15/{n:02d}/01.ogg" for n in range(40))):
        put(store, key)

    told = looked_up(store, bucket, [last, first])
    one_way = s3_versions._scanned(
        store._clients.own, bucket.bucket, [first, f"{DAY}/15/39/01.ogg", last]
    )

    assert [len(found) for found in told.values()] == [1, 1]
    assert [len(found) for found in one_way.values()] == [1, 1, 1]


def test_the_versions_of_one_key_are_counted_once_over_many_pages(
    store: S3Store, bucket: S3Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_versions, "SMALL_PAGE", 2)
    monkeypatch.setattr(s3_versions, "PAGE", 3)
    keys = [f"{DAY}/21/{name}/01.ogg" for name in "abc"]
    for key in keys:
        for size in range(1, 8):
            put(store, key, size)
        admin(bucket).delete_object(Bucket=bucket.bucket, Key=key)

    one_way = s3_versions._scanned(store._clients.own, bucket.bucket, keys)

    for key in keys:
        sizes = sorted(one.size for one in one_way[key])
        assert sizes == [0, 1, 2, 3, 4, 5, 6, 7]
        assert sum(one.is_marker for one in one_way[key]) == 1
        assert len({one.id for one in one_way[key]}) == 8


def test_a_store_that_is_down_is_told_for_each_key(bucket: S3Settings) -> None:
    nobody = S3Store(
        S3Settings(
            bucket=bucket.bucket,
            region=bucket.region,
            endpoint="http://127.0.0.1:9",
            path_style=True,
            access_key="a",
            secret_key="b",
        )
    )

    told = nobody.list_several([f"{DAY}/21/a", f"{DAY}/21/b"])

    assert all(isinstance(one, StoreUnavailable) for one in told.values())
    assert len(told) == 2


@pytest.mark.parametrize("more", [{}, {"NextKeyMarker": f"{DAY}/21/"}])
def test_a_listing_that_does_not_go_on_proves_no_absence(more: dict[str, str]) -> None:
    """A double: no server that runs here breaks off, or begins anew, in a listing."""

    class Lame:
        def list_object_versions(self, **_asked: object) -> dict[str, object]:
            return {"IsTruncated": True, **more}

    told = s3_versions.of_several(
        cast(Any, Lame()), "calls", [f"{DAY}/21/a", f"{DAY}/21/b"]
    )

    assert all(isinstance(one, StoreUnavailable) for one in told.values())
    assert len(told) == 2
