"""The law book: access, audit, consent law, retention."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ComplianceConfig(AppConfig):
    """Knows nothing of LiveKit or of any object store."""

    name = "compliance"
    verbose_name = _("Compliance")

    def ready(self) -> None:
        """Let the audit log watch our models and know who acts."""
        from compliance.audit import registered

        registered.register(registered.COMPLIANCE)
        registered.connect()
