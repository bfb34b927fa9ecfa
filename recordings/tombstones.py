"""The rows of a destruction: claimed before anything goes, tombstones when all is gone.

Both are done for many at once, in one transaction each: with the store's own bulk delete,
rows one by one would take most of the time.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.leases import FREE
from compliance.models import DestructionReceipt
from compliance.models.statements import update_rows
from compliance.retention import restrictions
from recordings import expiry, kept, receipts, summary
from recordings.media_store.base import Deletion, Listing
from recordings.models import Call, Recording, Rendition, Waveform

State = Recording.State

LEASE = timedelta(minutes=10)
KIND = Recording.ITEM


def lock(ids: Collection[UUID]) -> set[UUID]:
    """Lock these parts until the transaction ends; returns those whose destruction has
    begun. One order for all: by call, then by part."""
    rows = Recording.objects.select_for_update(no_key=True).filter(id__in=ids)
    states = rows.order_by("call", "part").values_list("id", "state")
    return {pk for pk, state in states if state in (State.EXPIRED, State.DESTROYED)}


@transaction.atomic
def claim(
    found: Mapping[Recording, Listing], *, reason: str, now: datetime
) -> list[Recording]:
    """Lease them, put them out of everybody's hearing, and write down what there is.

    Left out is what is not due any more, on hold or restricted, in another's hands, or
    being read for a file to be made of it. What was begun is not held any more. A run
    that died may have found more.
    """
    by_id = {part.id: listing for part, listing in found.items()}
    calls = summary.locked_several({part.call_id for part in found})
    free = _free(by_id, reason, now)
    rows = Recording.objects.filter(expiry.is_due(now), FREE, id__in=free)
    whole = rows.select_related("call").prefetch_related("renditions")
    begun = list(whole.order_by("call", "part"))
    for part in begun:
        listing = by_id[part.id]
        part.state, part.attempt = State.EXPIRED, part.attempt + 1
        part.versions_listed = max(part.versions_listed or 0, listing.versions)
        part.bytes_listed = max(part.bytes_listed or 0, listing.bytes)
    update_rows(begun, ["versions_listed", "bytes_listed"])
    Recording.objects.filter(id__in=[part.id for part in begun]).update(
        state=State.EXPIRED, claimed_until=Now() + LEASE, attempt=F("attempt") + 1
    )
    _refresh(calls, begun)
    log.append_several(
        Action.DESTRUCTION_BEGUN,
        [(part, _facts_of(by_id[part.id], reason)) for part in begun],
    )
    return begun


@transaction.atomic
def bury(
    gone: Mapping[Recording, Deletion], *, reason: str, now: datetime
) -> list[Recording]:
    """Make tombstones of what was proved gone, with receipts; what another run has taken
    over meanwhile is left to it."""
    calls = summary.locked_several({part.call_id for part in gone})
    mine = _mine(gone)
    ids = [part.id for part in mine]
    Recording.objects.filter(id__in=ids).update(
        state=State.DESTROYED,
        destroyed_at=now,
        claimed_until=None,
        due_at=None,
        setback="",
    )
    restrictions.end_with(KIND, ids, now=now)
    Waveform.objects.filter(recording_id__in=ids).delete()
    Rendition.objects.filter(recording_id__in=ids).delete()
    told = receipts.write({part: gone[part] for part in mine}, reason=reason, now=now)
    log.append_several(
        Action.DESTRUCTION_DONE,
        [
            (part, _facts_of_receipt(receipt))
            for part, receipt in zip(mine, told, strict=True)
        ],
    )
    _refresh(calls, mine)
    return mine


def _free(ids: Collection[UUID], reason: str, now: datetime) -> set[UUID]:
    """Those that nothing keeps; what has begun is not kept any more. They are locked."""
    begun = lock(ids)
    waiting = [pk for pk in ids if pk not in begun]
    keeps = kept.from_destruction(waiting, reason=reason, now=now)
    making = Rendition.objects.filter(
        recording__in=ids, state=Rendition.State.MAKING, claimed_until__gt=Now()
    )  # what a worker puts after our deletion would stay
    return set(ids) - keeps - set(making.values_list("recording", flat=True))


def _mine(gone: Collection[Recording]) -> list[Recording]:
    """Those whose claim is still ours, locked, in the order of all locks."""
    rows = Recording.objects.select_for_update(no_key=True).filter(
        id__in=[part.id for part in gone], state=State.EXPIRED
    )
    attempts = dict(rows.order_by("call", "part").values_list("id", "attempt"))
    return [part for part in gone if attempts.get(part.id) == part.attempt]


def _refresh(calls: Collection[Call], parts: Collection[Recording]) -> None:
    touched = {part.call_id for part in parts}
    summary.refresh_several([call for call in calls if call.id in touched])


def _facts_of(listing: Listing, reason: str) -> dict[str, Fact]:
    return {"reason": reason, "versions": listing.versions, "bytes": listing.bytes}


def _facts_of_receipt(receipt: DestructionReceipt) -> dict[str, Fact]:
    return {
        "receipt": str(receipt.id),
        "versions_listed": receipt.versions_listed,
        "versions": receipt.versions,
        "bytes": receipt.bytes,
    }
