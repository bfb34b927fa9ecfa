"""The only code that deletes objects. What it deletes cannot be brought back.

The order matters. Under the row's lock the part is claimed, unless a legal hold keeps
it or its processing is restricted: whoever places one takes the same lock, so one of the
two sees the other. Only a request that is carried out destroys what is restricted. The store lists what there
is of it, and that stands in the row and in `destruction.begun`, committed, and in the journal
in the vault, before anything goes; then the store deletes every version of each file that was made of it and
of the object itself, and proves their absence; then, in one transaction, the rows of those
files and the waveform go, the receipt and `destruction.done` are written and the row
becomes a tombstone. A worker that dies in between leaves an expired row whose lease runs
out, and the next sweep does the same again, whatever the row's date has become: deleting
what is gone already succeeds, the receipt is unique, and it tells what the first run found
as well as what the last one still had to delete.
"""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.leases import FREE
from compliance.retention import held, stops
from compliance.vault import VaultError
from recordings import expiry, kept, locks, media_store, receipts, tombstones
from recordings.media_store.base import Deletion, Listing, MediaStore
from recordings.media_store.errors import StoreError
from recordings.models import Recording, Rendition

logger = logging.getLogger(__name__)

State = Recording.State

KIND = Recording.ITEM
T = TypeVar("T")


@dataclass
class Ended:
    """What became of the parts that were to go; what is in neither was not due."""

    destroyed: list[UUID] = field(default_factory=list)
    failed: dict[UUID, Exception] = field(default_factory=dict)


def destroy(*, recording_id: UUID, reason: str, now: datetime) -> bool:
    """Destroy one recording for ever; returns whether this call did it.

    reason: a code for the receipt. Raises StoreError, or VaultError for the journal, when
    it refuses or does not answer; the recording then stays expired and is tried again.
    """
    ended = destroy_several(ids=[recording_id], reason=reason, now=now)
    for error in ended.failed.values():
        raise error
    return bool(ended.destroyed)


def destroy_several(*, ids: Collection[UUID], reason: str, now: datetime) -> Ended:
    """Destroy these, in as few calls to the store and the database as they allow.

    Each is proved gone and receipted by itself: one that fails is put back with its
    reason, and holds up none of the others.
    """
    ended = Ended()
    rows = Recording.objects.select_related("call").prefetch_related("renditions")
    parts = rows.in_bulk(ids)
    found = _answered(
        _looked_at([parts[one] for one in ids if one in parts]), ended, now
    )
    claims = {
        part: found[part]
        for part in _together(tombstones.claim, found, reason, ended, now)
    }
    going = list(_journalled(claims, reason, ended, now))
    gone = _answered(_deleted(going), ended, now)
    buried = _together(tombstones.bury, gone, reason, ended, now)
    ended.destroyed += [part.id for part in buried]
    return ended


def _answered(
    told: Mapping[Recording, T | StoreError], ended: Ended, now: datetime
) -> dict[Recording, T]:
    """Those of which the store gave no error; the others are put back."""
    answered: dict[Recording, T] = {}
    for part, answer in told.items():
        with _put_back_if_it_fails(part, ended, now):
            if isinstance(answer, StoreError):
                raise answer
            answered[part] = answer
    return answered


def _together(
    step: Callable[..., list[Recording]],
    told: Mapping[Recording, Any],
    reason: str,
    ended: Ended,
    now: datetime,
) -> list[Recording]:
    """Do a step for all at once; where that fails, for each by itself, so that one that
    is broken is found, and holds up none of the others."""
    if not told:
        return []
    try:
        return step(told, reason=reason, now=now)
    except Exception:  # noqa: BLE001  each is tried again, and tells what it is
        logger.warning("destruction.one_by_one", extra={"items": len(told)})
    done: list[Recording] = []
    for part, one in told.items():
        with _put_back_if_it_fails(part, ended, now):
            done += step({part: one}, reason=reason, now=now)
    return done


@contextmanager
def _put_back_if_it_fails(
    part: Recording, ended: Ended, now: datetime
) -> Iterator[None]:
    """Whatever is wrong with one part is written down, and tried again later."""
    try:
        yield
    except Exception as error:  # noqa: BLE001  one bad part must not stop the others
        ended.failed[part.id] = error
        reason = type(error).__name__
        logger.warning(
            "destruction.failed", extra={"item": str(part.id), "error": reason}
        )
        with transaction.atomic():
            expiry.put_back(part.id, attempt=part.attempt, reason=reason, now=now)
            facts = {"reason": reason}
            log.append(Action.DESTRUCTION_FAILED, subject=part, facts=facts)


def _journalled(
    claims: Mapping[Recording, Listing], reason: str, ended: Ended, now: datetime
) -> Iterator[Recording]:
    """Those that the vault has taken to go, ready to; the others do not go."""
    refused: VaultError | None = None
    try:
        receipts.journal_first(claims, reason=reason, now=now)
    except VaultError as error:
        refused = error
    marked = held.marked(KIND, [part.id for part in claims])
    for part in claims:
        with _put_back_if_it_fails(part, ended, now):
            if refused:
                raise refused
            if part.id in marked:  # by a hold that is over
                locks.mark(part.id, on=False)
            yield part


def drop(*, rendition_id: UUID, now: datetime) -> bool:
    """Delete a derived file whose day is over; returns whether this call did it.

    What was made of a part on hold stays as well. Raises StoreError; it is then tried
    again with the next sweep.
    """
    rows = Rendition.objects.filter(FREE, id=rendition_id, expires_at__lte=now)
    lease = {"claimed_until": Now() + tombstones.LEASE, "attempt": F("attempt") + 1}
    rendition = rows.select_related("recording").first()
    if rendition is None:
        return False
    with transaction.atomic():
        original = rendition.recording_id
        if not tombstones.lock([original]) and kept.by_a_hold(original, now=now):
            return False
        if rows.update(state=Rendition.State.GOING, **lease) != 1:
            return False
    rendition.refresh_from_db(fields=["attempt", "state"])
    deletion = clear(rendition)
    with transaction.atomic():
        mine = Rendition.objects.filter(id=rendition.id, attempt=rendition.attempt)
        if not mine.delete()[0]:
            return False
        if rendition.settled_at:
            facts: dict[str, Fact] = {"form": rendition.form}
            facts |= {"versions": deletion.versions, "bytes": deletion.bytes}
            subject = rendition.recording
            log.append(Action.RENDITION_DELETED, subject=subject, facts=facts)
    return True


def over(*, now: datetime) -> list[UUID]:
    """Ids of derived files whose day is over, that no worker has in hand and no hold
    keeps; none while the sweep is stopped."""
    if stops.current():
        return []
    free = FREE & ~Q(kept.part(now, ref="recording"))
    rows = Rendition.objects.filter(free, expires_at__lte=now)
    return list(rows.values_list("id", flat=True))


def clear(rendition: Rendition) -> Deletion:
    """Delete every version of a derived file: what a worker that died left, too."""
    store = media_store.store(rendition.store)
    return store.delete_all_versions(rendition.object_key)


def _looked_at(parts: Collection[Recording]) -> dict[Recording, Listing | StoreError]:
    """What the store has of each, and of what was made of it; or why it does not say."""
    return _asked(parts, lambda store, keys: store.list_several(keys), _listing)


def _deleted(parts: Collection[Recording]) -> dict[Recording, Deletion | StoreError]:
    """Delete what was made of them, and themselves; for each what went, or why not."""
    return _asked(parts, lambda store, keys: store.delete_several(keys), _deletion)


def _asked(
    parts: Collection[Recording],
    ask: Callable[[MediaStore, list[str]], Mapping[str, T | StoreError]],
    sum_up: Callable[[list[T]], T],
) -> dict[Recording, T | StoreError]:
    """Ask each store once about all files of all parts; for each part the answer for all
    of its files, or the first error among them."""
    files = {part: _files(part) for part in parts}
    told: dict[tuple[str, str], T | StoreError] = {}
    for name in {name for of_part in files.values() for name, _key in of_part}:
        keys = [key for all in files.values() for where, key in all if where == name]
        answers = _of_store(name, keys, ask)
        told |= {(name, key): answer for key, answer in answers.items()}
    answered: dict[Recording, T | StoreError] = {}
    for part in parts:
        of_part = [told[one] for one in files[part]]
        errors = [one for one in of_part if isinstance(one, StoreError)]
        whole = [one for one in of_part if not isinstance(one, StoreError)]
        answered[part] = errors[0] if errors else sum_up(whole)
    return answered


def _of_store(
    name: str,
    keys: list[str],
    ask: Callable[[MediaStore, list[str]], Mapping[str, T | StoreError]],
) -> Mapping[str, T | StoreError]:
    """What it answers; about each by itself where it does not about all."""
    try:
        return ask(media_store.store(name), keys)
    except StoreError as error:
        if len(keys) == 1:
            return {keys[0]: error}
    return {key: _of_store(name, [key], ask)[key] for key in keys}


def _files(part: Recording) -> list[tuple[str, str]]:
    """Store and key of what was made of it, then of itself."""
    made = [(one.store, one.object_key) for one in part.renditions.all()]
    return [*made, (part.store, part.object_key)]


def _listing(found: Collection[Listing]) -> Listing:
    return Listing(
        versions=sum(one.versions for one in found),
        bytes=sum(one.bytes for one in found),
        ids=tuple(id for one in found for id in one.ids),
    )


def _deletion(found: Collection[Deletion]) -> Deletion:
    return Deletion(
        versions=sum(one.versions for one in found),
        delete_markers=sum(one.delete_markers for one in found),
        bytes=sum(one.bytes for one in found),
        request_ids=tuple({id: None for one in found for id in one.request_ids}),
    )
