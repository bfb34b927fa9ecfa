"""Celery's view of inventories and spills: load an id, call, hand on."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from compliance.publish import publish_after_commit
from recordings import inventory, orphan_destruction, rehash, spills

PAGE = 50


@shared_task(name="recordings.take_inventory")
def take_inventory(inventory_id: str) -> None:
    """Compare the next keys of a run; the rest is another task's."""
    if inventory.advance(inventory_id=UUID(inventory_id), now=timezone.now()):
        publish_after_commit(take_inventory, inventory_id=inventory_id)


@shared_task(name="recordings.destroy_orphan")
def destroy_orphan(discrepancy_id: str) -> None:
    """Delete an orphan that two people gave up; what the store refuses waits an hour."""
    orphan_destruction.destroy(discrepancy_id=UUID(discrepancy_id), now=timezone.now())


@shared_task(name="recordings.settle_inventories")
def settle_inventories() -> None:
    """Begin runs by the schedule, go on with those whose task was lost, and delete
    what was given up."""
    now = timezone.now()
    for store in inventory.wanted(now=now):
        inventory.begin(store=store, by=None, now=now)
    for inventory_id in inventory.due(now=now, limit=PAGE):
        publish_after_commit(take_inventory, inventory_id=str(inventory_id))
    for discrepancy_id in orphan_destruction.due(now=now, limit=PAGE):
        publish_after_commit(destroy_orphan, discrepancy_id=str(discrepancy_id))


@shared_task(name="recordings.verify_recording")
def verify_recording(recording_id: str) -> None:
    """Read one file again and compare its hash."""
    rehash.verify(recording_id=UUID(recording_id), now=timezone.now())


@shared_task(name="recordings.verify_hashes")
def verify_hashes() -> None:
    """Have the share of this hour read again."""
    for recording_id in rehash.due(now=timezone.now()):
        publish_after_commit(verify_recording, recording_id=str(recording_id))


@shared_task(name="recordings.destroy_spill")
def destroy_spill(recording_id: str) -> None:
    """Destroy what two people gave up, without waiting for the sweep."""
    spills.destroy(recording_id=UUID(recording_id), now=timezone.now())


@shared_task(name="recordings.settle_spills")
def settle_spills() -> None:
    """Destroy spills that were given up, and tell of reviews that are overdue."""
    now = timezone.now()
    for recording_id in spills.due(now=now, limit=PAGE):
        publish_after_commit(destroy_spill, recording_id=str(recording_id))
    spills.judge(now=now)
