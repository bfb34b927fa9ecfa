"""Judges once a minute what is only counted, or late: opens an alert, and closes it later.

Opened early and closed late, so that what comes and goes is one matter and not twenty.
LiveKit does not send again what was answered with 401, so a burst has all live rooms
looked into: once as it begins, and once as it is over.
"""

from datetime import datetime

from django.db import transaction

from recordings import alerts, intake, overdue
from recordings.intake import Counts
from recordings.models import Alert

LOOKED_AT_MINUTES = 5
QUIET_MINUTES = 30
OVER_MINUTES = 2
"""Without one for so long, a burst is over; its alert waits longer."""
MANY_REFUSED = 5
MANY_SKEWED = 3
DOOR, CLOCK = "webhook", "livekit"


def judge(*, now: datetime) -> list[str]:
    """Open or close what the counts of the last minutes tell; nothing without them.

    Returns why all live rooms are to be looked into: the kinds of which a burst has begun
    or is over. Each is told once.
    """
    overdue.watch(now=now)
    lately = intake.counts(now=now, minutes=LOOKED_AT_MINUTES)
    before = intake.counts(now=now, minutes=QUIET_MINUTES)
    just_now = intake.counts(now=now, minutes=OVER_MINUTES)
    if lately is None or before is None or just_now is None:
        return []
    with transaction.atomic():
        _refused(lately, before, now)
        _skewed(lately, before, now)
    turns = {
        Alert.Kind.REFUSED_EVENTS: (lately.refused >= MANY_REFUSED, just_now.refused),
        Alert.Kind.CLOCK_SKEW: (lately.skewed >= MANY_SKEWED, just_now.skewed),
    }
    return [
        kind
        for kind, (is_many, any_now) in turns.items()
        if _turns(kind, is_many=is_many, is_over=not any_now)
    ]


def _turns(kind: Alert.Kind, *, is_many: bool, is_over: bool) -> bool:
    """Whether a burst begins or ends here; of several workers one is told so."""
    if is_over:
        return intake.burst_ends(kind)
    return is_many and intake.burst_begins(kind)


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
