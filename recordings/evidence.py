"""The safeguards of the audit log, one look each; rings where one does not hold.

`recordings.control` looks at all of them each minute.
"""

from datetime import datetime, timedelta

from compliance import anchoring, journal
from compliance.audit import checks, lag, restores, triggers
from compliance.audit.forward import cursor
from compliance.models import AuditAnchor, Installation, SiemTarget
from compliance.retention import stops
from recordings import alerts
from recordings.models import Alert

VAULT, LOG, GUARDS, SWEEP = "vault", "log", "audit_log", "sweep"
STALLED = "stalled"
BEHIND = timedelta(minutes=2)
"""An entry that a receiver has not taken by then: seconds are usual."""
UNSEALED_SECONDS = 30
HELD_SECONDS = 10
QUIET = timedelta(minutes=5)
"""What comes and goes is one matter: its alert closes so long after it was opened."""


def _guards(now: datetime) -> None:
    off = triggers.off()
    why = off[0][:60] if off else ""
    alerts.tell(Alert.Kind.UNGUARDED, subject=GUARDS, why=why, now=now)


def _forwarding(now: datetime) -> None:
    for target in SiemTarget.objects.all():
        is_late = cursor.lag(target).seconds(now) > BEHIND.total_seconds()
        why = (target.last_error or STALLED) if is_late else ""
        alerts.tell(Alert.Kind.UNFORWARDED, subject=str(target.pk), why=why, now=now)


def _anchors(now: datetime) -> None:
    kind = Alert.Kind.AUDIT_ANCHOR
    for wrong in AuditAnchor.objects.exclude(finding=""):
        subject = str(wrong.pk)
        alerts.open_once(
            kind, subject=subject, detail=wrong.finding, now=now, ever=True
        )
    why = "overdue" if anchoring.is_overdue(now=now) else ""
    alerts.tell(kind, subject=VAULT, why=why, now=now)


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


LOOKS = (_guards, _forwarding, _seals, _anchors, _journal, _epochs, _checks)
