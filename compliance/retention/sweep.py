"""Carries out what the policies say: finds items whose time is over, has them destroyed.

What is destroyed cannot be brought back, so the sweep decides nothing itself: dates are
set by policy when an item is kept, custodians check each item again under its lock, and
an item that fails is left for the next run without holding up the others.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

from compliance import custody
from compliance.custody import Custodian, Item, Order
from compliance.retention import stops
from compliance.vault import VaultError

logger = logging.getLogger(__name__)

PAGE = 200
EXPIRED = Order(reason="retention_expired")


@dataclass
class Swept:
    """What one sweep did."""

    destroyed: int = 0
    failed: int = 0


def sweep(*, now: datetime, limit: int = PAGE) -> Swept:
    """Destroy up to `limit` due items of each custodian; returns the counts.

    Nothing goes while the journal in the vault knows more than this database, nor while
    nobody can tell.
    """
    swept = Swept()
    if _is_stopped(now):
        return swept
    for custodian in custody.custodians():
        for item in custodian.due(now=now, limit=limit):
            _sweep_one(custodian, item, swept, now)
    return swept


def _is_stopped(now: datetime) -> bool:
    try:
        stop = stops.look(now=now)
    except VaultError as error:
        logger.warning("sweep.vault_failed", extra={"error": type(error).__name__})
        return True
    if stop is not None:
        logger.warning("sweep.stopped", extra={"cause": stop.cause})
    return stop is not None


def _sweep_one(custodian: Custodian, item: Item, swept: Swept, now: datetime) -> None:
    try:
        destroyed = custodian.destroy(item, EXPIRED, now=now)
    except Exception as error:  # noqa: BLE001  one bad item must not stop the others
        swept.failed += 1
        logger.warning(
            "sweep.failed",
            extra={
                "kind": item.kind,
                "item": str(item.id),
                "error": type(error).__name__,
            },
        )
    else:
        swept.destroyed += destroyed
