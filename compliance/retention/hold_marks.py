"""The store's own locks on what is on hold: set, repaired where they drift, lifted.

The portal keeps what is on hold whether the store locks it or not; the lock is for
whatever reaches the bucket past the portal. It is looked at every hour.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from compliance import custody
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.custody import Item, Marking
from compliance.models import Hold, HoldItem
from compliance.retention import held
from compliance.retention.held import Said

logger = logging.getLogger(__name__)

LOOKED_EVERY = timedelta(hours=1)
PAGE = 500


def settle(*, now: datetime, limit: int = PAGE) -> int:
    """Look at locks that are due, and lift those of holds that are over; returns how many
    items were looked at. An item that fails is told of, and tried again in an hour."""
    stale = Q(store_at=None) | Q(store_at__lte=now - LOOKED_EVERY)
    rows = HoldItem.objects.filter(stale).select_related("hold")
    holding = Hold.objects.filter(Hold.holding(now)).values("pk")
    kept = Q(state=HoldItem.State.KEPT, hold__in=holding)
    over = ~Q(hold__in=holding) & Q(store__in=held.MARKED)
    oldest_first = F("store_at").asc(nulls_first=True)
    due = list(rows.filter(kept | over).order_by(oldest_first, "pk")[:limit])
    for row in due:
        _look(row, now)
    return len(due)


def _look(row: HoldItem, now: datetime) -> None:
    on = held.is_held(row.kind, row.item_id, now=now)
    try:
        item = Item(row.kind, row.item_id)
        told = custody.custodian_of(row.kind).mark(item, on=on)
    except Exception as error:  # noqa: BLE001  one bad item must not stop the others
        facts = {"kind": row.kind, "item": str(row.item_id)}
        logger.warning(
            "holds.not_marked", extra={**facts, "error": type(error).__name__}
        )
        _write(row, Said.FAILED, now)
        return
    if not on or not row.hold_keeps(now):
        _write(row, Said.UNSEEN, now)
        return
    drifted = told.changed and row.store in (Said.LOCKED, Said.TAGGED)
    _write(row, Said.DRIFTED if drifted else _word(told), now)


def _word(told: Marking) -> HoldItem.Store:
    if not told.is_there:
        return Said.UNSEEN
    if told.locked:
        return Said.LOCKED
    return Said.TAGGED if told.tagged else Said.UNABLE


def _write(row: HoldItem, word: HoldItem.Store, now: datetime) -> None:
    """Note it; what drifted, or what the store did not do, is an entry once."""
    with transaction.atomic():
        HoldItem.objects.filter(pk=row.pk).update(store=word, store_at=now)
        if word in (Said.DRIFTED, Said.FAILED) and word != row.store:
            facts = {"item": str(row.item_id), "what": word.value}
            log.append(Action.HOLD_UNMARKED, subject=row.hold, facts=facts)
