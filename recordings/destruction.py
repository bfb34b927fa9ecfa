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
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Greatest, Now

from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.custody import Item
from compliance.leases import FREE
from compliance.retention import held, restrictions, stops
from compliance.vault import VaultError
from recordings import expiry, kept, locks, media_store, receipts, summary
from recordings.media_store.base import Deletion, Listing
from recordings.media_store.errors import StoreError
from recordings.models import Recording, Rendition, Waveform

logger = logging.getLogger(__name__)

State = Recording.State

LEASE = timedelta(minutes=10)
KIND = Recording.ITEM


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
    """Destroy these, in as few calls to the store as it allows.

    Each is claimed, proved gone and receipted by itself: one that fails is put back with
    its reason, and holds up none of the others.
    """
    ended = Ended()
    parts = Recording.objects.select_related("call").in_bulk(ids)
    claims: dict[Recording, Listing] = {}
    for part in filter(None, map(parts.get, ids)):
        with _put_back_if_it_fails(part, ended, now):
            found = _listed(part)
            if claimed := _begin(part, found, reason, now):
                claims[claimed] = found
    going = list(_journalled(claims, reason, ended, now))
    for part, told in _deleted(going).items():
        with _put_back_if_it_fails(part, ended, now):
            if isinstance(told, StoreError):
                raise told
            if _finish(part, told, reason, now):
                ended.destroyed.append(part.id)
    return ended


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
    for part in claims:
        with _put_back_if_it_fails(part, ended, now):
            if refused:
                raise refused
            _unlock(part)
            yield part


def _unlock(part: Recording) -> None:
    """Lift what a hold that is over may have left in the store."""
    if held.was_marked(KIND, part.id):
        locks.mark(part.id, on=False)


def lock(ids: Collection[UUID]) -> set[UUID]:
    """Lock these parts until the transaction ends; returns those whose destruction has
    begun. One order for all: by call, then by part."""
    rows = Recording.objects.select_for_update(no_key=True).filter(id__in=ids)
    states = rows.order_by("call", "part").values_list("id", "state")
    return {pk for pk, state in states if state in (State.EXPIRED, State.DESTROYED)}


def drop(*, rendition_id: UUID, now: datetime) -> bool:
    """Delete a derived file whose day is over; returns whether this call did it.

    What was made of a part on hold stays as well. Raises StoreError; it is then tried
    again with the next sweep.
    """
    rows = Rendition.objects.filter(FREE, id=rendition_id, expires_at__lte=now)
    lease = {"claimed_until": Now() + LEASE, "attempt": F("attempt") + 1}
    rendition = rows.select_related("recording").first()
    if rendition is None:
        return False
    with transaction.atomic():
        original = rendition.recording_id
        if not lock([original]) and kept.by_a_hold(original, now=now):
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


def _listed(part: Recording) -> Listing:
    """What lies in the store of it, and of what was made of it."""
    found = [media_store.store(name).list_versions(key) for name, key in _files(part)]
    return Listing(
        versions=sum(one.versions for one in found),
        bytes=sum(one.bytes for one in found),
        ids=tuple(id for one in found for id in one.ids),
    )


def _deleted(parts: Collection[Recording]) -> dict[Recording, Deletion | StoreError]:
    """Delete what was made of them, and themselves; for each what went, or why not."""
    files = {part: _files(part) for part in parts}
    told: dict[tuple[str, str], Deletion | StoreError] = {}
    for name in {name for of_part in files.values() for name, _key in of_part}:
        keys = [key for all in files.values() for where, key in all if where == name]
        answers = media_store.store(name).delete_several(keys)
        told |= {(name, key): answer for key, answer in answers.items()}
    return {part: _sum([told[one] for one in files[part]]) for part in parts}


def _files(part: Recording) -> list[tuple[str, str]]:
    """Store and key of what was made of it, then of itself."""
    made = part.renditions.values_list("store", "object_key")
    return [*made, (part.store, part.object_key)]


def _sum(gone: Collection[Deletion | StoreError]) -> Deletion | StoreError:
    found = []
    for one in gone:
        if isinstance(one, StoreError):
            return one
        found.append(one)
    return Deletion(
        versions=sum(one.versions for one in found),
        delete_markers=sum(one.delete_markers for one in found),
        bytes=sum(one.bytes for one in found),
        request_ids=tuple({id: None for one in found for id in one.request_ids}),
    )


def _is_in_the_making(part: Recording) -> bool:
    """A worker writes a file of it: what it puts after our deletion would stay."""
    making = Rendition.State.MAKING
    return part.renditions.filter(state=making, claimed_until__gt=Now()).exists()


def _begin(
    part: Recording, found: Listing, reason: str, now: datetime
) -> Recording | None:
    """Lease it, put it out of everybody's hearing, and write down what there is before it
    goes; None when it is not due any more, on hold or restricted. What was begun is not held any
    more. A run that died may have found more."""
    with transaction.atomic():
        call = summary.locked(part.call_id)
        if _is_in_the_making(part):
            return None
        if not lock([part.id]) and kept.from_destruction(
            part.id, reason=reason, now=now
        ):
            return None
        rows = Recording.objects.filter(expiry.is_due(now), FREE, id=part.id)
        taken = rows.update(
            state=State.EXPIRED,
            claimed_until=Now() + LEASE,
            attempt=F("attempt") + 1,
            versions_listed=Greatest(Coalesce("versions_listed", 0), found.versions),
            bytes_listed=Greatest(Coalesce("bytes_listed", 0), found.bytes),
        )
        if taken != 1:
            return None
        summary.refresh(call)
        begun = Recording.objects.select_related("call").get(id=part.id)
        facts: dict[str, Fact] = {"reason": reason}
        facts |= {"versions": found.versions, "bytes": found.bytes}
        log.append(Action.DESTRUCTION_BEGUN, subject=begun, facts=facts)
    return begun


def _finish(part: Recording, deletion: Deletion, reason: str, now: datetime) -> bool:
    with transaction.atomic():
        call = summary.locked(part.call_id)
        mine = Recording.objects.filter(
            id=part.id, attempt=part.attempt, state=State.EXPIRED
        )
        if not mine.update(
            state=State.DESTROYED,
            destroyed_at=now,
            claimed_until=None,
            due_at=None,
            setback="",
        ):
            return False
        restrictions.end_with(Item(KIND, part.id), now=now)
        Waveform.objects.filter(recording_id=part.id).delete()
        Rendition.objects.filter(recording_id=part.id).delete()
        receipt = receipts.write(part, deletion, reason=reason, now=now)
        log.append(
            Action.DESTRUCTION_DONE,
            subject=part,
            facts={
                "receipt": str(receipt.id),
                "versions_listed": receipt.versions_listed,
                "versions": deletion.versions,
                "bytes": deletion.bytes,
            },
        )
        summary.refresh(call)
    return True
