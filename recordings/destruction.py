"""The only code that deletes objects. What it deletes cannot be brought back.

The order matters. Under the row's lock the part is claimed and `destruction.begun` is
committed; then the store deletes every version of the object and proves its absence;
then, in one transaction, the waveform goes, the receipt and `destruction.done` are
written and the row becomes a tombstone. A worker that dies in between leaves a claimed
row whose lease runs out, and the next run does the same again: deleting what is gone
already succeeds, and the receipt is unique.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import DestructionReceipt
from recordings import media_store, summary
from recordings.media_store.base import Deletion, StoreError
from recordings.models import Recording, Waveform

State = Recording.State

LEASE = timedelta(minutes=10)
RETRY = timedelta(hours=1)
KIND = "recording"
_DESTROYABLE = (
    *Recording.HEARABLE,
    State.QUARANTINED,
    State.EXPIRED,
    State.FAILED,
    State.LOST,
)


def due(*, now: datetime, limit: int) -> list[UUID]:
    """Ids of recordings whose retention is over; what failed before comes last.

    Were the oldest first, a page of objects that the store refuses to delete would
    keep all others alive.
    """
    rows = Recording.objects.filter(
        Q(claimed_until=None) | Q(claimed_until__lt=Now()),
        Q(due_at=None) | Q(due_at__lte=now),
        expires_at__lte=now,
        state__in=_DESTROYABLE,
    )
    fresh_first = F("due_at").asc(nulls_first=True)
    ids = rows.order_by(fresh_first, "expires_at").values_list("id", flat=True)
    return list(ids[:limit])


def destroy(*, recording_id: UUID, reason: str, now: datetime) -> bool:
    """Destroy one recording for ever; returns whether this call did it.

    reason: a code for the receipt. Raises StoreError when the store refuses or does not
    answer; the recording then stays expired and is tried again.
    """
    part = _claim(recording_id, reason, now)
    if part is None:
        return False
    try:
        deletion = media_store.store(part.store).delete_all_versions(part.object_key)
    except StoreError as error:
        _failed(part, error, now)
        raise
    return _finish(part, deletion, reason, now)


def _claim(recording_id: UUID, reason: str, now: datetime) -> Recording | None:
    """Lease it and put it out of everybody's hearing, unless it is not due any more."""
    with transaction.atomic():
        call_id = Recording.objects.values_list("call_id").get(id=recording_id)[0]
        call = summary.locked(call_id)
        rows = Recording.objects.filter(
            Q(claimed_until=None) | Q(claimed_until__lt=Now()),
            id=recording_id,
            expires_at__lte=now,
            state__in=_DESTROYABLE,
        )
        taken = rows.update(
            state=State.EXPIRED,
            claimed_until=Now() + LEASE,
            attempt=F("attempt") + 1,
        )
        if taken != 1:
            return None
        part = Recording.objects.select_related("call").get(id=recording_id)
        log.append(Action.DESTRUCTION_BEGUN, subject=part, facts={"reason": reason})
        summary.refresh(call)
        return part


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
        receipt = _write_receipt(part, deletion, reason, now)
        log.append(
            Action.DESTRUCTION_DONE,
            subject=part,
            facts={
                "receipt": str(receipt.id),
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
        versions=deletion.versions,
        bytes=deletion.bytes,
        sha256=part.sha256,
        destroyed_at=now,
    )
