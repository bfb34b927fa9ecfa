"""Brings recordings of a restored database to where the journal says that they were."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from compliance.custody import Standing
from compliance.models import DestructionReceipt
from recordings import destruction, quarantine, summary
from recordings.models import Recording

State = Recording.State


class NotYet(Exception):
    """A worker has it in hand, say to write a file of it: to be repeated."""


def destroy_again(part_id: UUID, *, reason: str, now: datetime) -> Standing:
    """A recording that was destroyed is a tombstone again; what lies in the store goes.

    Raises StoreError, VaultError, NotYet.
    """
    part = Recording.objects.filter(id=part_id).first()
    if part is None:
        return Standing.UNHEARD_OF
    if part.state == State.DESTROYED:
        return Standing.KNOWN
    with transaction.atomic():
        summary.lock(part.call_id)
        rows = Recording.objects.filter(id=part_id).exclude(state=State.DESTROYED)
        rows.update(state=State.EXPIRED, claimed_until=None, due_at=None)
    if not destruction.destroy(recording_id=part_id, reason=reason, now=now):
        raise NotYet
    receipt = DestructionReceipt.objects.get(item_kind=Recording.ITEM, item_id=part_id)
    return Standing.PRESENT if receipt.versions else Standing.ABSENT


def quarantine_again(part_id: UUID, *, reason: str, now: datetime) -> bool:
    """Put a recording back in quarantine; False where it is, or cannot be heard anyway."""
    with transaction.atomic():
        part = _locked(part_id)
        if part is None or part.state not in Recording.HEARABLE:
            return False
        quarantine.hold_back(part, reason=reason, now=now)
        summary.refresh(part.call)
    return True


def let_out_again(part_id: UUID, *, reason: str, now: datetime) -> bool:
    """Let a recording out of a quarantine of that reason again."""
    with transaction.atomic():
        part = _locked(part_id)
        if part is None or (part.state, part.reason) != (State.QUARANTINED, reason):
            return False
        quarantine.let_be_heard(part, actor=None, now=now)
        summary.refresh(part.call)
    return True


def _locked(part_id: UUID) -> Recording | None:
    """The recording under its lock, and that of its call before it."""
    found = Recording.objects.filter(id=part_id).first()
    if found is None:
        return None
    call = summary.locked(found.call_id)
    part = Recording.objects.select_for_update(of=("self",)).get(id=part_id)
    part.call = call
    return part
