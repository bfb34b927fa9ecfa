"""What of the log a receiver does not have yet, in the log's own order.

The order is (xid, id), up to the oldest transaction that is still open: an entry that
commits late comes late, and none is passed by. It is the order of the seals.
"""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from compliance import keyset
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.horizon import Place
from compliance.models import AuditEntry, SiemTarget
from compliance.models.audit import first_uuid_of

ORDER = keyset.Order("xid", descending=False)
PAGE = 200
"""Entries read at once: so many are held in memory."""
COUNTED = 10_000
SENT_TWICE = timedelta(hours=1)
"""How far a log that was restored is sent again."""
NOTHING = uuid.UUID(int=0)
_MILLISECONDS = 80
"""Bits that stand behind the time in the id of an entry."""


@dataclass(frozen=True)
class Lag:
    """What waits: how many, COUNTED at the most, and since when the first does."""

    waiting: int
    since: datetime | None

    def seconds(self, now: datetime) -> float:
        """How long the first has waited; 0 for nothing."""
        return max(0.0, (now - self.since).total_seconds()) if self.since else 0.0

    @property
    def is_more(self) -> bool:
        """Whether there are more than were counted."""
        return self.waiting >= COUNTED


def behind(target: SiemTarget) -> QuerySet[AuditEntry]:
    """The entries after the receiver's cursor, in the order of the log."""
    after = keyset.beyond(ORDER, str(target.sent_xid), target.sent_id, model=AuditEntry)
    rows: QuerySet[AuditEntry] = AuditEntry.objects.filter(after)
    if target.not_before:
        rows = rows.filter(id__gte=target.not_before)
    return rows.order_by(*ORDER.columns)


def ready(target: SiemTarget, place: Place) -> QuerySet[AuditEntry]:
    """Those of them before which nothing can appear any more."""
    return behind(target).filter(xid__lt=place.horizon)


def lag(target: SiemTarget) -> Lag:
    """How far the receiver is behind; one that is switched off is not."""
    if not target.is_active:
        return Lag(0, None)
    rows = behind(target)
    first = rows.values_list("timestamp", flat=True).first()
    return Lag(rows[:COUNTED].count() if first else 0, first)


def lags() -> dict[str, Lag]:
    """How far each receiver in use is behind, by its name."""
    targets = SiemTarget.objects.filter(is_active=True)
    return {target.name: lag(target) for target in targets}


def mend(target: SiemTarget, place: Place) -> None:
    """Where the cursor is not of this database, it was put back to an earlier time and
    counts transactions anew: go back an hour before what was sent last, by the time in
    its id. Entries that the receiver has come again, so that no new one is passed by.
    """
    if not is_foreign(target, place):
        return
    last = _time_of(target.sent_id) if target.sent_id != NOTHING else target.made_at
    target.sent_xid, target.sent_id = 0, NOTHING
    target.not_before = first_uuid_of(last - SENT_TWICE)
    with transaction.atomic():
        SiemTarget.objects.filter(pk=target.pk).update(
            sent_xid=0, sent_id=NOTHING, not_before=target.not_before
        )
        since = (last - SENT_TWICE).astimezone(UTC)
        facts = {"since": since.strftime("%Y-%m-%dT%H:%M:%SZ")}
        log.append(Action.SIEM_RESUMED, subject=target, facts=facts)


def is_foreign(target: SiemTarget, place: Place) -> bool:
    """Whether the cursor is ahead of all transactions, or at an entry that is not there."""
    if place.next_xid < target.sent_xid:
        return True
    there = AuditEntry.objects.filter(pk=target.sent_id, xid=target.sent_xid)
    return target.sent_id != NOTHING and not there.exists()


def _time_of(entry_id: uuid.UUID) -> datetime:
    return datetime.fromtimestamp((entry_id.int >> _MILLISECONDS) / 1000, UTC)
