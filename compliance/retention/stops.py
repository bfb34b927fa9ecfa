"""Stops the sweep after a restore of the database, until the journal was replayed.

A backup knows nothing of what was destroyed, held or restricted after it. Three things
tell that the database is older than it was: pages of the journal that it does not know,
a new epoch of the audit log, and a checkpoint of entries that it does not have.
"""

import logging
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Max

from compliance import journal
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import AuditAnchor, AuditSeal, SweepStop
from compliance.retention import pausing
from compliance.vault import VaultError

logger = logging.getLogger(__name__)

Cause = SweepStop.Cause
FIRST_EPOCH = 1


def current() -> SweepStop | None:
    """The stop in force; None where the sweep may go on. Asks the database alone."""
    return SweepStop.objects.filter(ended_at=None).first()


def halted(*, now: datetime) -> bool:
    """Whether nothing may be destroyed: an officer paused it, the journal in the vault
    knows more than this database, or nobody can tell."""
    if pausing.standing():
        return True
    try:
        stop = look(now=now)
    except VaultError as error:
        logger.warning("sweep.vault_failed", extra={"error": type(error).__name__})
        return True
    if stop is not None:
        logger.warning("sweep.stopped", extra={"cause": stop.cause})
    return stop is not None


def look(*, now: datetime) -> SweepStop | None:
    """The stop in force, or one that has become necessary. Raises VaultError."""
    stop = current()
    if stop is not None:
        return stop
    cause = _cause()
    if cause is None:
        journal.compared(now=now)
        return None
    try:
        with transaction.atomic():
            stop = SweepStop.objects.create(cause=cause, found_at=now)
            log.append(Action.SWEEP_STOPPED, subject=stop, facts={"cause": cause})
    except IntegrityError:
        return current()  # somebody else noticed at the same moment
    return stop


def end(stop: SweepStop, *, told: dict[str, int], now: datetime) -> None:
    """The journal is replayed: the sweep may go on. The caller is in `atomic()`."""
    stop.ended_at, stop.told, stop.epoch = now, told, _epoch()
    stop.save(update_fields=["ended_at", "told", "epoch"])


def _cause() -> SweepStop.Cause | None:
    last = SweepStop.objects.aggregate(epoch=Max("epoch"), ended=Max("ended_at"))
    if _epoch() > max(last["epoch"] or 0, FIRST_EPOCH):
        return Cause.EPOCH
    ahead = AuditAnchor.objects.filter(finding=AuditAnchor.Finding.AHEAD)
    if last["ended"] is not None:
        ahead = ahead.filter(anchored_at__gt=last["ended"])
    if ahead.exists():
        return Cause.ANCHOR
    unknown = next(journal.unknown(), None)
    return Cause.JOURNAL if unknown else None


def _epoch() -> int:
    newest = AuditSeal.objects.order_by("id").last()
    return newest.epoch if newest else 0
