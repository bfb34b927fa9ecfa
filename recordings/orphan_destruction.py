"""Deletes an orphan: an object of the store that no recording owns. Nothing brings it back.

The same order as for a recording (`destruction`): what there is stands in the row and in
the log, committed, and in the journal in the vault, before anything goes; the store deletes every version and proves their
absence; receipt and last entry are one transaction. A worker that dies in between leaves
a row whose lease runs out, and the same is done again.
"""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Greatest, Now

from compliance import journal
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.journal import Act, Kind
from compliance.leases import FREE
from compliance.models import DestructionReceipt
from compliance.retention import stops
from compliance.vault import VaultError
from recordings import comparison, kept, media_store
from recordings.media_store.base import Deletion, Listing
from recordings.media_store.errors import StoreError
from recordings.models import Discrepancy, Recording

logger = logging.getLogger(__name__)

State = Discrepancy.State

KIND = "orphan"
"""Of receipts: the object of a discrepancy."""
REASON = "orphan"
LEASE = timedelta(minutes=10)
RETRY = timedelta(hours=1)


def due(*, now: datetime, limit: int) -> list[UUID]:
    """Ids of orphans that two people gave up, and that nobody has in hand; none while
    nothing may be destroyed."""
    if stops.halted(now=now):
        return []
    rows = Discrepancy.objects.filter(
        FREE, Q(due_at=None) | Q(due_at__lte=now), state=State.GOING
    )
    return list(rows.order_by("due_at").values_list("id", flat=True)[:limit])


def destroy(*, discrepancy_id: UUID, now: datetime) -> bool:
    """Delete one orphan for ever; returns whether this call did it.

    What a recording owns by now is not touched, and nothing where the sweep was stopped
    while the task waited. What lies near a hold by now, or the store refuses or does not
    answer to, is tried again in an hour.
    """
    if stops.halted(now=now):
        return False
    found = Discrepancy.objects.get(id=discrepancy_id)
    if is_near_a_hold(found, now=now):
        free = Discrepancy.objects.filter(FREE, id=found.id, state=State.GOING)
        free.update(due_at=now + RETRY)
        return False
    try:
        store = media_store.store(found.store)
        begun = _begin(found, store.list_versions(found.object_key))
        if begun is None:
            return False
        _journal_first(begun, now)
        deletion = store.delete_all_versions(found.object_key)
    except (StoreError, VaultError) as error:
        _failed(found, error, now)
        return False
    return _finish(begun, deletion, now)


def is_near_a_hold(found: Discrepancy, *, now: datetime) -> bool:
    """Whether a hold keeps a recording of the call in whose folder it lies."""
    folder = found.object_key
    if comparison.names_derived(folder):
        folder = folder.rpartition("/")[0]
    folder = folder.rpartition("/")[0] + "/"
    beside = Recording.objects.filter(
        kept.part(now), object_key__gte=folder, object_key__lt=folder[:-1] + "0"
    )
    return beside.exists()


def _begin(found: Discrepancy, listed: Listing) -> Discrepancy | None:
    """Lease it, and write down what there is; None where it is an orphan no more."""
    with transaction.atomic():
        known = comparison.known_at(found.store, found.object_key)
        if known is not None and not known.has_to_be_gone:
            return None
        rows = Discrepancy.objects.filter(FREE, id=found.id, state=State.GOING)
        taken = rows.update(
            claimed_until=Now() + LEASE,
            attempt=F("attempt") + 1,
            versions_listed=Greatest(Coalesce("versions_listed", 0), listed.versions),
            bytes_listed=Greatest(Coalesce("bytes_listed", 0), listed.bytes),
        )
        if taken != 1:
            return None
        begun = Discrepancy.objects.get(id=found.id)
        facts: dict[str, Fact] = {"reason": REASON}
        facts |= {"versions": listed.versions, "bytes": listed.bytes}
        log.append(Action.DESTRUCTION_BEGUN, subject=begun, facts=facts)
    return begun


def _journal_first(begun: Discrepancy, now: datetime) -> None:
    """Have the vault take that it goes. Raises VaultError: then it does not."""
    said = {
        "reason": REASON,
        "versions": begun.versions_listed,
        "bytes": begun.bytes_listed,
    }
    act = Act(Kind.DESTRUCTION, KIND, begun.id, said)
    journal.before_destruction([act], now=now)


def _failed(found: Discrepancy, error: StoreError | VaultError, now: datetime) -> None:
    told = {"discrepancy": str(found.id), "error": type(error).__name__}
    logger.warning("orphan.failed", extra=told)
    with transaction.atomic():
        rows = Discrepancy.objects.filter(id=found.id, state=State.GOING)
        rows.update(claimed_until=None, due_at=now + RETRY)
        facts = {"reason": type(error).__name__}
        log.append(Action.DESTRUCTION_FAILED, subject=found, facts=facts)


def _finish(found: Discrepancy, deletion: Deletion, now: datetime) -> bool:
    with transaction.atomic():
        mine = Discrepancy.objects.filter(
            id=found.id, attempt=found.attempt, state=State.GOING
        )
        done = {"state": State.DESTROYED, "claimed_until": None, "due_at": None}
        if not mine.update(**done):
            return False
        receipt = DestructionReceipt.objects.create(
            item_kind=KIND,
            item_id=found.id,
            team_id=found.team_id,
            reason=REASON,
            versions_listed=found.versions_listed or 0,
            bytes_listed=found.bytes_listed or 0,
            versions=deletion.versions,
            bytes=deletion.bytes,
            destroyed_at=now,
        )
        facts: dict[str, Fact] = {
            "receipt": str(receipt.id),
            "versions_listed": receipt.versions_listed,
            "versions": deletion.versions,
            "bytes": deletion.bytes,
        }
        log.append(Action.DESTRUCTION_DONE, subject=found, facts=facts)
    return True
