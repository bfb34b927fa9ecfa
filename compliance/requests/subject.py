"""The person behind a request, as custodians are asked about them."""

from datetime import date, datetime, timedelta

from compliance.custody import Bearing, Subject
from compliance.models import RequestSubject, SubjectRequest
from compliance.retention.periods import legal_calendar

Kind = RequestSubject.Kind


def of(request: SubjectRequest) -> Subject:
    """All that is confirmed to be theirs; nobody at all while nothing is."""
    rows = list(request.subjects.exclude(confirmed_at=None))
    return Subject(
        numbers=tuple(
            Bearing(row.number_id, _begin(row.held_from), _end(row.held_until))
            for row in rows
            if row.number_id
        ),
        names=frozenset(row.name_lookup for row in rows if row.kind == Kind.NAME),
        calls=frozenset(row.call_id for row in rows if row.call_id),
    )


def _begin(day: date | None) -> datetime | None:
    return legal_calendar().end_of(day - timedelta(days=1)) if day else None


def _end(day: date | None) -> datetime | None:
    return legal_calendar().end_of(day) if day else None
