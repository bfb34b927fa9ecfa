"""Makes derived files: the worker's part of `renditions`.

The original is streamed through the encoder into a temporary file, which is then put
below the original's folder. A worker holds a lease that it renews while it encodes and
while it uploads; one that lost it stops, and leaves nothing where nobody would look.
A recording is not destroyed while a lease on one of its files runs (`destruction`).
"""

import hashlib
import logging
import time
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.leases import FREE
from recordings import destruction, media_store, summary
from recordings.audio.transcoding import CannotBeRead, transcode
from recordings.media_store.base import StoredObject
from recordings.media_store.errors import StoreError
from recordings.media_store.object_keys import content_type_of
from recordings.models import Recording, Rendition

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
"""Longer than a store may take for its last word on an upload; renewed meanwhile."""
RENEWED_EVERY = 1.0
"""Seconds; as often it is told how far it is."""
WAIT = timedelta(seconds=30)
"""Before another try, and again as long with every one."""
MOST_TRIES = 3
State = Rendition.State


class _Superseded(Exception):
    """Another worker has this file now, or nobody wants it any more."""


def make(*, rendition_id: UUID, now: datetime) -> bool:
    """Write one derived file; returns whether this call finished it.

    What fails is tried again a little later, three times in all. Nothing is made of a
    recording that nobody may hear.
    """
    rendition = _claim(rendition_id, now)
    if rendition is None:
        return False
    lease = _Lease(rendition)
    try:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "sound"
            _write(rendition, path, lease)
            with path.open("rb") as file:
                stored, sha256 = _put(rendition, file, lease)
        return _finish(rendition, stored, sha256, now)
    except _Superseded:
        return False
    except CannotBeRead:
        _failed(_held(rendition), rendition, "not_audio", now)
        return False
    except Exception as error:
        _put_back(rendition, error, now)
        raise


def due(*, now: datetime, limit: int) -> list[UUID]:
    """Ids of files that no worker has in hand, of recordings that may be heard.

    None while as many are made as may be at once: a worker that writes files starts no
    recorder meanwhile.
    """
    if _is_full():
        return []
    rows = Rendition.objects.filter(
        FREE, state__in=Rendition.UNFINISHED, recording__state__in=Recording.HEARABLE
    ).exclude(recording__expires_at__lte=now)
    return list(rows.order_by("asked_at").values_list("id", flat=True)[:limit])


def sweep(*, now: datetime) -> int:
    """Delete for ever the files whose day is over; returns how many went.

    One that the store does not let go stays for the next run.
    """
    gone = 0
    for rendition_id in destruction.over(now=now):
        try:
            gone += destruction.drop(rendition_id=rendition_id, now=now)
        except StoreError:
            told = {"rendition": str(rendition_id)}
            logger.exception("renditions.not_deleted", extra=told)
    return gone


def _is_full() -> bool:
    making = Rendition.objects.filter(state=State.MAKING, claimed_until__gt=Now())
    most: int = settings.RENDITIONS_AT_ONCE
    return making.count() >= most


def _claim(rendition_id: UUID, now: datetime) -> Rendition | None:
    """Lease it under the lock of its call, as `destruction` begins under it."""
    rows = Rendition.objects.select_related("recording")
    asked = rows.filter(id=rendition_id).first()
    if asked is None or _is_full():
        return None
    with transaction.atomic():
        summary.lock(asked.recording.call_id)
        free = rows.select_for_update(of=("self",)).filter(
            FREE, id=rendition_id, state__in=Rendition.UNFINISHED
        )
        rendition = free.first()
        if rendition is None or not _may_be_heard(rendition.recording, now):
            return None
        if rendition.tries >= MOST_TRIES:
            _failed(free, rendition, "worker_lost", now)
            return None
        rendition.attempt += 1
        rendition.tries += 1
        rendition.state = State.MAKING
        rendition.done_ms = 0
        rendition.save(update_fields=["attempt", "tries", "state", "done_ms"])
        _held(rendition).update(claimed_until=Now() + LEASE)
        return rendition


def _may_be_heard(recording: Recording, now: datetime) -> bool:
    until = recording.expires_at
    return recording.is_hearable and (until is None or until > now)


def _held(rendition: Rendition) -> QuerySet[Rendition]:
    """The row, as long as this attempt has it."""
    return Rendition.objects.filter(
        id=rendition.id, attempt=rendition.attempt, state=State.MAKING
    )


class _Lease:
    """Renews itself while the work goes on. Raises _Superseded once it is lost."""

    def __init__(self, rendition: Rendition) -> None:
        self._rendition = rendition
        self._done_ms = 0
        self._renewed = time.monotonic()

    def tell(self, done_ms: int) -> None:
        """So much of the sound is written."""
        self._done_ms = done_ms
        self.renew()

    def renew(self) -> None:
        """Write it down, not more often than people look."""
        if time.monotonic() - self._renewed < RENEWED_EVERY:
            return
        self._renewed = time.monotonic()
        going_on = {"done_ms": self._done_ms, "claimed_until": Now() + LEASE}
        if not _held(self._rendition).update(**going_on):
            raise _Superseded


class _Watched:
    """A file on its way to the store: hashed, and the lease renewed meanwhile."""

    def __init__(self, file: IO[bytes], lease: _Lease) -> None:
        self._file = file
        self._lease = lease
        self._hash = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """Of what was read, in hex."""
        return self._hash.hexdigest()

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes; empty at the end."""
        self._lease.renew()
        data = self._file.read(size)
        self._hash.update(data)
        return data


def _write(rendition: Rendition, path: Path, lease: _Lease) -> None:
    part = rendition.recording
    version_id = part.version_id or None
    with media_store.store(part.store).open_range(
        part.object_key, version_id=version_id
    ) as stream:
        transcode(stream, path, form=rendition.form, tell=lease.tell)


def _put(
    rendition: Rendition, file: IO[bytes], lease: _Lease
) -> tuple[StoredObject, str]:
    """Store the file in place of what a dead attempt may have left."""
    destruction.clear(rendition)
    key, watched = rendition.object_key, _Watched(file, lease)
    store = media_store.store(rendition.store)
    return store.put(key, watched, content_type_of(key)), watched.sha256


def _finish(
    rendition: Rendition, stored: StoredObject, sha256: str, now: datetime
) -> bool:
    with transaction.atomic():
        ready = _held(rendition).update(
            state=State.READY,
            version_id=stored.version_id,
            bytes=stored.size,
            sha256=sha256,
            settled_at=now,
            claimed_until=None,
        )
        if ready:
            facts: dict[str, Fact] = {"form": rendition.form}
            facts |= {"bytes": stored.size, "sha256": sha256}
            subject = rendition.recording
            log.append(Action.RENDITION_MADE, subject=subject, facts=facts)
    if not ready and not Rendition.objects.filter(id=rendition.id).exists():
        destruction.clear(rendition)  # it was destroyed while this worker slept
    return bool(ready)


def _put_back(rendition: Rendition, error: Exception, now: datetime) -> None:
    """Let it be tried again a little later, unless it was tried often enough."""
    if rendition.tries >= MOST_TRIES:
        _failed(_held(rendition), rendition, type(error).__name__[:60], now)
        return
    later = Now() + WAIT * rendition.tries
    _held(rendition).update(state=State.WAITING, claimed_until=later)


def _failed(
    mine: QuerySet[Rendition], rendition: Rendition, reason: str, now: datetime
) -> None:
    with transaction.atomic():
        gone = {"state": State.FAILED, "reason": reason, "settled_at": now}
        if mine.update(**gone, claimed_until=None):
            facts: dict[str, Fact] = {"form": rendition.form, "reason": reason}
            subject = rendition.recording
            log.append(Action.RENDITION_FAILED, subject=subject, facts=facts)
