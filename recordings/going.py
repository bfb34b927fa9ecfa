"""What goes when: recordings that reach their end, by the days of the legal calendar.

What a hold keeps, and what a floor keeps beyond its date, does not go and is not counted;
what has no date is counted apart.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.models import Person, RetentionPolicy
from compliance.retention.periods import legal_calendar
from recordings import kept, restricted
from recordings.models import Recording

STATES = (*Recording.HEARABLE, *Recording.SHUT)


@dataclass(frozen=True)
class Day:
    """What goes on one day."""

    day: date
    recordings: int
    bytes: int


def parts(person: Person) -> QuerySet[Recording]:
    """What is kept of the calls this person may see."""
    scope = policy.scope_for(person, Verb.VIEW)
    rows = Recording.objects.filter(state__in=STATES)
    rows = scope.narrow(rows, "call__team_id", staff="call__staff")
    return restricted.of_calls_for(person, rows)


def of_policy(series: UUID) -> Q:
    """Parts for which some version of that policy answers."""
    versions = RetentionPolicy.objects.filter(series=series)
    return Q(policy_id__in=versions.values("pk"))


def due(now: datetime) -> Q:
    """Parts that go on their date: no floor is later, and neither a hold nor a
    restriction keeps them."""
    free = Q(keep_until=None) | Q(keep_until__lte=F("expires_at"))
    return (
        Q(expires_at__isnull=False) & free & ~Q(kept.part(now)) & ~Q(restricted.part())
    )


def within(since: date, until: date) -> Q:
    """Parts whose date is one of these days of the legal calendar, both included."""
    calendar = legal_calendar()
    begins = calendar.end_of(since - timedelta(days=1))
    return Q(expires_at__gte=begins, expires_at__lt=calendar.end_of(until))


def by_day(
    rows: QuerySet[Recording], *, since: date, until: date, now: datetime
) -> list[Day]:
    """How many of these go on each day from since to until, those with none left out."""
    coming = rows.filter(due(now), within(since, until), expires_at__gte=now)
    there = TruncDate("expires_at", tzinfo=legal_calendar().tzinfo)
    counted = coming.order_by().annotate(day=there).values("day")
    counted = counted.annotate(n=Count("pk"), size=Sum("bytes")).order_by("day")
    found = counted.values_list("day", "n", "size")
    return [Day(day, n, size or 0) for day, n, size in found]


def by_policy(
    rows: QuerySet[Recording], *, since: date, until: date, now: datetime
) -> dict[UUID, int]:
    """The same by the version of the policy that answers for them."""
    coming = rows.filter(due(now), within(since, until), expires_at__gte=now)
    counted = coming.exclude(policy_id=None).order_by().values_list("policy_id")
    return {pk: n for pk, n in counted.annotate(n=Count("pk")) if pk}


def apart(rows: QuerySet[Recording], *, now: datetime) -> dict[str, int]:
    """What the calendar leaves out: without a date, on hold or restricted, kept by a floor beyond its
    date, and over already, waiting for its grace to end."""
    held = (Q(kept.part(now)) | Q(restricted.part())) & Q(expires_at__isnull=False)
    floored = Q(expires_at__isnull=False, keep_until__gt=F("expires_at"))
    return rows.aggregate(
        undated=Count("pk", filter=Q(expires_at=None)),
        held=Count("pk", filter=held),
        floored=Count("pk", filter=floored & ~held),
        over=Count("pk", filter=due(now) & Q(expires_at__lt=now)),
    )
