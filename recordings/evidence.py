"""Judges once a minute whether the log's own safeguards hold; rings where one does not."""

from datetime import datetime

from compliance import anchoring
from compliance.audit import checks
from compliance.models import AuditAnchor, Installation
from recordings import alerts
from recordings.models import Alert

VAULT = "vault"
LOG = "log"


def judge(*, now: datetime) -> None:
    """Open or close the alerts about what is held outside, and about the checks."""
    _anchors(now)
    _checks(now)


def _anchors(now: datetime) -> None:
    kind = Alert.Kind.AUDIT_ANCHOR
    for wrong in AuditAnchor.objects.exclude(finding=""):
        subject = str(wrong.pk)
        alerts.open_once(
            kind, subject=subject, detail=wrong.finding, now=now, ever=True
        )
    if anchoring.is_overdue(now=now):
        alerts.open_once(kind, subject=VAULT, detail="overdue", now=now)
    else:
        alerts.close(kind, subject=VAULT, now=now)


def _checks(now: datetime) -> None:
    """A missed night is over with the next result; a bad result, when it is settled."""
    if _is_missed(now):
        alerts.open_once(Alert.Kind.AUDIT_UNCHECKED, subject=LOG, now=now)
    else:
        alerts.close(Alert.Kind.AUDIT_UNCHECKED, subject=LOG, now=now)
    last, kind = checks.latest(), Alert.Kind.AUDIT_CHANGED
    if last is None or last.is_sound:
        return
    if not Alert.objects.filter(kind=kind, closed_at=None).exists():
        first = checks.findings(last)[0].kind
        subject = str(last.id)
        alerts.open_once(kind, subject=subject, now=now, detail=first, ever=True)


def _is_missed(now: datetime) -> bool:
    """Whether a log that was begun long enough ago has no fresh result."""
    begun = Installation.objects.filter(made_at__lte=now - checks.OVERDUE)
    return begun.exists() and checks.is_due(now=now, after=checks.OVERDUE)
