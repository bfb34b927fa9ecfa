"""Judges once a minute whether the audit log was checked, and what was found."""

from datetime import datetime

from compliance.audit import checks
from compliance.models import Installation
from recordings import alerts
from recordings.models import Alert

LOG = "audit"


def judge(*, now: datetime) -> None:
    """Open an alert on a bad result and on a night that was missed.

    A missed night is over with the next result. A bad one stays until an auditor has
    settled it, whatever later checks find.
    """
    if _is_missed(now):
        alerts.open_once(Alert.Kind.AUDIT_UNCHECKED, subject=LOG, now=now)
    else:
        alerts.close(Alert.Kind.AUDIT_UNCHECKED, subject=LOG, now=now)
    last = checks.latest()
    if last is None or last.is_sound or _is_open():
        return
    alerts.open_once(
        Alert.Kind.AUDIT_CHANGED,
        subject=str(last.id),
        now=now,
        detail=checks.findings(last)[0].kind,
        ever=True,
    )


def _is_missed(now: datetime) -> bool:
    """Whether a log that was begun long enough ago has no fresh result."""
    begun = Installation.objects.filter(made_at__lte=now - checks.OVERDUE)
    return begun.exists() and checks.is_due(now=now, after=checks.OVERDUE)


def _is_open() -> bool:
    return Alert.objects.filter(kind=Alert.Kind.AUDIT_CHANGED, closed_at=None).exists()
