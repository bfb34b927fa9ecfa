"""Celery's view of the law book's use cases."""

import logging
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from compliance import approvals
from compliance.access import sessions
from compliance.publish import publish_after_commit
from compliance.retention import hold_marks, hold_release, holds
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


@shared_task(name="compliance.catch_hold")
def catch_hold(hold_id: str) -> None:
    """List the next page of what a hold has caught; the rest is another task's."""
    if holds.catch(hold_id=UUID(hold_id), now=timezone.now()):
        publish_after_commit(catch_hold, hold_id=hold_id)


@shared_task(name="compliance.settle_holds")
def settle_holds() -> None:
    """Go on with holds whose task was lost, compare scopes anew, end what has cooled."""
    now = timezone.now()
    hold_release.end_cooled(now=now)
    for hold_id in holds.unfinished(now=now):
        publish_after_commit(catch_hold, hold_id=str(hold_id))


@shared_task(name="compliance.mark_holds")
def mark_holds() -> None:
    """Look whether the store locks what is on hold, each item once an hour."""
    looked = hold_marks.settle(now=timezone.now())
    if looked:
        logger.info("holds.looked_at", extra={"items": looked})
