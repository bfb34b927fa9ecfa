"""Implements `compliance.access.alarms.Bell` with the alerts of this app."""

from datetime import datetime
from uuid import UUID

from recordings import alerts
from recordings.models import Alert


class AlertBell:
    """Each ring is an alert: whoever may settle it is mailed."""

    def break_glass_used(self, *, entry_id: UUID, now: datetime) -> None:
        """One alert a sign-in, told apart by its audit entry."""
        alerts.open_once(Alert.Kind.BREAK_GLASS, subject=str(entry_id), now=now)
