"""Celery's view of the law book's use cases."""

import logging

from celery import shared_task
from django.utils import timezone

from compliance import approvals
from compliance.access import sessions
from compliance.audit import seals
from compliance.retention.sweep import sweep

logger = logging.getLogger(__name__)


@shared_task(name="compliance.sweep_retention")
def sweep_retention() -> None:
    """Destroy what the policies say is over, page by page while there is any."""
    swept = sweep(now=timezone.now())
    logger.info(
        "sweep.done",
        extra={"destroyed": swept.destroyed, "failed": swept.failed},
    )
    if swept.destroyed:
        sweep_retention.apply_async(retry=False)


@shared_task(name="compliance.seal_audit")
def seal_audit() -> None:
    """Seal the audit log, seal by seal while there is more to take."""
    sealed = seals.seal(now=timezone.now())
    while sealed and not sealed.took_all:
        sealed = seals.seal(now=timezone.now())


@shared_task(name="compliance.sweep_sessions")
def sweep_sessions() -> None:
    """Delete the rows of sessions that are over."""
    swept = sessions.sweep(now=timezone.now())
    logger.info("sessions.swept", extra={"sessions": swept})


@shared_task(name="compliance.expire_approvals")
def expire_approvals() -> None:
    """End approvals that nobody decided, or carried out, in time."""
    ended = approvals.sweep(now=timezone.now())
    logger.info("approvals.expired", extra={"approvals": ended})
