"""The port through which the product keeps and reads recordings.

Every store (a folder, S3, later others) answers the same questions in the same
words; what one cannot do is said by its `Capabilities`, never imitated.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol

from compliance.retention.tiers import TierRule
from recordings.finding import Finding
from recordings.media_store.archive import Speed, WayBack
from recordings.media_store.egress import EgressUpload
from recordings.media_store.errors import StoreError
from recordings.media_store.lifecycle import StoreRule

Disposition = Literal["inline", "attachment"]

CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True)
class Capabilities:
    """What this store can do. None: we were not allowed to look."""

    versioning: bool | None
    object_lock: bool | None
    tags: bool | None
    lifecycle: bool | None


@dataclass(frozen=True)
class StoredObject:
    """What the store says about one object. `version_id` is "" without versions."""

    key: str
    size: int
    etag: str
    version_id: str
    content_type: str
    modified_at: datetime
    is_unencrypted: bool = False
    """The store was to encrypt it, and says that it did not."""
    storage_class: str = ""
    """The store's own word for how it keeps it; "" where it has no classes."""
    is_archived: bool = False
    """It may have to be brought back before it can be read."""
    is_coming: bool = False
    """The store is bringing it back."""
    open_until: datetime | None = None
    """A copy of what is archived can be read until then."""
    locked_until: datetime | None = None
    """Until then the store lets nobody delete this version."""
    locked_firmly: bool = False
    """That lock is for everybody; else whoever may bypass it can."""


@dataclass(frozen=True)
class Link:
    """A URL that plays one object until `expires_at`. Whoever has it can listen."""

    url: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True)
class Listing:
    """What lies under one key; markers, which hold nothing, are not counted."""

    versions: int
    bytes: int
    ids: tuple[str, ...] = field(default=(), compare=False)
    """Of these versions, where the store has ids for them."""


@dataclass(frozen=True)
class Listed:
    """One version, or marker, as a listing of the store tells it; "" without versions."""

    key: str
    version_id: str
    size: int
    etag: str
    modified_at: datetime
    is_latest: bool = True
    is_marker: bool = False


@dataclass(frozen=True)
class Deletion:
    """What was removed, counted from the store's own listing; absence was proved."""

    versions: int
    delete_markers: int
    bytes: int
    request_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Marking:
    """What the store's own legal hold on one key is now.

    is_there: something lies under the key. changed: it was not as it was to be.
    """

    is_there: bool = False
    locked: bool = False
    tagged: bool = False
    changed: bool = False


class ByteStream(Protocol):
    """Bytes that are read once, from front to back."""

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes; empty at the end; all of them when negative."""
        ...


class MediaStore(Protocol):
    """A place that keeps recordings. Every method may raise a StoreError."""

    @property
    def name(self) -> str:
        """Which store this is: kept as a fact on every recording."""
        ...

    def capabilities(self) -> Capabilities:
        """What the store can do, asked once a process."""
        ...

    def head(self, key: str, version_id: str | None = None) -> StoredObject | None:
        """What lies under the key, or None when nothing does."""
        ...

    def open_range(
        self,
        key: str,
        *,
        start: int = 0,
        length: int | None = None,
        version_id: str | None = None,
    ) -> AbstractContextManager[ByteStream]:
        """Stream bytes from `start`; past the end the stream is empty.

        Raises ObjectMissing on entering, StoreUnavailable also while reading.
        """
        ...

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
        """A link to the object. It does not look whether the object exists.

        Raises LinkRefused over five minutes, or when the signing credentials end
        in less than half a minute; shortens the link to their end otherwise.
        """
        ...

    def put(self, key: str, stream: ByteStream, content_type: str) -> StoredObject:
        """Store the whole stream under the key, or nothing at all."""
        ...

    def put_once(
        self, key: str, content: bytes, content_type: str, *, keep_until: datetime
    ) -> None:
        """Store it where nothing lies yet; until that day nobody can delete it, where
        the store has such a lock. Raises AlreadyThere.
        """
        ...

    def keys(self, prefix: str, *, after: str = "") -> Iterator[str]:
        """The keys that begin with the prefix, sorted, from behind `after`."""
        ...

    def listed(self, prefix: str, *, after: str = "") -> Iterator[Listed]:
        """Every version and marker below the prefix, sorted by key, from behind `after`.
        A stream: however much there is, one page of it lies in memory.
        """
        ...

    def list_versions(self, key: str) -> Listing:
        """Count what `delete_all_versions` would remove of exactly this key."""
        ...

    def list_several(self, keys: Collection[str]) -> Mapping[str, Listing | StoreError]:
        """The same for several keys in as few calls as the store can. None raises."""
        ...

    def delete_all_versions(self, key: str) -> Deletion:
        """Remove every version and marker of exactly this key, then prove it gone.

        Deleting what is not there succeeds with zero counts. Raises
        DeletionIncomplete when something is left, StoreRefused when it is locked.
        """
        ...

    def lock(self, key: str, *, version_id: str, until: datetime, firmly: bool) -> None:
        """Have the store let nobody delete this version before that moment.

        firmly: really nobody; else but those who may bypass such locks. A lock is only
        ever made longer and never looser: raises LockShortened, before the store is
        asked to. Raises StoreRefused where the store has no locks.
        """
        ...

    def delete_several(
        self, keys: Collection[str]
    ) -> Mapping[str, Deletion | StoreError]:
        """The same for several keys in as few calls as the store can. None raises: each
        key has what was there, or why something of it may still be.
        """
        ...

    def set_hold(self, key: str, *, on: bool) -> Marking:
        """Lock every version of exactly this key against deletion, and tag it, as far as
        the store can; or lift both. What is set already is left alone.
        """
        ...

    def opens(self, key: str, *, version_id: str) -> bool:
        """Whether what is archived can be read at this moment: one byte is asked for."""
        ...

    def ways_back(self, storage_class: str) -> list[WayBack]:
        """How what lies in a class of the store's is brought back; none: it need not be."""
        ...

    def bring_back(self, key: str, *, version_id: str, days: int, speed: Speed) -> None:
        """Have the store make a copy that can be read, for so many days. Twice is once."""
        ...

    def label(self, key: str, *, version_id: str, marks: Mapping[str, str]) -> bool:
        """Have a version carry these marks, and none else of those that the store's
        lifecycle goes by (`lifecycle.MARKS`); returns whether it had to be changed.

        What is on hold gets none. A store without tags does nothing.
        """
        ...

    def lifecycle(self) -> list[StoreRule] | None:
        """What the store does by itself now; None where it has no such rules."""
        ...

    def planned_lifecycle(self, rules: Sequence[TierRule]) -> list[StoreRule] | None:
        """What it would do with these of ours, and with those of others as they are."""
        ...

    def set_lifecycle(self, rules: Sequence[TierRule], *, seen: str) -> list[StoreRule]:
        """Put these rules in the place of ours, leave those of others, and read it back.

        seen: the fingerprint of the rules that somebody decided upon. Raises
        LifecycleMoved where they are others by now, or the store did not keep them.
        """
        ...

    def diagnose(self) -> list[Finding]:
        """Look at settings and rights, and try the store out with an object of ours.

        For an operator who waits: gives up on a silent store within seconds.
        """
        ...

    def clock(self) -> datetime | None:
        """What time it is for the store; None where it has no clock of its own."""
        ...

    def upload_target(self) -> EgressUpload | None:
        """What Egress needs to write here; None where Egress cannot."""
        ...


def setting(config: Mapping[str, object], name: str) -> str:
    """A text setting of a store, "" when it is absent."""
    value = config.get(name)
    return "" if value is None else str(value)
