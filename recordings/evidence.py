"""Judges once a minute whether the log's own safeguards hold; rings where one does not."""

from datetime import datetime, timedelta

from compliance import anchoring, journal
from compliance.audit import checks, lag, restores
from compliance.models import AuditAnchor, Installation
from compliance.retention import stops
from recordings import alerts
from recordings.models import Alert

VAULT, LOG, SWEEP = "vault", "log", "sweep"
UNSEALED_SECONDS = 30
HELD_SECONDS = 10
QUIET = timedelta(minutes=5)
"""What comes and goes is one matter: its alert closes so long after it was opened."""


def judge(*, now: datetime) -> None:
    """Open or close the alerts about seals, checks and what is held outside."""
    _anchors(now)
    _journal(now)
    _seals(now)
    _epochs(now)
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


def _journal(now: datetime) -> None:
    """A page that is owed for long, and a sweep that waits for a replay."""
    kind = Alert.Kind.JOURNAL_OWED
    if journal.is_overdue(now=now):
        alerts.open_once(kind, subject=VAULT, now=now)
    else:
        alerts.close(kind, subject=VAULT, now=now)
    stop, kind = stops.current(), Alert.Kind.SWEEP_STOPPED
    if stop:
        alerts.open_once(kind, subject=SWEEP, detail=stop.cause, now=now)
    else:
        alerts.close(kind, subject=SWEEP, now=now)


def _seals(now: datetime) -> None:
    found = lag.current(now=now)
    kind = Alert.Kind.AUDIT_UNSEALED
    if found.unsealed > UNSEALED_SECONDS:
        detail = "behind" if found.is_whole else "broken"
        alerts.open_once(kind, subject=LOG, detail=detail, now=now)
    else:
        alerts.close(kind, subject=LOG, now=now, after=QUIET)
    kind = Alert.Kind.AUDIT_HELD_UP
    if found.held > HELD_SECONDS:
        alerts.open_once(kind, subject=LOG, now=now)
    else:
        alerts.close(kind, subject=LOG, now=now, after=QUIET)


def _epochs(now: datetime) -> None:
    """An epoch nobody has accounted for; acknowledging closes those before it, too."""
    kind = Alert.Kind.AUDIT_EPOCH
    epoch = restores.unacknowledged()
    if epoch:
        alerts.open_once(kind, subject=f"epoch:{epoch}", now=now, ever=True)
        return
    waiting = Alert.objects.filter(kind=kind, closed_at=None)
    for subject in waiting.values_list("subject", flat=True):
        alerts.close(kind, subject=subject, now=now)


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
