"""The only code that deletes objects. What it deletes cannot be brought back.

The order matters. Under the row's lock the part is claimed, unless a legal hold keeps
it: whoever places one takes the same lock, so one of the two sees the other. The store lists what there
is of it, and that stands in the row and in `destruction.begun`, committed, before
anything goes; then the store deletes every version of each file that was made of it and
of the object itself, and proves their absence; then, in one transaction, the rows of those
files and the waveform go, the receipt and `destruction.done` are written and the row
becomes a tombstone. A worker that dies in between leaves an expired row whose lease runs
out, and the next sweep does the same again, whatever the row's date has become: deleting
what is gone already succeeds, the receipt is unique, and it tells what the first run found
as well as what the last one still had to delete.
"""

from collections.abc import Collection
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
from compliance.models import DestructionReceipt
from compliance.retention import held, holds
from recordings import keeping, kept, locks, media_store, summary
from recordings.media_store.base import (
    Deletion,
    Listing,
)
from recordings.media_store.errors import StoreError
from recordings.models import Recording, Rendition, Waveform

State = Recording.State

LEASE = timedelta(minutes=10)
RETRY = timedelta(hours=1)
KIND = Recording.ITEM
_DESTROYABLE = (
    *Recording.HEARABLE,
    *Recording.SHUT,
    State.EXPIRED,
    State.FAILED,
    State.LOST,
)


def due(*, now: datetime, limit: int) -> list[UUID]:
    """Ids of recordings whose retention is over; what failed before comes last.

    Were the oldest first, a page of objects that the store refuses to delete would
    keep all others alive; so would a page of what is on hold.
    """
    rows = Recording.objects.filter(
        _is_over(now),
        FREE,
        Q(due_at=None) | Q(due_at__lte=now),
        Q(state=State.EXPIRED) | ~kept.part(now),
    )
    fresh_first = F("due_at").asc(nulls_first=True)
    ids = rows.order_by(fresh_first, "expires_at").values_list("id", flat=True)
    return list(ids[:limit])


def _is_over(now: datetime) -> Q:
    """Its time is over, with its grace and every floor, or its destruction has begun:
    there is no way back from that."""
    return keeping.is_over(now) & Q(state__in=_DESTROYABLE) | Q(state=State.EXPIRED)


def destroy(*, recording_id: UUID, reason: str, now: datetime) -> bool:
    """Destroy one recording for ever; returns whether this call did it.

    reason: a code for the receipt. Raises StoreError when the store refuses or does not
    answer; the recording then stays expired and is tried again.
    """
    part = Recording.objects.select_related("call").get(id=recording_id)
    try:
        begun = _begin(part, _listed(part), reason, now)
        if begun is None:
            return False
        part = begun
        if held.was_marked(KIND, part.id):
            locks.mark(part.id, on=False)
        deletion = _deleted(part)
    except StoreError as error:
        _failed(part, error, now)
        raise
    return _finish(part, deletion, reason, now)


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
        if not lock([rendition.recording_id]) and _is_kept(rendition.recording_id, now):
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
    keeps."""
    free = FREE & ~Q(kept.part(now, ref="recording"))
    rows = Rendition.objects.filter(free, expires_at__lte=now)
    return list(rows.values_list("id", flat=True))


def clear(rendition: Rendition) -> Deletion:
    """Delete every version of a derived file: what a worker that died left, too."""
    store = media_store.store(rendition.store)
    return store.delete_all_versions(rendition.object_key)


def _listed(part: Recording) -> Listing:
    """What lies in the store of it, and of what was made of it."""
    stores = [(part.store, part.object_key)]
    stores += part.renditions.values_list("store", "object_key")
    found = [media_store.store(name).list_versions(key) for name, key in stores]
    return Listing(
        versions=sum(one.versions for one in found),
        bytes=sum(one.bytes for one in found),
    )


def _deleted(part: Recording) -> Deletion:
    """Delete what was made of it, then itself."""
    gone = [clear(rendition) for rendition in part.renditions.all()]
    store = media_store.store(part.store)
    gone.append(store.delete_all_versions(part.object_key))
    return Deletion(
        versions=sum(one.versions for one in gone),
        delete_markers=sum(one.delete_markers for one in gone),
        bytes=sum(one.bytes for one in gone),
        request_ids=tuple(id for one in gone for id in one.request_ids),
    )


def _is_in_the_making(part: Recording) -> bool:
    """A worker writes a file of it: what it puts after our deletion would stay."""
    making = Rendition.State.MAKING
    return part.renditions.filter(state=making, claimed_until__gt=Now()).exists()


def _begin(
    part: Recording, found: Listing, reason: str, now: datetime
) -> Recording | None:
    """Lease it, put it out of everybody's hearing, and write down what there is before it
    goes; None when it is not due any more, or on hold. What was begun is not held any
    more. A run that died may have found more."""
    with transaction.atomic():
        call = summary.locked(part.call_id)
        if _is_in_the_making(part):
            return None
        if not lock([part.id]) and _is_kept(part.id, now):
            return None
        rows = Recording.objects.filter(_is_over(now), FREE, id=part.id)
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


def _is_kept(part_id: UUID, now: datetime) -> bool:
    """Whether a hold keeps it, by its list or its scope. The row is locked."""
    return holds.keeps(Item(KIND, part_id), now=now)


def _failed(part: Recording, error: StoreError, now: datetime) -> None:
    with transaction.atomic():
        Recording.objects.filter(id=part.id, attempt=part.attempt).update(
            claimed_until=None, due_at=now + RETRY
        )
        log.append(
            Action.DESTRUCTION_FAILED,
            subject=part,
            facts={"reason": type(error).__name__},
        )


def _finish(part: Recording, deletion: Deletion, reason: str, now: datetime) -> bool:
    with transaction.atomic():
        call = summary.locked(part.call_id)
        mine = Recording.objects.filter(
            id=part.id, attempt=part.attempt, state=State.EXPIRED
        )
        if not mine.update(
            state=State.DESTROYED, destroyed_at=now, claimed_until=None, due_at=None
        ):
            return False
        Waveform.objects.filter(recording_id=part.id).delete()
        Rendition.objects.filter(recording_id=part.id).delete()
        receipt = _write_receipt(part, deletion, reason, now)
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


def _write_receipt(
    part: Recording, deletion: Deletion, reason: str, now: datetime
) -> DestructionReceipt:
    return DestructionReceipt.objects.create(
        item_kind=KIND,
        item_id=part.id,
        team_id=part.call.team_id,
        policy_id=part.policy_id,
        reason=reason,
        versions_listed=part.versions_listed or 0,
        bytes_listed=part.bytes_listed or 0,
        versions=deletion.versions,
        bytes=deletion.bytes,
        sha256=part.sha256,
        destroyed_at=now,
    )
