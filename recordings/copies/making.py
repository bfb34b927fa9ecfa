"""Makes a copy: the worker's part. Each recording is cut, and all of it encrypted.

It goes from one store into the other as a stream; a file lies here only while one
recording is cut. A worker holds a lease that it renews meanwhile; the next begins anew
in place of one that died, and leaves nothing of what that one stored.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, cast
from uuid import UUID

from django.conf import settings

from compliance import packages
from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit.actions import Action
from compliance.models import SubjectRequest
from compliance.packages import CannotBeMade, Kind, Made
from recordings import media_store
from recordings.audio import muting
from recordings.audio.transcoding import CannotBeRead
from recordings.copies import page, telling
from recordings.copies.judging import Cut, Judge, Withheld
from recordings.media_store.errors import (
    ObjectMissing,
    StoreError,
    StoreRefused,
    UnknownStore,
)
from recordings.models import AccessCopy, CopyItem, Recording
from recordings.producing.zipping import Member, Reader, chunks_of, stream

LEASE = timedelta(minutes=5)
"""Longer than a store may take for its last word on an upload; renewed meanwhile."""
RENEWED_EVERY = 1.0
"""Seconds; as often it is told how far it is."""
AT_ONCE = 1
"""So many copies are made at a time: cutting sound takes a whole processor."""
PAGE = 50
KIND = Kind(
    model=AccessCopy,
    verb=Verb.DOWNLOAD,
    lease=LEASE,
    counted="items",
    made=Action.COPY_MADE,
    failed=Action.COPY_FAILED,
    deleted=Action.COPY_DELETED,
    cleared={"given": 0},
    lost=(OSError, StoreError),
)


def due(*, now: datetime, limit: int) -> list[UUID]:
    """Ids of copies that can be made now."""
    waiting = packages.waiting(KIND, now=now)
    making = AccessCopy.objects.filter(
        state=AccessCopy.State.MAKING, expires_at__gt=now
    )
    free = AT_ONCE - making.exclude(pk__in=waiting.values("pk")).count()
    return packages.due(KIND, now=now, limit=max(0, min(limit, free)))


def make(*, copy_id: UUID, now: datetime) -> bool:
    """Make one copy; returns whether this call finished it."""
    return packages.make(KIND, partial(_write, now), package_id=copy_id, now=now)


def _write(now: datetime, copy: AccessCopy) -> Made:
    policy.require(copy.owner, Verb.HANDLE_REQUEST)
    if copy.request.identity != SubjectRequest.Identity.VERIFIED:
        raise CannotBeMade("identity")
    with TemporaryDirectory() as folder:
        work = _Work(copy, Path(folder) / "sound", now)
        sealed = stream(work.members(), passphrase=str(copy.passphrase))
        reader = Reader(sealed, work.beat)
        name = packages.store(KIND, copy, cast("IO[bytes]", reader))
    days = timedelta(days=settings.REQUESTS["copy_days"])
    also = {"size": reader.size, "sha256": reader.sha256, "given": work.given}
    return Made(name, work.done, reader.size, also | {"expires_at": now + days})


class _Work:
    """One attempt at one copy: how far it is, and what came of each recording."""

    def __init__(self, copy: AccessCopy, path: Path, now: datetime) -> None:
        self.done = self.given = 0
        self._copy, self._path, self._now = copy, path, now
        self._told = time.monotonic()

    def beat(self) -> None:
        """Renew the lease, not more often than people look. Raises Superseded."""
        if time.monotonic() - self._told >= RENEWED_EVERY:
            self._told = time.monotonic()
            packages.go_on(KIND, self._copy, items=self.done)

    def members(self) -> Iterator[Member]:
        """The recordings one after the other, then what is told of them."""
        for page_of in self._pages():
            parts = [item.recording for item in page_of]
            judge = Judge(self._copy.request, parts, now=self._now)
            for item in page_of:
                yield from self._item(item, judge)
                self.done += 1
            fields = ["file", "sound", "silenced", "sha256", "withheld"]
            CopyItem.objects.bulk_update(page_of, fields)
        told = telling.tell(self._copy, now=self._now)
        text = json.dumps(told, ensure_ascii=False, indent=1)
        yield self._paper("data.json", text)
        yield self._paper("index.html", page.drawn(told, self._copy.request))

    def _pages(self) -> Iterator[list[CopyItem]]:
        """Some at a time, each as it stands when its turn comes."""
        rows = self._copy.contents.select_related("recording__call__team")
        ordered = rows.order_by("position")
        for first in range(0, self._copy.planned, PAGE):
            yield list(ordered.filter(position__gte=first, position__lt=first + PAGE))

    def _item(self, item: CopyItem, judge: Judge) -> Iterator[Member]:
        item.file, item.sound, item.silenced, item.sha256 = "", "", 0, ""
        verdict = judge.judge(item.recording)
        if isinstance(verdict, Cut):
            policy.require(self._copy.owner, Verb.DOWNLOAD, item.recording)
            verdict = self._cut(item.recording, verdict) or verdict
        if isinstance(verdict, Withheld):
            item.withheld = verdict
            return
        item.withheld, item.sound = "", verdict.sound
        item.silenced = len(verdict.ranges)
        item.file = f"recordings/{item.position + 1:04}.{muting.FORM}"
        size = self._path.stat().st_size
        with self._path.open("rb") as file:
            digest = hashlib.sha256()
            yield Member(
                item.file, size, self._copy.asked_at, _hashed(file, digest.update)
            )
            item.sha256 = digest.hexdigest()
        self.given += 1

    def _cut(self, part: Recording, cut: Cut) -> Withheld | None:
        """Write what may leave of it here; why not, where it cannot be read."""
        self._path.unlink(missing_ok=True)
        try:
            with media_store.store(part.store).open_range(
                part.object_key, version_id=part.version_id or None
            ) as sound:
                muting.mute(
                    sound,
                    self._path,
                    keep=cut.channel,
                    ranges=cut.ranges,
                    tell=self.beat,
                )
        except (CannotBeRead, ObjectMissing, StoreRefused, UnknownStore):
            return Withheld.UNREADABLE
        return None

    def _paper(self, name: str, text: str) -> Member:
        data = text.encode()
        return Member(name, len(data), self._copy.asked_at, iter([data]))


def _hashed(file: IO[bytes], update: Callable[[bytes], None]) -> Iterator[bytes]:
    for chunk in chunks_of(file):
        update(chunk)
        yield chunk
