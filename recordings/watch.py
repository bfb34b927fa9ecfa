"""Judges once a minute what is only counted: opens an alert, and closes it later.

Opened early and closed late, so that what comes and goes is one matter and not twenty.
"""

from datetime import datetime

from django.db import transaction

from recordings import alerts, intake
from recordings.intake import Counts
from recordings.models import Alert

LOOKED_AT_MINUTES = 5
QUIET_MINUTES = 30
MANY_REFUSED = 5
MANY_SKEWED = 3
DOOR, CLOCK = "webhook", "livekit"


def judge(*, now: datetime) -> None:
    """Open or close what the counts of the last minutes tell; nothing without them."""
    lately = intake.counts(now=now, minutes=LOOKED_AT_MINUTES)
    before = intake.counts(now=now, minutes=QUIET_MINUTES)
    if lately is None or before is None:
        return
    with transaction.atomic():
        _refused(lately, before, now)
        _skewed(lately, before, now)


def _refused(lately: Counts, before: Counts, now: datetime) -> None:
    """LiveKit signs with a key we do not know, or somebody tries the door."""
    kind = Alert.Kind.REFUSED_EVENTS
    if lately.refused >= MANY_REFUSED:
        alerts.open_once(kind, subject=DOOR, now=now)
    elif not before.refused:
        alerts.close(kind, subject=DOOR, now=now)


def _skewed(lately: Counts, before: Counts, now: datetime) -> None:
    """LiveKit's dates are far from when its events come."""
    kind = Alert.Kind.CLOCK_SKEW
    if lately.skewed >= MANY_SKEWED:
        way = "behind" if lately.mean_skew > 0 else "ahead"
        detail = f"{way}:{abs(lately.mean_skew)}"
        alerts.open_once(kind, subject=CLOCK, now=now, detail=detail)
    elif not before.skewed:
        alerts.close(kind, subject=CLOCK, now=now)
