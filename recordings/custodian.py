"""Recordings, as the law book sees them."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from compliance.custody import Item, Order
from recordings import destruction
from recordings.models import Call, Recording


class RecordingCustodian:
    """Implements `compliance.custody.Custodian` for recordings."""

    kinds: tuple[str, ...] = (destruction.KIND,)

    def due(self, *, now: datetime, limit: int) -> list[Item]:
        """Recordings whose retention is over, oldest first."""
        return [
            Item(destruction.KIND, pk) for pk in destruction.due(now=now, limit=limit)
        ]

    def destroy(self, item: Item, order: Order, *, now: datetime) -> bool:
        """Destroy one recording for ever, with its waveform, and write the receipt."""
        return destruction.destroy(recording_id=item.id, reason=order.reason, now=now)

    def related(self, id: UUID) -> list[UUID]:
        """Of a call, or of one of its recordings: the call with its recordings."""
        of_part = Recording.objects.filter(id=id).values("call")
        calls = Call.objects.filter(Q(id=id) | Q(id__in=of_part))
        rows = calls.values_list("id", "recordings").order_by("recordings__part")
        return list(dict.fromkeys(key for row in rows for key in row if key))
