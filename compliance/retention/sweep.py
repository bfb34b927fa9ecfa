"""Carries out what the policies say: finds items whose time is over, has them destroyed.

What is destroyed cannot be brought back, so the sweep decides nothing itself: dates are
set by policy when an item is kept, custodians check each item again under its lock, and
an item that fails is put back without holding up the others. Any number of workers sweep
side by side: each leases a chunk of its own. Whatever has days of grace is hidden first.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from compliance import custody
from compliance.custody import Custodian, Fates, Item, Order
from compliance.retention import pausing, stops

CHUNK = 200
"""So many items one worker takes at once."""
AT_ONCE = 100
"""So many of them go together; after these the pause is asked about again."""
MOST_WORKERS = 16
"""So many chunks one beat hands out; each worker goes on by itself."""
EXPIRED = Order(reason="retention_expired")


@dataclass
class Swept:
    """What one chunk came to. leased: how much it took in hand."""

    destroyed: int = 0
    failed: int = 0
    leased: int = field(default=0, compare=False)

    @property
    def is_full(self) -> bool:
        """Whether there may be more where it came from."""
        return self.leased >= CHUNK


def hide(*, now: datetime) -> int:
    """Hide, page by page, what is over and still has its days of grace, or is kept past
    its date; returns how much."""
    hidden = 0
    for custodian in custody.custodians():
        while not pausing.standing():
            page = custodian.hide(now=now, limit=CHUNK)
            hidden += page
            if page < CHUNK:
                break
    return hidden


def chunks(*, now: datetime) -> int:
    """How many workers there is work for now: none while the sweep is paused or stopped."""
    if stops.halted(now=now):
        return 0
    most = CHUNK * MOST_WORKERS
    waiting = sum(len(one.due(now=now, limit=most)) for one in custody.custodians())
    return -(-waiting // CHUNK)


def sweep(*, now: datetime, limit: int = CHUNK) -> Swept:
    """Lease up to `limit` due items of each custodian and destroy them.

    Nothing goes while the journal in the vault knows more than this database, nor while
    nobody can tell.
    """
    swept = Swept()
    if stops.halted(now=now):
        return swept
    for custodian in custody.custodians():
        items = custodian.lease(now=now, limit=limit)
        swept.leased += len(items)
        for fates in _fates(custodian, items, now):
            swept.destroyed += fates.destroyed
            swept.failed += fates.failed
    return swept


def _fates(custodian: Custodian, items: list[Item], now: datetime) -> Iterator[Fates]:
    """What becomes of them, some at a time. A pause leaves the rest to a later run: the
    lease ends by itself."""
    for start in range(0, len(items), AT_ONCE):
        if start and pausing.standing():
            return
        yield custodian.destroy(items[start : start + AT_ONCE], EXPIRED, now=now)
