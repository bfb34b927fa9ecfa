"""Two sorted streams side by side: what the store lists, and what the database knows.

Both are read page by page and never held, so the memory it takes does not grow with
them. Keys are compared byte by byte, as S3 sorts them; so does the column
(`db_collation="C"`).
"""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Case, F, Value, When

from recordings.media_store.base import Listed
from recordings.media_store.object_keys import DERIVED, PROBE_PREFIX
from recordings.models import Discrepancy, Recording, Rendition

Kind = Discrepancy.Kind
State = Recording.State

PREFIX = "recordings/"
_BEHIND = "recordings0"
"""The first string that sorts behind every key of the prefix."""
PAGE = 2000
_KEPT = frozenset(state.value for state in (*Recording.HEARABLE, *Recording.SHUT))
"""States in which the file has to be there."""
_GONE = (State.LOST, State.DESTROYED)
"""States in which nothing may be there any more: it has come back."""

RETURNED = "returned"
"""The row says that the file is gone, and it lies there."""
HIDDEN = "hidden"
"""A delete marker lies on top: whoever asks without a version finds nothing."""


class Known(NamedTuple):
    """A file that the database knows of."""

    key: str
    recording: UUID
    is_derived: bool
    state: str
    version_id: str
    bytes: int | None
    etag: str

    @property
    def has_to_be_there(self) -> bool:
        """Whether its absence is a loss: not while it is being made or destroyed."""
        if self.is_derived:
            return self.state == Rendition.State.READY
        return self.state in _KEPT or (self.state == State.FAILED and bool(self.bytes))

    @property
    def has_to_be_gone(self) -> bool:
        """Whether its presence is odd."""
        return not self.is_derived and self.state in _GONE


class Stored(NamedTuple):
    """All that lies under one key. same: the version that the database knows, if it is
    among them; newest: what a reader without a version gets, None under a marker."""

    versions: int = 0
    markers: int = 0
    bytes: int = 0
    newest: Listed | None = None
    same: Listed | None = None
    modified_at: datetime | None = None

    @property
    def is_hidden(self) -> bool:
        """Whether a marker lies on top of versions."""
        return bool(self.versions) and self.newest is None


class Pair(NamedTuple):
    """One key, as both tell it."""

    key: str
    stored: Stored
    known: Known | None


@dataclass(frozen=True)
class Judgement:
    """What is odd about a key: a kind, and what of it as a code."""

    kind: Discrepancy.Kind
    detail: str = ""


def judge(pair: Pair) -> Judgement | None:
    """What differs; None where all is well, and where it is too early to say.

    Whether an orphan is old enough is for the caller.
    """
    known, stored = pair.known, pair.stored
    if known is None:
        return Judgement(Kind.ORPHAN)
    if known.has_to_be_gone and stored.versions:
        return Judgement(Kind.ORPHAN, RETURNED)
    return _of_kept(known, stored) if known.has_to_be_there else None


def _of_kept(known: Known, stored: Stored) -> Judgement | None:
    if not stored.versions:
        return Judgement(Kind.LOST, HIDDEN if stored.markers else "")
    if stored.same is None:
        return Judgement(Kind.ALTERED, "version")
    if known.bytes is not None and stored.same.size != known.bytes:
        return Judgement(Kind.ALTERED, "size")
    if stored.is_hidden:
        return Judgement(Kind.EXTRA, HIDDEN)
    if stored.versions > 1 or stored.markers:
        return Judgement(Kind.EXTRA, "versions")
    return None


def has_other_tag(pair: Pair) -> bool:
    """Whether its entity tag is not what it was: only its hash can tell what that means."""
    known, same = pair.known, pair.stored.same
    if known is None or same is None or not known.etag:
        return False
    return same.etag != known.etag


def pairs(listed: Iterator[Listed], known: Iterator[Known]) -> Iterator[Pair]:
    """Both streams merged by key; both are sorted."""
    shelves = groupby(listed, key=attrgetter("key"))
    shelf, file = next(shelves, None), next(known, None)
    while shelf or file:
        if file is None or (shelf and shelf[0] < file.key):
            assert shelf is not None  # noqa: S101 - for the type checker
            if not shelf[0].startswith(PROBE_PREFIX):
                yield Pair(shelf[0], _stored(shelf[1], None), None)
            shelf = next(shelves, None)
        elif shelf is None or file.key < shelf[0]:
            yield Pair(file.key, Stored(), file)
            file = next(known, None)
        else:
            yield Pair(file.key, _stored(shelf[1], file), file)
            shelf, file = next(shelves, None), next(known, None)


def _stored(versions: Iterator[Listed], known: Known | None) -> Stored:
    count = markers = size = 0
    newest = same = latest = None
    for one in versions:
        if one.is_latest:
            latest = one
        if one.is_marker:
            markers += 1
            continue
        count, size = count + 1, size + one.size
        newest = newest or one
        if known and one.version_id == _plain(known.version_id):
            same = one
    hidden = latest is not None and latest.is_marker
    return Stored(
        versions=count,
        markers=markers,
        bytes=size,
        newest=None if hidden else newest,
        same=same,
        modified_at=(newest or latest).modified_at if newest or latest else None,  # type: ignore[union-attr]
    )


def _plain(version_id: str) -> str:
    """S3 calls the version of what was written without versions `null`."""
    return "" if version_id == "null" else version_id


def known(store: str, *, after: str = "") -> Iterator[Known]:
    """The files that the database knows to lie in this store, by key."""
    return heapq.merge(
        _paged(lambda place: _recordings(store, place), after),
        _paged(lambda place: _renditions(store, place), after),
        key=attrgetter("key"),
    )


def known_at(store: str, key: str) -> Known | None:
    """What the database knows of one key, now."""
    own = Recording.objects.filter(store=store, object_key=key)
    derived = Rendition.objects.filter(store=store, object_key=key)
    found = [*_read(own, is_derived=False), *_read(derived, is_derived=True)]
    return found[0] if found else None


def count(store: str) -> int:
    """How many files the database knows of in this store."""
    return sum(
        model.objects.filter(
            store=store, object_key__gte=PREFIX, object_key__lt=_BEHIND
        ).count()
        for model in (Recording, Rendition)
    )


def names_derived(key: str) -> bool:
    """Whether a key is that of a file made of a recording."""
    return f"/{DERIVED}" in key


def _paged(read: Callable[[str], list[Known]], after: str) -> Iterator[Known]:
    while rows := read(after):
        yield from rows
        if len(rows) < PAGE:
            return
        after = rows[-1].key


def _recordings(store: str, after: str) -> list[Known]:
    return _read(_behind(Recording.objects, store, after)[:PAGE], is_derived=False)


def _renditions(store: str, after: str) -> list[Known]:
    return _read(_behind(Rendition.objects, store, after)[:PAGE], is_derived=True)


def _behind(rows: Any, store: str, after: str) -> Any:
    place = {"object_key__gt": max(after, PREFIX), "object_key__lt": _BEHIND}
    return rows.filter(store=store, **place).order_by("object_key")


def _read(rows: Any, *, is_derived: bool) -> list[Known]:
    columns = ("object_key", "state", "version_id", "bytes")
    if is_derived:
        # it goes with its recording, and before it
        state = Case(
            When(recording__state=State.EXPIRED, then=Value(Rendition.State.GOING)),
            default=F("state"),
        )
        told = rows.values_list(columns[0], state, *columns[2:], "recording", Value(""))
    else:
        told = rows.values_list(*columns, "pk", "etag")
    return [
        Known(key, owner, is_derived, state, version_id, size, etag)
        for key, state, version_id, size, owner, etag in told
    ]
