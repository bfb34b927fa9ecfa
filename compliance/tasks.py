"""Celery's view of the law book's use cases."""

import logging

from celery import shared_task
from django.utils import timezone

from compliance import anchoring, approvals, key_letters
from compliance.access import sessions
from compliance.audit import seals
from compliance.retention.sweep import sweep
from compliance.vault import VaultError

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


@shared_task(name="compliance.tell_anchor")
def tell_anchor() -> None:
    """Tell the log stream, and through the log the SIEM, how far the log has come."""
    anchoring.tell(now=timezone.now())


@shared_task(name="compliance.keep_anchor")
def keep_anchor() -> None:
    """Put a checkpoint into the vault, compare what lies there, write to auditors."""
    now = timezone.now()
    key_letters.send(now=now)
    try:
        anchoring.keep(now=now)
        wrong = anchoring.compare(now=now)
    except VaultError as error:
        logger.warning("audit.vault_failed", extra={"error": type(error).__name__})
        return
    logger.info("audit.anchors_compared", extra={"wrong": wrong})
