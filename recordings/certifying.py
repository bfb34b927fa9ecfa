"""Which receipts belong together: those of a call, a list of calls, a hold, a purge."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min, QuerySet, Sum

from compliance.models import DestructionReceipt, Hold, HoldItem
from recordings.models import Call, Purge, PurgeItem, Recording

KIND = Recording.ITEM


@dataclass(frozen=True)
class Extent:
    """How much was destroyed. bytes: as listed before it went."""

    items: int = 0
    bytes: int = 0
    first: datetime | None = None
    last: datetime | None = None


def of_calls(calls: "QuerySet[Call]") -> QuerySet[DestructionReceipt]:
    """The receipts of the recordings of these calls."""
    parts = Recording.objects.filter(call__in=calls.order_by().values("pk"))
    return _receipts().filter(item_id__in=parts.values("pk"))


def of_hold(hold: Hold) -> QuerySet[DestructionReceipt]:
    """The receipts of what a hold had caught: destroyed after its release, or met when it
    was going already."""
    caught = HoldItem.objects.filter(hold=hold, kind=KIND)
    return _receipts().filter(item_id__in=caught.values("item_id"))


def of_purge(purge: Purge) -> QuerySet[DestructionReceipt]:
    """The receipts of what a purge destroyed, also where the sweep had to try again."""
    gone = purge.items.filter(fate__in=(PurgeItem.Fate.GONE, PurgeItem.Fate.FAILED))
    return _receipts().filter(item_id__in=gone.order_by().values("item_id"))


def measure(receipts: QuerySet[DestructionReceipt]) -> Extent:
    """How much it is, by one query."""
    told = receipts.aggregate(
        items=Count("pk"),
        bytes=Sum("bytes_listed"),
        first=Min("destroyed_at"),
        last=Max("destroyed_at"),
    )
    return Extent(**{**told, "bytes": told["bytes"] or 0})


def _receipts() -> QuerySet[DestructionReceipt]:
    kinds = (KIND, DestructionReceipt.ORIGINAL)
    return DestructionReceipt.objects.filter(item_kind__in=kinds)
