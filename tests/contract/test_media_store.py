"""One contract for every store: the folder, and buckets of a real S3 server."""

import io
import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from recordings.finding import Level
from recordings.media_store.base import Disposition, Link, Listing, MediaStore
from recordings.media_store.errors import InvalidKey, LinkRefused, ObjectMissing
from recordings.media_store.local import LocalStore
from recordings.media_store.object_keys import content_type_of
from tests.contract.media_stores import (
    Answer,
    FolderSurroundings,
    Surroundings,
    Tape,
    a_bucket,
    chunks,
    empty,
)

pytestmark = pytest.mark.urls("recordings.media_store.urls")

KEY = "recordings/5d0c/2026/11/21/9f1e/1.ogg"
AUDIO = b"OggS" + bytes(range(256)) * 8


@pytest.fixture(params=["folder", "plain bucket", "versioned bucket"])
def around(
    request: pytest.FixtureRequest, tmp_path: Path, settings: Settings
) -> Iterator[Surroundings]:
    """Each kind of store in turn, empty."""
    settings.MIDDLEWARE = []
    if request.param == "folder":
        settings.MEDIA_STORE = {"kind": "local", "root": tmp_path / "media"}
        yield FolderSurroundings(LocalStore(tmp_path / "media"))
        return
    server = request.getfixturevalue("s3_server")
    bucket, surroundings = a_bucket(server, versioned="versioned" in request.param)
    yield surroundings
    empty(bucket)


@pytest.fixture
def store(around: Surroundings) -> MediaStore:
    return around.store


def put(store: MediaStore, key: str = KEY, content: bytes = AUDIO) -> None:
    store.put(key, io.BytesIO(content), "audio/ogg")


def presign(
    store: MediaStore,
    *,
    lifetime: timedelta = timedelta(minutes=5),
    disposition: Disposition = "inline",
    filename: str = "call.ogg",
    key: str = KEY,
    content_type: str = "audio/ogg",
) -> Link:
    return store.presign(
        key,
        version_id=None,
        lifetime=lifetime,
        disposition=disposition,
        filename=filename,
        content_type=content_type,
    )


def wait_for(look: Callable[[], bool], *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < deadline, "it did not happen in time"


def test_what_was_put_is_found_with_its_facts(store: MediaStore) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)

    stored = store.put(KEY, io.BytesIO(AUDIO), "audio/ogg")

    assert stored == store.head(KEY)
    assert (stored.key, stored.size) == (KEY, len(AUDIO))
    assert stored.content_type == "audio/ogg"
    assert stored.etag
    assert before <= stored.modified_at <= datetime.now(UTC) + timedelta(seconds=2)
    assert bool(stored.version_id) is bool(store.capabilities().versioning)


def test_putting_again_replaces_the_object(store: MediaStore) -> None:
    put(store)
    put(store, content=b"second")

    with store.open_range(KEY) as stream:
        assert stream.read() == b"second"


def test_an_empty_object_is_an_object(store: MediaStore) -> None:
    put(store, content=b"")

    found = store.head(KEY)
    assert found is not None
    assert found.size == 0
    with store.open_range(KEY) as stream:
        assert stream.read() == b""


def test_what_is_missing_is_none_and_cannot_be_opened(store: MediaStore) -> None:
    assert store.head(KEY) is None
    with pytest.raises(ObjectMissing), store.open_range(KEY):
        pass


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [
        (0, None, AUDIO),
        (0, 4, b"OggS"),
        (4, 3, b"\x00\x01\x02"),
        (len(AUDIO) - 2, None, AUDIO[-2:]),
        (len(AUDIO) - 2, 100, AUDIO[-2:]),
        (len(AUDIO), None, b""),
        (len(AUDIO) + 7, 10, b""),
        (3, 0, b""),
    ],
)
def test_a_range_is_read(
    store: MediaStore, start: int, length: int | None, expected: bytes
) -> None:
    put(store)

    with store.open_range(KEY, start=start, length=length) as stream:
        assert b"".join(chunks(stream, 5)) == expected


def test_a_large_object_streams_in_flat_memory(store: MediaStore) -> None:
    size = 40 << 20
    stored = store.put(KEY, Tape(size), "audio/ogg")
    assert stored.size == size

    tracemalloc.start()
    with store.open_range(KEY) as stream:
        read = sum(map(len, chunks(stream)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert read == size
    assert peak < 4 << 20


def test_a_key_that_is_not_plain_is_refused(store: MediaStore) -> None:
    up = ["../out.ogg", "a/../../out", "/etc/passwd", "%2e%2e/a", "a\\b"]
    odd = ["", "a//b", "a/", ".hidden", "a/.b", "a b", "ä.ogg", "a\n", "x" * 301]
    for key in [*up, *odd]:
        with pytest.raises(InvalidKey):
            store.put(key, io.BytesIO(AUDIO), "audio/ogg")
        with pytest.raises(InvalidKey):
            store.head(key)
        with pytest.raises(InvalidKey):
            store.delete_all_versions(key)


def test_a_link_plays_and_is_kept_by_no_cache(around: Surroundings) -> None:
    put(around.store)

    link = presign(around.store)
    answer = around.fetch(link.url)

    assert (answer.status, answer.body) == (200, AUDIO)
    assert answer.headers["content-type"] == "audio/ogg"
    assert answer.headers["content-disposition"] == 'inline; filename="call.ogg"'
    assert "no-store" in answer.headers["cache-control"]
    assert answer.headers["accept-ranges"] == "bytes"
    assert link.url not in repr(link)
    left = link.expires_at - datetime.now(UTC)
    assert timedelta(minutes=4, seconds=50) < left <= timedelta(minutes=5)


@pytest.mark.parametrize(
    ("ending", "put_as", "served_as"),
    [
        ("ogg", "audio/ogg", "audio/ogg"),
        ("mp3", "audio/mpeg", "audio/mpeg"),
        ("mp4", "video/mp4", "audio/mp4"),
        ("wav", "audio/wav", "audio/wav"),
    ],
)
def test_a_link_says_what_browsers_play(
    around: Surroundings, ending: str, put_as: str, served_as: str
) -> None:
    key = KEY.replace("ogg", ending)
    around.store.put(key, io.BytesIO(AUDIO), put_as)

    link = presign(around.store, key=key, content_type=content_type_of(key))

    assert around.fetch(link.url).headers["content-type"] == served_as


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-", 0, len(AUDIO)),
        ("bytes=4-9", 4, 10),
        ("bytes=-10", len(AUDIO) - 10, len(AUDIO)),
        ("bytes=100-999999", 100, len(AUDIO)),
    ],
)
def test_a_link_answers_ranges(
    around: Surroundings, asked: str, start: int, end: int
) -> None:
    put(around.store)

    answer = around.fetch(presign(around.store).url, Range=asked)

    assert (answer.status, answer.body) == (206, AUDIO[start:end])
    expected = f"bytes {start}-{end - 1}/{len(AUDIO)}"
    assert answer.headers["content-range"] == expected
    assert answer.headers["content-length"] == str(end - start)


def test_a_range_past_the_end_is_416(around: Surroundings) -> None:
    put(around.store)

    answer = around.fetch(presign(around.store).url, Range="bytes=999999-")

    assert answer.status == 416


def test_a_download_keeps_its_name(around: Surroundings) -> None:
    put(around.store)

    link = presign(
        around.store, disposition="attachment", filename='Gespräch "1"\r\n.ogg'
    )
    header = around.fetch(link.url).headers["content-disposition"]

    assert header == (
        'attachment; filename="Gespr_ch__1___.ogg"; '
        "filename*=UTF-8''Gespr%C3%A4ch%20%221%22%0D%0A.ogg"
    )


def refused(answer: Answer) -> bool:
    return answer.status == 403 and AUDIO not in answer.body


def test_a_link_ends_when_it_said(around: Surroundings) -> None:
    put(around.store)
    link = presign(around.store, lifetime=timedelta(seconds=1))

    assert around.fetch(link.url).status == 200
    wait_for(lambda: refused(around.fetch(link.url)), seconds=5)


def test_a_forged_link_is_refused(around: Surroundings) -> None:
    other = KEY.replace("9f1e", "0000")
    put(around.store)
    put(around.store, key=other)
    url = presign(around.store).url

    assert around.fetch(url).status == 200
    assert refused(around.fetch(around.unsigned(url)))
    assert refused(around.fetch(around.altered(url)))
    assert refused(around.fetch(around.for_other_key(url, KEY, other)))
    for last in "0123456789abcdef".replace(url[-1], ""):
        assert refused(around.fetch(url[:-1] + last))


def test_a_link_to_nothing_is_404(around: Surroundings) -> None:
    assert around.fetch(presign(around.store).url).status == 404


@pytest.mark.parametrize("seconds", [-1, 0, 0.5, 300.5, 301, 3600])
def test_no_link_outlives_five_minutes(store: MediaStore, seconds: float) -> None:
    with pytest.raises(LinkRefused):
        presign(store, lifetime=timedelta(seconds=seconds))


def test_deletion_takes_every_version_and_nothing_else(store: MediaStore) -> None:
    neighbours = [f"{KEY}.json", KEY.replace("1.ogg", "10.ogg"), f"{KEY}x"]
    for key in neighbours:
        put(store, key=key)
    put(store, content=b"12345")
    put(store, content=b"1234567")
    listed = store.list_versions(KEY)

    deletion = store.delete_all_versions(KEY)

    versioned = bool(store.capabilities().versioning)
    assert deletion.versions == (2 if versioned else 1)
    assert deletion.bytes == (12 if versioned else 7)
    assert deletion.delete_markers == 0
    assert (listed.versions, listed.bytes) == (deletion.versions, deletion.bytes)
    assert store.head(KEY) is None
    assert store.list_versions(KEY) == Listing(versions=0, bytes=0)
    assert all(store.head(key) for key in neighbours)


def test_deleting_what_is_not_there_is_done_at_once(store: MediaStore) -> None:
    put(store)
    store.delete_all_versions(KEY)

    again = store.delete_all_versions(KEY)

    assert (again.versions, again.delete_markers, again.bytes) == (0, 0, 0)


def test_a_sound_store_finds_nothing_broken_and_leaves_nothing_behind(
    around: Surroundings, store: MediaStore
) -> None:
    found = store.diagnose()

    assert [one for one in found if one.level is Level.FAIL] == []
    told = [one.what for one in found]
    assert "an object in recordings/ is written and read back" in told
    assert "an object in recordings/ is deleted for ever, every version of it" in told
    assert around.objects() == []


def test_a_store_tells_its_time_if_it_has_one(store: MediaStore) -> None:
    told = store.clock()

    assert told is None or abs(datetime.now(UTC) - told) < timedelta(seconds=5)


def test_everything_is_listed_in_the_order_of_keys(store: MediaStore) -> None:
    names = ["a.ogg", "a/1.ogg", "a/2.ogg", "a-b/1.ogg", "b/c/1.ogg", "b0.ogg"]
    keys = sorted(f"recordings/{name}" for name in names)
    for key in [*reversed(keys), "exports/calls.csv"]:
        put(store, key)

    found = list(store.listed("recordings/"))

    assert [one.key for one in found] == keys
    assert {(one.size, one.is_latest, one.is_marker) for one in found} == {
        (len(AUDIO), True, False)
    }
    for one in found:
        head = store.head(one.key)
        assert head is not None
        assert (one.version_id, one.etag) == (head.version_id, head.etag)
    for n, key in enumerate(keys):
        assert [one.key for one in store.listed("recordings/", after=key)] == keys[
            n + 1 :
        ]
    assert list(store.listed("recordings/nothing/")) == []
