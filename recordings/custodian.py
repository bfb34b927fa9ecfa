"""Recordings, as the law book sees them."""

from datetime import datetime

from compliance.custody import Item, Order
from recordings import destruction


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
