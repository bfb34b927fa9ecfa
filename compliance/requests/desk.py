"""The desk of requests, read: what is due next, who has how much, what happened."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Now

from compliance import keyset
from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.models import AuditEntry, Person, RequestLetter, SubjectRequest
from compliance.requests import externals
from compliance.requests.letters import BY_HAND

Kind = RequestLetter.Kind

BY_DUE = keyset.Order("due_at", descending=False, filled=True)
BY_END = keyset.Order("closed_at", filled=True)
SOON = timedelta(days=7)
HISTORY = 200


@dataclass(frozen=True)
class Load:
    """How much one officer has; person None is what nobody has."""

    person: Person | None
    open: int
    soon: int
    overdue: int


def inbox(*, mine: Person | None = None, view: str = "") -> QuerySet[SubjectRequest]:
    """The open requests. view: mine, unassigned or overdue; else all of them."""
    rows = SubjectRequest.objects.filter(closed_at=None).select_related("assigned_to")
    if view == "mine":
        return rows.filter(assigned_to=mine)
    if view == "unassigned":
        return rows.filter(assigned_to=None)
    return rows.filter(_overdue()) if view == "overdue" else rows


def to_write() -> QuerySet[SubjectRequest]:
    """Those, open or closed, with a letter that waits for somebody to send it."""
    rows = SubjectRequest.objects.filter(Exists(_letters_by_hand()))
    return rows.select_related("assigned_to")


def held_elsewhere(*, now: datetime) -> QuerySet[SubjectRequest]:
    """Those, open or closed, of which an external custodian has not confirmed in time."""
    late = externals.overdue(now=now).filter(request=OuterRef("pk"))
    return SubjectRequest.objects.filter(Exists(late)).select_related("assigned_to")


def closed() -> QuerySet[SubjectRequest]:
    """Those that are answered, as long as the log keeps them."""
    rows = SubjectRequest.objects.filter(closed_at__isnull=False)
    return rows.select_related("assigned_to")


def loads(*, now: datetime) -> list[Load]:
    """Open requests by officer, those nobody has first, then by who has most due soon."""
    counted = list(
        SubjectRequest.objects.filter(closed_at=None)
        .values("assigned_to")
        .annotate(
            open=Count("id"),
            soon=Count("id", filter=Q(due_at__lte=now + SOON)),
            overdue=Count("id", filter=_overdue(now)),
        )
    )
    people = Person.objects.in_bulk([one["assigned_to"] for one in counted])
    told = [
        Load(people.get(one["assigned_to"]), one["open"], one["soon"], one["overdue"])
        for one in counted
    ]
    return sorted(told, key=lambda one: (one.person is not None, -one.soon, -one.open))


def overdue(*, now: datetime) -> QuerySet[SubjectRequest]:
    """Open requests whose time is over, that were not acknowledged in time, or extended
    without telling the person in time; and those that were closed, but whose answer
    nobody has sent."""
    answers = _letters_by_hand().filter(kind__in=(Kind.ANSWER, Kind.REFUSAL))
    unsent = Q(Exists(answers), closed_at__isnull=False, due_at__lt=now)
    late = _overdue(now) | Q(Exists(_extensions().filter(due_at__lt=now)))
    return SubjectRequest.objects.filter(Q(late, closed_at=None) | unsent)


def by_what_is_next() -> QuerySet[Any]:
    """Open requests whose clock runs, each with when something of it is due: its answer,
    or before it the letter that says it will take longer (`next_at`)."""
    first = _extensions().order_by("due_at").values("due_at")[:1]
    rows = SubjectRequest.objects.filter(closed_at=None, paused_at=None)
    return rows.annotate(next_at=Coalesce(Subquery(first), "due_at"))


def officers() -> QuerySet[Person]:
    """Who may handle requests."""
    return policy.holders(Verb.HANDLE_REQUEST)


def history(request_id: UUID) -> list[AuditEntry]:
    """What the log tells of a request, the newest first."""
    kind = SubjectRequest._meta.label_lower
    rows = AuditEntry.objects.filter(object_kind=kind, object_pk=str(request_id))
    return list(rows.order_by("-timestamp", "-id")[:HISTORY])


def _overdue(now: datetime | None = None) -> Q:
    at = Now() if now is None else now
    late = Q(due_at__lt=at, paused_at=None)
    return late | Q(acknowledge_by__lt=at, acknowledged_at=None)


def _extensions() -> QuerySet[RequestLetter]:
    return _letters_by_hand().filter(kind=Kind.EXTENSION)


def _letters_by_hand() -> QuerySet[RequestLetter]:
    return RequestLetter.objects.filter(request=OuterRef("pk"), state__in=BY_HAND)
