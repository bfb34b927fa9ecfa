"""Judges once a minute whether the log's own safeguards hold; rings where one does not."""

from datetime import datetime

from compliance import anchoring
from compliance.models import AuditAnchor
from recordings import alerts
from recordings.models import Alert

VAULT = "vault"


def judge(*, now: datetime) -> None:
    """Open or close the alerts about what is held outside of the log."""
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
