"""What the folder store does when its disk or its files misbehave."""

import errno
import io
import os
from pathlib import Path

import pytest

from recordings.media_store import errors
from recordings.media_store.local import LocalStore

KEY = "recordings/5d0c/2026/11/21/9f1e/1.ogg"


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "media")


def files(store: LocalStore) -> list[Path]:
    return [path for path in store._root.rglob("*") if path.is_file()]


class Failing:
    """Some bytes, then an error."""

    def __init__(self, error: Exception) -> None:
        self._error = error
        self._given = False

    def read(self, size: int = -1, /) -> bytes:
        if self._given:
            raise self._error
        self._given = True
        return b"half of it"


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.ENOSPC, errors.StoreFull),
        (errno.EDQUOT, errors.StoreFull),
        (errno.EACCES, errors.StoreRefused),
        (errno.EROFS, errors.StoreRefused),
        (errno.EIO, errors.StoreUnavailable),
    ],
)
def test_a_disk_that_fails_leaves_nothing_behind(
    store: LocalStore,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    expected: type[errors.StoreError],
) -> None:
    def fails(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    store.put(KEY, io.BytesIO(b"before"), "audio/ogg")
    monkeypatch.setattr(os, "fsync", fails)

    with pytest.raises(expected):
        store.put(KEY, io.BytesIO(b"after"), "audio/ogg")

    assert [path.read_bytes() for path in files(store)] == [b"before"]


def test_a_source_that_breaks_leaves_nothing_behind(store: LocalStore) -> None:
    with pytest.raises(errors.StoreUnavailable):
        store.put(KEY, Failing(errors.StoreUnavailable("gone")), "audio/ogg")

    assert files(store) == []
    assert store.head(KEY) is None


def test_what_a_killed_writer_left_goes_with_the_object(store: LocalStore) -> None:
    store.put(KEY, io.BytesIO(b"whole"), "audio/ogg")
    (store._root / KEY).with_name(".1.ogg.0123.part").write_bytes(b"half")

    deletion = store.delete_all_versions(KEY)

    assert (deletion.versions, deletion.bytes) == (2, 9)
    assert files(store) == []


def test_a_link_in_the_folder_leads_nowhere(store: LocalStore, tmp_path: Path) -> None:
    (tmp_path / "secret.ogg").write_bytes(b"secret")
    store.put(KEY, io.BytesIO(b"audio"), "audio/ogg")
    (store._root / "way").symlink_to(tmp_path)

    with pytest.raises(errors.InvalidKey):
        store.head("way/secret.ogg")


def test_files_are_for_the_owner_alone(store: LocalStore) -> None:
    store.put(KEY, io.BytesIO(b"audio"), "audio/ogg")

    assert [path.stat().st_mode & 0o077 for path in files(store)] == [0]


def test_a_folder_in_the_way_is_no_object(store: LocalStore) -> None:
    store.put(KEY, io.BytesIO(b"audio"), "audio/ogg")

    with (
        pytest.raises(errors.ObjectMissing),
        store.open_range("recordings/5d0c"),
    ):
        pass


def test_egress_cannot_write_into_a_folder(store: LocalStore) -> None:
    assert store.upload_target() is None
