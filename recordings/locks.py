"""The store's own locks: on what is on a legal hold, with what was made of it, and on
every recording until its floor.

The portal keeps both whatever the store can do; the locks are for what reaches the bucket
past the portal. Each recording is looked at hourly while a floor keeps it or the store
may move it, else daily.
"""

import logging
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Q

from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.custody import Marking
from compliance.retention import held, policies, tiers
from compliance.retention.periods import OPEN_END
from recordings import keeping, media_store
from recordings.media_store.base import MediaStore, StoredObject
from recordings.media_store.errors import StoreError
from recordings.media_store.lifecycle import SWEEP, TIER
from recordings.models import Recording, Rendition

logger = logging.getLogger(__name__)

Said = Recording.StoreLock
LOOKED_EVERY = timedelta(hours=1)
SELDOM = timedelta(days=1)
PAGE = 500


def mark(part_id: UUID, *, on: bool) -> Marking:
    """Set the lock of a hold, or lift it, as far as the store can. Raises StoreError."""
    part = Recording.objects.get(pk=part_id)
    ready = part.renditions.filter(state=Rendition.State.READY)
    files = [(part.store, part.object_key), *ready.values_list("store", "object_key")]
    with _alone_with(part_id):
        told = [media_store.store(name).set_hold(key, on=on) for name, key in files]
    there = [one for one in told if one.is_there]
    return Marking(
        is_there=bool(there),
        locked=bool(there) and all(one.locked for one in there),
        tagged=bool(there) and all(one.tagged for one in there),
        changed=told[0].changed,
    )


def settle(*, now: datetime, limit: int = PAGE) -> int:
    """Lock recordings until their floors where that is due, and repair what drifted;
    returns how many were looked at. One that fails is tried again in an hour."""
    due = Q(store_due_at=None) | Q(store_due_at__lte=now)
    rows = Recording.objects.filter(due, state__in=keeping.DATED)
    oldest_first = F("store_due_at").asc(nulls_first=True)
    parts = list(rows.order_by(oldest_first, "pk")[:limit])
    nets = _nets() if parts else []
    for part in parts:
        look(part, now=now, nets=nets)
    return len(parts)


def look(part: Recording, *, now: datetime, nets: Collection[int]) -> None:
    """Ask the store about one recording, have it locked until its floor, and marked for
    the rules of the store. nets: see `tiers.nets`."""
    try:
        store = media_store.store(part.store)
        found = store.head(part.object_key, part.version_id or None)
        if found is not None:
            _mark_for_rules(store, part, found, now, nets)
            part.is_closed = found.is_archived and not store.opens(
                part.object_key, version_id=found.version_id
            )
        if found is None:
            _write(part, Said.UNSEEN, now, None)
        elif not store.capabilities().object_lock:
            _write(part, Said.UNABLE, now, found)
        else:
            _write(part, _kept_to_floor(store, part, found, now), now, found)
    except StoreError as error:
        facts = {"recording": str(part.id), "error": type(error).__name__}
        logger.warning("locks.not_set", extra=facts)
        _write(part, Said.FAILED, now, None)


def _mark_for_rules(
    store: MediaStore,
    part: Recording,
    found: StoredObject,
    now: datetime,
    nets: Collection[int],
) -> None:
    """Whoever places a hold takes the marks away: one after the other, so that a hold
    that was placed meanwhile is either seen here, or comes after."""
    with _alone_with(part.id):
        on_hold = held.is_held(Recording.ITEM, part.id, now=now)
        marks = {} if on_hold else _marks(part, nets)
        store.label(part.object_key, version_id=found.version_id, marks=marks)


def _marks(part: Recording, nets: Collection[int]) -> Mapping[str, str]:
    """How it is to be moved, and the net that ends long after its last day."""
    marks = {TIER: part.tier}
    if part.expires_at:
        ends = (part.expires_at, part.gone_by, part.keep_until, part.locked_until)
        last = max(one for one in ends if one)
        stored = part.ended_at or part.planned_at
        marks[SWEEP] = tiers.net_for(nets, stored=stored, last=last)
    return {key: mark for key, mark in marks.items() if mark}


def _nets() -> list[int]:
    return tiers.nets(policies.in_force())


@contextmanager
def _alone_with(part_id: UUID) -> Iterator[None]:
    """Nobody else of us marks this recording in the store meanwhile."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [part_id.int >> 65])
        yield


def _kept_to_floor(
    store: MediaStore, part: Recording, found: StoredObject, now: datetime
) -> Recording.StoreLock:
    """Set what is missing; returns what to say of it.

    A lock that is longer stays as it is, and so does the mode of one that is in force: S3
    changes it only for those who may bypass governance, and we may not.
    """
    floor = _floor(part)
    have = found.locked_until
    drifted = bool(
        part.locked_until
        and part.locked_until > now
        and (have is None or have < part.locked_until)
    )
    part.locked_until, part.locked_firmly = have, found.locked_firmly
    if floor is None or floor <= now or (have and have >= floor):
        return Said.DRIFTED if drifted else Said.LOCKED if have else Said.UNSEEN
    firmly = found.locked_firmly if have and have > now else part.locks_firmly
    store.lock(part.object_key, version_id=found.version_id, until=floor, firmly=firmly)
    part.locked_until, part.locked_firmly = floor, firmly
    return Said.DRIFTED if drifted else Said.LOCKED


def _write(
    part: Recording,
    word: Recording.StoreLock,
    now: datetime,
    found: StoredObject | None,
) -> None:
    """Note what the store said; what was locked, drifted or refused is an entry, once."""
    floored = part.keep_until is not None and part.keep_until > now
    often = floored or bool(part.tier)
    rows = Recording.objects.select_for_update().filter(pk=part.pk)
    with transaction.atomic():
        before = rows.get()
        told: dict[str, object] = {"store_lock": word}
        told["store_due_at"] = now + (LOOKED_EVERY if often else SELDOM)
        if before.keep_until != part.keep_until:
            told["store_due_at"] = None  # dated anew meanwhile
        if found is not None:
            told["storage_class"] = found.storage_class
            told["is_closed"] = part.is_closed
            told["open_until"] = found.open_until
            told["locked_until"] = part.locked_until
            told["locked_firmly"] = part.locked_firmly
        rows.update(**told)
        _enter(part, before, word)


def _enter(part: Recording, before: Recording, word: Recording.StoreLock) -> None:
    if word in (Said.DRIFTED, Said.FAILED) and word != before.store_lock:
        log.append(Action.RECORDING_UNLOCKED, subject=part, facts={"what": word.value})
    until = part.locked_until
    longer = until and (before.locked_until is None or until > before.locked_until)
    if longer and until and word in (Said.LOCKED, Said.DRIFTED):
        facts: dict[str, Fact] = {"until": until.date().isoformat()}
        facts["firmly"] = part.locked_firmly
        log.append(Action.RECORDING_LOCKED, subject=part, facts=facts)


def _floor(part: Recording) -> datetime | None:
    """Until when the store is to lock it. While an event is awaited that sets the day it
    is not locked: nobody could shorten a lock for ever."""
    return None if part.keep_until == OPEN_END else _whole(part.keep_until)


def _whole(moment: datetime | None) -> datetime | None:
    """The moment, or the whole second after it: stores count no finer."""
    if moment is None or not moment.microsecond:
        return moment
    return moment.replace(microsecond=0) + timedelta(seconds=1)
