"""Calls, their recordings, and the only way to hear them."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecordingsConfig(AppConfig):
    """Implements the law book's ports on LiveKit and the object store."""

    name = "recordings"
    verbose_name = _("Recordings")

    def ready(self) -> None:
        """Register with the law book what this app keeps."""
        from compliance import approvals, custody, vault
        from compliance.access import alarms
        from compliance.audit import registered
        from compliance.requests import neighbours
        from recordings import held_deletion
        from recordings.bell import AlertBell
        from recordings.custodian import RecordingCustodian
        from recordings.models.classified import RECORDINGS
        from recordings.neighbours import CallNeighbours
        from recordings.vault import StoreVault

        registered.register(RECORDINGS)
        custody.register(RecordingCustodian())
        neighbours.register(CallNeighbours())
        vault.register(StoreVault())
        alarms.register(AlertBell())
        approvals.register(held_deletion.HELD_DELETION)
