"""Is control itself working? Looked at each minute, and alerted where it is not.

The safeguards of the audit log (`recordings.evidence`) and clocks that agree: PCI DSS
10.7 wants to hear of such failures soon, and in writing what they were.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from compliance.retention import pausing
from recordings import alerts, clocks, evidence
from recordings.models import Alert

logger = logging.getLogger(__name__)

APART_SECONDS = 1.0
SWEEP = "sweep"


def judge(*, now: datetime) -> None:
    """Open alerts, and say of open ones that they are over. One look stops no other."""
    looks: tuple[Callable[[datetime], None], ...] = (*evidence.LOOKS, _clocks, _sweep)
    for look in looks:
        try:
            look(now)
        except Exception:
            logger.exception("control.not_looked_at", extra={"look": look.__name__})


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
        alerts.tell(Alert.Kind.OWN_CLOCKS, subject=name, why=why, now=now)


def _sweep(now: datetime) -> None:
    paused = pausing.standing()
    is_long = paused is not None and now - paused.paused_at > pausing.LONG
    why = "sweep_paused" if is_long else ""
    alerts.tell(Alert.Kind.SWEEP_PAUSED, subject=SWEEP, why=why, now=now)
