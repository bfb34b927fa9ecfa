"""Is control itself working? Looked at each minute, and alerted where it is not.

The guards of the audit log, its way to each receiver, and clocks that agree: PCI DSS
10.7 wants to hear of such failures soon, and in writing what they were.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from compliance.audit import triggers
from compliance.audit.forward import cursor
from compliance.models import SiemTarget
from compliance.retention import pausing
from recordings import alerts, clocks
from recordings.models import Alert

logger = logging.getLogger(__name__)

BEHIND = timedelta(minutes=2)
"""An entry that a receiver has not taken by then: seconds are usual."""
APART_SECONDS = 1.0
STALLED = "stalled"
LOG = "audit_log"
SWEEP = "sweep"


def judge(*, now: datetime) -> None:
    """Open alerts, and say of open ones that they are over. One look stops no other."""
    looks: tuple[Callable[[datetime], None], ...] = (
        _guards,
        _forwarding,
        _clocks,
        _sweep,
    )
    for look in looks:
        try:
            look(now)
        except Exception:
            logger.exception("control.not_looked_at", extra={"look": look.__name__})


def _guards(now: datetime) -> None:
    off = triggers.off()
    _tell(
        Alert.Kind.UNGUARDED,
        LOG,
        off[0][:60] if off else "",
        now,
    )


def _forwarding(now: datetime) -> None:
    for target in SiemTarget.objects.all():
        is_late = cursor.lag(target).seconds(now) > BEHIND.total_seconds()
        why = (target.last_error or STALLED) if is_late else ""
        _tell(Alert.Kind.UNFORWARDED, str(target.pk), why, now)


def _clocks(now: datetime) -> None:
    for name in clocks.CLOCKS:
        try:
            found = clocks.skew(name)
        except Exception as error:  # noqa: BLE001  that it does not answer is told elsewhere
            logger.warning(
                "control.clock_not_read",
                extra={"clock": name, "error": type(error).__name__},
            )
            continue
        why = ""
        if found and found.exceeds(APART_SECONDS):
            why = (
                f"{'ahead' if found.seconds > 0 else 'behind'}:{abs(found.seconds):.0f}"
            )
        _tell(Alert.Kind.OWN_CLOCKS, name, why, now)


def _sweep(now: datetime) -> None:
    paused = pausing.standing()
    is_long = paused is not None and now - paused.paused_at > pausing.LONG
    _tell(Alert.Kind.SWEEP_PAUSED, SWEEP, "sweep_paused" if is_long else "", now)


def _tell(kind: Alert.Kind, subject: str, why: str, now: datetime) -> None:
    """why: a code; '' for nothing to complain of."""
    if why:
        alerts.open_once(kind, subject=subject, now=now, detail=why)
    else:
        alerts.close(kind, subject=subject, now=now)
