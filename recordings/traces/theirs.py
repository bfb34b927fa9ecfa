"""Which of a person's calls may be forgotten, and which stay."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min, Q, QuerySet

from compliance.custody import Subject
from compliance.requests.traces import Found, Told
from recordings import about
from recordings.models import Call

Rows = QuerySet[Call, Any]
"""The ids of calls, for a query within another."""


def going(subject: Subject, spare: Collection[UUID]) -> QuerySet[Call]:
    """The calls they had of which nothing is kept. One in progress waits for its end."""
    return about.calls(subject).exclude(staying(spare))


def staying(spare: Collection[UUID]) -> Q:
    """Which calls stay as they are."""
    return Q(pk__in=spare) | Q(ended_at=None)


def counted(rows: QuerySet[Any], *, dated: str, kept: QuerySet[Any] | int) -> Found:
    """So many rows, from when until when. dated: the field that says it."""
    told: Mapping[str, Any] = rows.aggregate(
        count=Count("pk", distinct=True), oldest=Min(dated), newest=Max(dated)
    )
    return Found(**told, kept=kept if isinstance(kept, int) else kept.count())


def dates(found: Iterable[datetime | None]) -> tuple[datetime | None, datetime | None]:
    """The first and the last of these."""
    known = [one for one in found if one is not None]
    return min(known, default=None), max(known, default=None)


def plain(row: Mapping[str, Any]) -> Told:
    """A row as the copy for the person tells it."""
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> str | int | bool | None:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return value if value is None or isinstance(value, (bool, int)) else str(value)
