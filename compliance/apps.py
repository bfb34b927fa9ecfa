"""The law book: access, audit, consent law, retention."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ComplianceConfig(AppConfig):
    """Knows nothing of LiveKit or of any object store."""

    name = "compliance"
    verbose_name = _("Compliance")

    def ready(self) -> None:
        """Let the audit log watch our models and know who acts; say what takes two."""
        from compliance import anchoring, approvals
        from compliance.access import restore_approvals, role_approvals
        from compliance.audit import (
            classified_requests,
            outside,
            registered,
            registered_keeping,
        )
        from compliance.requests import erasure_journal, numbers, plan_approval, traces
        from compliance.retention import hold_release, replay

        approvals.register(role_approvals.ROLE)
        approvals.register(role_approvals.MEMBER)
        approvals.register(restore_approvals.RESTORE)
        approvals.register(hold_release.RELEASE)
        approvals.register(plan_approval.PLAN)
        replay.register_eraser(erasure_journal.erase_again)
        registered.register(registered.COMPLIANCE)
        registered.register(registered_keeping.KEEPING)
        registered.register(classified_requests.REQUESTS)
        registered.connect()
        outside.register(anchoring.held)
        traces.register(numbers.Numbers())
        post_migrate.connect(_load_law, sender=self)


def _load_law(*, apps: Any = None, **_: object) -> None:
    """Bring the shipped law into the book; nothing to do where it has no table."""
    from compliance.consent import shipped
    from compliance.retention import shipped as presets

    tables = None if apps is None else apps.all_models["compliance"]
    if tables is None or "consentrule" in tables:
        shipped.load()
    if tables is None or "recordingduty" in tables:
        shipped.load_duties()
    if tables is None or "retentionpolicy" in tables:
        presets.load()
