"""Calls, their recordings, and the only way to hear them."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecordingsConfig(AppConfig):
    """Implements the law book's ports on LiveKit and the object store."""

    name = "recordings"
    verbose_name = _("Recordings")

    def ready(self) -> None:
        """Register with the law book what this app keeps."""
        from compliance import approvals, custody, redaction, vault
        from compliance.access import alarms
        from compliance.audit import registered
        from compliance.requests import neighbours
        from recordings import (
            held_deletion,
            orphan_deletion,
            policy_approvals,
            purges,
            sealed_hearing,
        )
        from recordings.bell import AlertBell
        from recordings.copies import asking as copies
        from recordings.custodian import RecordingCustodian
        from recordings.models.classified import RECORDINGS
        from recordings.neighbours import CallNeighbours
        from recordings.productions.asking import PRODUCTION
        from recordings.redactor import RecordingRedactor
        from recordings.traces import kinds as traces
        from recordings.vault import StoreVault

        registered.register(RECORDINGS)
        custody.register(RecordingCustodian())
        redaction.register(RecordingRedactor())
        neighbours.register(CallNeighbours())
        neighbours.register_taking_back(copies.take_back)
        traces.register()
        vault.register(StoreVault())
        alarms.register(AlertBell())
        approvals.register(held_deletion.HELD_DELETION)
        approvals.register(PRODUCTION)
        approvals.register(purges.PURGE)
        approvals.register(policy_approvals.POLICY)
        approvals.register(policy_approvals.NUMBERS)
        approvals.register(orphan_deletion.ORPHAN_DELETION)
        approvals.register(sealed_hearing.SEALED_LISTEN)
