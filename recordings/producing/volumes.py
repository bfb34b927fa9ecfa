"""Makes one volume of a production: the originals, as they lie in the store.

They are copied from one store into the other without a file here. Each is hashed on its
way and compared with the hash it got when it was recorded. A volume is a row: a worker
that dies leaves the volumes before it as they are, and the next begins with its own.
What cannot be produced is noted with its reason.
"""

import hashlib
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import IO, cast
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from compliance import packages
from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import excerpt, log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.packages import Kind, Made
from recordings import media_store
from recordings.media_store.base import ByteStream
from recordings.media_store.errors import (
    ObjectMissing,
    StoreError,
    StoreRefused,
    UnknownStore,
)
from recordings.models import ProducedItem, Production, Recording, Volume
from recordings.producing import bringing_back, papers
from recordings.producing.zipping import Member, Reader, chunks_of, stream

LEASE = timedelta(minutes=5)
"""Longer than a store may take for its last word on an upload; renewed meanwhile."""
RENEWED_EVERY = 1.0
"""Seconds; as often it is told how far it is."""
AT_ONCE = 2
"""So many volumes are made at a time, whatever the number of workers."""
PAGE = 200
Problem = ProducedItem.Problem
KIND = Kind(
    model=Volume,
    verb=Verb.PRODUCE,
    lease=LEASE,
    counted="items",
    made=Action.PRODUCTION_VOLUME_MADE,
    failed=Action.PRODUCTION_VOLUME_FAILED,
    deleted=Action.PRODUCTION_VOLUME_DELETED,
    lost=(OSError, StoreError),
)


def due(*, now: datetime, limit: int) -> list[UUID]:
    """Ids of volumes that can be made now: papers once all others of theirs are ready, the
    others once none of their originals lies closed in an archive."""
    making = Volume.objects.filter(state=Volume.State.MAKING, expires_at__gt=now)
    free = AT_ONCE - making.exclude(pk__in=_ready(now).values("pk")).count()
    return list(_ready(now).values_list("id", flat=True)[: max(0, min(limit, free))])


def make(*, volume_id: UUID, now: datetime) -> bool:
    """Make one volume; returns whether this call finished it."""
    if not _ready(now).filter(id=volume_id).exists():
        return False
    return packages.make(KIND, _write, package_id=volume_id, now=now)


def _ready(now: datetime) -> QuerySet[Volume]:
    unmade = Volume.objects.filter(production=OuterRef("production"), number__gt=0)
    rows = packages.waiting(KIND, now=now).filter(
        production__state=Production.State.MAKING
    )
    closed = bringing_back.closed(Q(volume=OuterRef("pk")), now=now)
    return rows.exclude(Exists(closed)).exclude(
        Q(number=Volume.PAPERS) & Exists(unmade.exclude(state=Volume.State.READY))
    )


def _write(volume: Volume) -> Made:
    policy.require(volume.owner, Verb.PRODUCE, volume.production)
    work = _Work(volume)
    with ExitStack() as files:
        members = papers.members if volume.is_papers else work.originals
        reader = Reader(stream(members(volume, files)), work.beat)
        name = packages.store(KIND, volume, cast("IO[bytes]", reader))
    also = {"size": reader.size, "sha256": reader.sha256}
    counted = volume.planned if volume.is_papers else work.done
    return Made(name, counted, reader.size, also, lambda: _tell(volume))


class _Work:
    """One attempt at one volume: how far it is, and what came of each item."""

    def __init__(self, volume: Volume) -> None:
        self.done = 0
        self._volume = volume
        self._told = time.monotonic()

    def beat(self) -> None:
        """Renew the lease, not more often than people look. Raises Superseded."""
        if time.monotonic() - self._told >= RENEWED_EVERY:
            self._told = time.monotonic()
            packages.go_on(KIND, self._volume, items=self.done)

    def originals(self, volume: Volume, files: ExitStack) -> Iterator[Member]:
        """The recordings one after the other, then the log's entries about them."""
        items = volume.contents.select_related("recording").order_by("position")
        about: set[UUID] = set()
        settled: list[ProducedItem] = []
        for item in items.iterator(chunk_size=PAGE):
            about |= {key for key in (item.call_id, item.recording_id) if key}
            yield from self._original(item)
            settled.append(item)
            self.done += 1
            if len(settled) == PAGE:
                _keep(settled)
        _keep(settled)
        yield from _trail(volume, about, files)

    def _original(self, item: ProducedItem) -> Iterator[Member]:
        part = item.recording
        item.file, item.sha256, item.bytes = "", "", None
        item.state = part.state if part else ""
        item.problem = Problem.NOT_PLAYABLE if part else Problem.NOT_RECORDED
        if part is None or not part.is_hearable:
            return
        try:
            with media_store.store(part.store).open_range(
                part.object_key, version_id=part.version_id or None
            ) as file:
                name = path_of(part)
                began = part.started_at or part.planned_at
                chunks = _hashed(file, item, part)
                yield Member(name, part.bytes or 0, began, chunks)
                item.file = name
        except ObjectMissing:
            item.problem = Problem.MISSING
        except (StoreRefused, UnknownStore):
            item.problem = Problem.UNREACHABLE


def path_of(part: Recording) -> str:
    """Where a recording lies in the package: by ids alone."""
    return (
        f"recordings/{part.call_id}/{part.part}{PurePosixPath(part.object_key).suffix}"
    )


def _hashed(file: ByteStream, item: ProducedItem, part: Recording) -> Iterator[bytes]:
    """The bytes; in the end the item knows their hash, and whether it is the right one."""
    digest, size = hashlib.sha256(), 0
    for chunk in chunks_of(file):
        digest.update(chunk)
        size += len(chunk)
        yield chunk
    item.sha256, item.bytes = digest.hexdigest(), size
    item.problem = "" if item.sha256 == part.sha256 else Problem.ALTERED


def _keep(settled: list[ProducedItem]) -> None:
    fields = ["file", "sha256", "bytes", "problem", "state"]
    ProducedItem.objects.bulk_update(settled, fields)
    settled.clear()


def _tell(volume: Volume) -> None:
    """Each recording that was put in has an entry of its own."""
    production = volume.production
    for item in volume.contents.exclude(file="").select_related("recording__call"):
        facts: dict[str, Fact] = {"production": str(production.pk)}
        facts |= {"to": production.to, "unaltered": not item.problem}
        log.append(
            Action.RECORDING_PRODUCED,
            subject=item.recording,
            actor=volume.owner,
            facts=facts,
        )


def _trail(volume: Volume, about: set[UUID], files: ExitStack) -> Iterator[Member]:
    """The entries with their proofs: written here first, as they are read in one go."""
    file = files.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
    _entries, note = excerpt.write(file, about)
    size = file.tell()
    file.seek(0)
    at = volume.asked_at
    name = f"audit/{volume.number:03}"
    yield Member(f"{name}.jsonl", size, at, chunks_of(file))
    yield Member(f"{name}.checkpoint.txt", len(note), at, iter([note.encode()]))
