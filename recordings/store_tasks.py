"""Celery's view of what is asked of stores: locks to floors, rules, archives.

As in `tasks`, every task may run twice, late, or never.
"""

import logging

from celery import shared_task
from django.utils import timezone

from recordings import archive_restore, locks, store_rules

logger = logging.getLogger(__name__)


@shared_task(name="recordings.lock_to_floors")
def lock_to_floors() -> None:
    """Look whether the store locks what has a floor, each recording once an hour."""
    looked = locks.settle(now=timezone.now())
    if looked:
        logger.info("locks.looked_at", extra={"recordings": looked})


@shared_task(name="recordings.settle_restorations")
def settle_restorations() -> None:
    """Bring what was asked for out of archives, and close what has lapsed."""
    archive_restore.settle(now=timezone.now())


@shared_task(name="recordings.settle_store_rules")
def settle_store_rules() -> None:
    """Write the rules of stores that somebody asked for; read all of them hourly."""
    store_rules.settle(now=timezone.now())
