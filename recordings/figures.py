"""How the whole is doing, in numbers for whoever watches it: few and cheap queries.

Each reads only what is open, through an index of its own, so that a scrape costs the
same with a hundred calls and with ten million.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import redis
from django.db.models import Count, Min, Q, Sum
from django.utils import timezone

from compliance.audit import lag
from compliance.audit.forward import cursor
from compliance.audit.lag import Lag
from recordings import intake, keeping, pulse
from recordings.intake import Counts
from recordings.models import Alert, Call, LiveKitEvent, Recording

State = Recording.State

UNSETTLED = (*Recording.OPEN, State.CHECKING)
"""What LiveKit may still write, and what was not looked at yet."""
SWEPT = (*Recording.HEARABLE, *Recording.SHUT, State.EXPIRED)
"""States in which a recording goes when its time is over."""
LONGEST_CALL = timedelta(days=1)
SKEW_SEEN_IN = timedelta(minutes=10)
MOST_EVENTS = 200


@dataclass(frozen=True)
class Waiting:
    """How many wait, and since when the first of them: None for nobody."""

    count: int
    since: datetime | None

    def seconds(self, now: datetime) -> float:
        """How long the first has waited; 0 for nobody."""
        return max(0.0, (now - self.since).total_seconds()) if self.since else 0.0


@dataclass(frozen=True)
class Figures:
    """skew_seconds: by how much LiveKit's clock is behind ours; None without events.

    unrecorded: seconds of the calls that ended today, by cause. siem: how far each
    receiver of the audit log is behind, by its name.
    beat_age: seconds since the beat was seen, None for never; both it and `counted`
    are None when Redis does not answer, which `redis_answers` tells.
    """

    inbox: Waiting
    unsettled: Mapping[str, int]
    live_calls: int
    overdue: Waiting
    alerts: Mapping[str, int]
    log: Lag
    unrecorded: Mapping[str, float]
    skew_seconds: float | None
    redis_answers: bool
    beat_age: float | None
    siem: Mapping[str, cursor.Lag]
    counted: Counts | None


def current(*, now: datetime) -> Figures:
    """Count everything: eight queries, the log's lag, two more for each receiver of it."""
    redis_answers, beat_age = _beat_age()
    return Figures(
        inbox=inbox(now=now),
        unsettled=_by(Recording, "state", Q(state__in=UNSETTLED), UNSETTLED),
        live_calls=Call.objects.filter(ended_at=None).count(),
        overdue=_overdue(now),
        alerts=_by(Alert, "kind", Q(closed_at=None), Alert.Kind.values),
        log=lag.current(now=now),
        unrecorded=unrecorded(now=now),
        skew_seconds=skew_seconds(now=now),
        redis_answers=redis_answers,
        beat_age=beat_age,
        siem=cursor.lags(),
        counted=intake.totals(),
    )


def skew_seconds(*, now: datetime) -> float | None:
    """By how much LiveKit's clock is behind ours (negative: ahead); None: not known.

    From when LiveKit signed its latest events and when they came. The least delay is
    told: a retry adds some, and nothing takes any away.
    """
    latest = (
        LiveKitEvent.objects.exclude(payload="")
        .filter(applied_at__gt=now - SKEW_SEEN_IN)
        .order_by("-applied_at")
        .values_list("received_at", "signed_at")[:MOST_EVENTS]
    )
    delays = [(came - signed).total_seconds() for came, signed in latest if signed]
    return min(delays, default=None)


def unrecorded(*, now: datetime) -> Mapping[str, float]:
    """Seconds on no recording, of the calls that ended since midnight (UTC): `missed`
    ought to have been recorded; `other` was not to be (a pause, no consent), or was
    before a recorder could hear.

    Read through the index of beginnings, two days of it.
    """
    midnight = timezone.localtime(now, timezone.get_default_timezone()).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    ended = Call.objects.filter(
        started_at__gte=midnight - LONGEST_CALL, ended_at__gte=midnight
    )
    sums = ended.aggregate(
        missed=Sum("missed_ms", default=0), whole=Sum("unrecorded_ms", default=0)
    )
    missed, whole = sums["missed"], sums["whole"]
    return {"missed": missed / 1000, "other": (whole - missed) / 1000}


def inbox(*, now: datetime) -> Waiting:
    """Events that are due and that nobody has applied yet."""
    waiting = LiveKitEvent.objects.filter(
        state=LiveKitEvent.State.RECEIVED, due_at__lte=now
    )
    return Waiting(*waiting.aggregate(n=Count("*"), first=Min("due_at")).values())


def _overdue(now: datetime) -> Waiting:
    """Recordings whose time is over and that are still there."""
    overdue = Recording.objects.filter(keeping.is_over(now), state__in=SWEPT)
    return Waiting(*overdue.aggregate(n=Count("*"), first=Min("expires_at")).values())


def _by(
    model: type[Recording] | type[Alert], field: str, which: Q, names: Iterable[str]
) -> Mapping[str, int]:
    """Rows by one field, a zero for each name that none has."""
    rows = model._default_manager.filter(which).order_by()
    counted = rows.values_list(field).annotate(n=Count("*"))
    return Counter({str(name): 0 for name in names} | dict(counted))


def _beat_age() -> tuple[bool, float | None]:
    try:
        return True, pulse.beat_age()
    except redis.RedisError:
        return False, None
