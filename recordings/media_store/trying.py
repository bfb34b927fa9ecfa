"""Try a store out with an object of its own: written, read back, removed for ever."""

import io
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from recordings.finding import Finding, fail, ok, warn
from recordings.media_store.base import MediaStore
from recordings.media_store.errors import StoreError

PROBE = b"Earwitness looks whether it can write, read and delete here.\n"

Remedy = Callable[[str, str, StoreError], str]
"""What to do about a failed step ('write', 'read', 'delete') in a folder."""


def probe_key(prefix: str) -> str:
    """A key below the prefix, shaped like those of recordings."""
    return f"{prefix}{datetime.now(UTC):%Y/%m/%d}/doctor-{uuid.uuid4()}.ogg"


def try_out(
    store: MediaStore,
    *,
    key: str,
    remedy: Remedy,
    while_there: Callable[[], list[Finding]] = list,
) -> Iterator[Finding]:
    """Put, head, read back and delete an object; whatever happens, it is removed.

    `while_there` is called while the object exists and tells what else it found.
    """
    folder = key.partition("/")[0]
    try:
        store.put(key, io.BytesIO(PROBE), "audio/ogg")
    except StoreError as error:
        yield _not_written(store, key, folder, remedy, error)
        return
    try:
        found = [_read_back(store, key, folder, remedy), *while_there()]
    finally:
        removed = _remove(store, key, folder, remedy)
    yield from (*found, removed)


def _not_written(
    store: MediaStore, key: str, folder: str, remedy: Remedy, error: StoreError
) -> Finding:
    """A put looks at what it wrote: if something is there, only that was refused."""
    try:
        was_written = store.delete_all_versions(key).versions > 0
    except StoreError:
        was_written = False
    if was_written:
        what = f"nothing can be read in {folder}/: {error}"
        return fail(what, remedy("read", folder, error))
    what = f"nothing can be written to {folder}/ from here: {error}"
    return fail(what, remedy("write", folder, error))


def _read_back(store: MediaStore, key: str, folder: str, remedy: Remedy) -> Finding:
    try:
        found = store.head(key)
        with store.open_range(key) as stream:
            content = stream.read()
    except StoreError as error:
        what = f"nothing can be read in {folder}/: {error}"
        return fail(what, remedy("read", folder, error))
    if found is None or found.size != len(PROBE) or content != PROBE:
        return fail(
            f"{folder}/ gave back something other than was written",
            "Look for a proxy or a cache in front of the store.",
        )
    if found.is_unencrypted:
        return warn(
            f"an object in {folder}/ is read back, and lies there unencrypted",
            "Apply docs/s3/encryption.json; EARWITNESS_S3_ENCRYPTED=0 if that is meant.",
        )
    return ok(f"an object in {folder}/ is written and read back")


def _remove(store: MediaStore, key: str, folder: str, remedy: Remedy) -> Finding:
    try:
        store.delete_all_versions(key)
    except StoreError as error:
        what = f"nothing can be deleted for ever in {folder}/: {error}"
        return fail(what, remedy("delete", folder, error))
    return ok(f"an object in {folder}/ is deleted for ever, every version of it")
