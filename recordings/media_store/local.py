"""Recordings in a folder: what `make run` and small installations use.

One file an object, written beside its place and renamed into it, so that a reader
or a crash never meets half of one. A folder has no versions, locks or tags.
"""

import io
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, TypeVar

from django.urls import reverse

from compliance.retention.tiers import TierRule
from recordings.finding import Finding
from recordings.media_store import local_diagnosis, local_links, local_listing
from recordings.media_store.archive import Speed, WayBack
from recordings.media_store.base import (
    CHUNK_BYTES,
    ByteStream,
    Capabilities,
    Deletion,
    Disposition,
    Link,
    Listed,
    Listing,
    Marking,
    StoredObject,
)
from recordings.media_store.egress import EgressUpload
from recordings.media_store.errors import (
    AlreadyThere,
    DeletionIncomplete,
    InvalidKey,
    ObjectMissing,
    StoreError,
    StoreRefused,
    StoreUnavailable,
)
from recordings.media_store.lifecycle import StoreRule
from recordings.media_store.link_rules import checked_lifetime
from recordings.media_store.local_files import files_of, flush_folder, translated, write
from recordings.media_store.object_keys import checked_key, content_type_of

T = TypeVar("T")


class Slice:
    """At most `length` bytes of an open file, also iterable in chunks."""

    def __init__(self, file: BinaryIO, length: int | None) -> None:
        self._file = file
        self._left = length

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes of what is left."""
        if self._left is not None:
            size = self._left if size < 0 else min(size, self._left)
        with translated():
            data = self._file.read(size)
        if self._left is not None:
            self._left -= len(data)
        return data

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self.read(CHUNK_BYTES), b"")

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class LocalStore:
    """The folder store. `root` is made when the first object is written."""

    name = "local"

    def __init__(self, root: Path) -> None:
        self._root = Path(root)

    def capabilities(self) -> Capabilities:
        """A folder keeps objects and nothing more."""
        return Capabilities(
            versioning=False, object_lock=False, tags=False, lifecycle=False
        )

    def head(self, key: str, version_id: str | None = None) -> StoredObject | None:
        """Size and times of the file; the entity tag changes with both."""
        path = self._path(key)
        try:
            with translated():
                found = path.stat()
        except ObjectMissing:
            return None
        return StoredObject(
            key=key,
            size=found.st_size,
            etag=f"{found.st_mtime_ns:x}-{found.st_size:x}",
            version_id="",
            content_type=content_type_of(key),  # a folder remembers none
            modified_at=datetime.fromtimestamp(found.st_mtime, UTC),
        )

    @contextmanager
    def open_range(
        self,
        key: str,
        *,
        start: int = 0,
        length: int | None = None,
        version_id: str | None = None,
    ) -> Iterator[ByteStream]:
        """Stream a part of the file."""
        stream = self.open_slice(key, start=start, length=length)
        try:
            yield stream
        finally:
            stream.close()

    def open_slice(self, key: str, *, start: int, length: int | None) -> Slice:
        """Like open_range, for a caller that closes the stream itself."""
        with translated():
            file = self._path(key).open("rb")
            file.seek(start)
        return Slice(file, length)

    def presign(
        self,
        key: str,
        *,
        version_id: str | None,
        lifetime: timedelta,
        disposition: Disposition,
        filename: str,
        content_type: str,
    ) -> Link:
        """A link to our own view, which checks and streams (local_view.py)."""
        until = int(time.time() + checked_lifetime(lifetime).total_seconds())
        token = local_links.sign(
            local_links.Grant(
                key=checked_key(key),
                until=until,
                disposition=disposition,
                filename=filename,
                content_type=content_type,
            )
        )
        return Link(
            url=reverse("local_media", query={local_links.PARAMETER: token}),
            expires_at=datetime.fromtimestamp(until, UTC),
        )

    def put(self, key: str, stream: ByteStream, content_type: str) -> StoredObject:
        """Write beside the place, flush to disk, rename: all or nothing."""
        path = self._path(key)
        beside = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
        with translated():
            # parents that mkdir makes on the way get no mode of ours
            self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                write(beside, stream)
                beside.replace(path)
            except BaseException:
                beside.unlink(missing_ok=True)
                raise
            flush_folder(path.parent)
        stored = self.head(key)
        if stored is None:
            raise StoreUnavailable("The file was gone as soon as it was written.")
        return stored

    def put_once(
        self, key: str, content: bytes, content_type: str, *, keep_until: datetime
    ) -> None:
        """Write beside the place and link into it, which fails where a file is."""
        path = self._path(key)
        beside = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
        with translated():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                write(beside, io.BytesIO(content))
                path.hardlink_to(beside)
            except FileExistsError as error:
                raise AlreadyThere("A file lies there already.") from error
            finally:
                beside.unlink(missing_ok=True)
            flush_folder(path.parent)

    def keys(self, prefix: str, *, after: str = "") -> Iterator[str]:
        """The same walk, for names alone."""
        with translated():
            yield from local_listing.keys(self._root, prefix, after=after)

    def listed(self, prefix: str, *, after: str = "") -> Iterator[Listed]:
        """The folder, walked in the order of keys (local_listing.py)."""
        with translated():
            yield from local_listing.listed(self._root, prefix, after=after)

    def list_versions(self, key: str) -> Listing:
        """The file and whatever a killed writer left beside it."""
        with translated():
            sizes = [found.stat().st_size for found in files_of(self._path(key))]
        return Listing(versions=len(sizes), bytes=sum(sizes))

    def list_several(self, keys: Collection[str]) -> dict[str, Listing | StoreError]:
        """One after another: a folder knows no other way."""
        return {key: _told(self.list_versions, key) for key in keys}

    def delete_all_versions(self, key: str) -> Deletion:
        """Remove the file and whatever a killed writer left beside it."""
        path = self._path(key)
        versions = removed_bytes = 0
        with translated():
            for found in files_of(path):
                removed_bytes += found.stat().st_size
                found.unlink(missing_ok=True)
                versions += 1
            if versions:
                flush_folder(path.parent)
        if self.head(key) is not None:
            raise DeletionIncomplete("The file is still there after its deletion.")
        return Deletion(versions=versions, delete_markers=0, bytes=removed_bytes)

    def lock(self, key: str, *, version_id: str, until: datetime, firmly: bool) -> None:
        """A folder has no locks."""
        raise StoreRefused("A folder locks nothing.")

    def delete_several(self, keys: Collection[str]) -> dict[str, Deletion | StoreError]:
        """One after another, too."""
        return {key: _told(self.delete_all_versions, key) for key in keys}

    def set_hold(self, key: str, *, on: bool) -> Marking:
        """A folder has neither locks nor tags, and says so."""
        return Marking(is_there=self.head(key) is not None)

    def opens(self, key: str, *, version_id: str) -> bool:
        """A folder has no archive."""
        return True

    def ways_back(self, storage_class: str) -> list[WayBack]:
        """A folder has no archive."""
        return []

    def bring_back(self, key: str, *, version_id: str, days: int, speed: Speed) -> None:
        """A folder has no archive."""
        raise StoreRefused("A folder has no archive.")

    def label(self, key: str, *, version_id: str, marks: Mapping[str, str]) -> bool:
        """A folder has no tags, and says so."""
        return False

    def lifecycle(self) -> list[StoreRule] | None:
        """None: a folder does nothing by itself."""
        return None

    def planned_lifecycle(self, rules: Sequence[TierRule]) -> list[StoreRule] | None:
        """None: a folder does nothing by itself."""
        return None

    def set_lifecycle(self, rules: Sequence[TierRule], *, seen: str) -> list[StoreRule]:
        """A folder takes no rules."""
        raise StoreRefused("A folder does nothing by itself.")

    def diagnose(self) -> list[Finding]:
        """The folder, its disk, and who may look into it (local_diagnosis.py)."""
        return local_diagnosis.examine(self, self._root)

    def clock(self) -> datetime | None:
        """None: a folder goes by the clock of this machine."""
        return None

    def upload_target(self) -> EgressUpload | None:
        """None: a real Egress runs elsewhere and cannot write into this folder."""
        return None

    def _path(self, key: str) -> Path:
        path = self._root / checked_key(key)
        if not path.resolve().is_relative_to(self._root.resolve()):
            raise InvalidKey("The object lies outside the folder of the store.")
        return path


def _told(ask: Callable[[str], T], key: str) -> T | StoreError:
    """What comes of it, or the error as an answer."""
    try:
        return ask(key)
    except StoreError as error:
        return error
