"""The person behind a request, as custodians are asked about them."""

from datetime import date, datetime, timedelta

from compliance.custody import Bearing, Subject
from compliance.keys import keyring
from compliance.models import RequestSubject, SubjectRequest
from compliance.models.phone_number import name_form
from compliance.retention.periods import legal_calendar

Kind = RequestSubject.Kind


def of(request: SubjectRequest, *, before: datetime | None = None) -> Subject:
    """All that is confirmed to be theirs; nobody at all while nothing is.

    before: what came later is not meant, such as calls after a plan was frozen.
    """
    rows = list(request.subjects.exclude(confirmed_at=None))
    ring = keyring("number_lookup")
    names = {
        hash
        for row in rows
        if row.kind == Kind.NAME
        for hash in ring.digests(name_form(row.name))
    }
    return Subject(
        numbers=tuple(
            Bearing(row.number_id, _begin(row.held_from), _end(row.held_until))
            for row in rows
            if row.number_id
        ),
        names=frozenset(names),
        calls=frozenset(row.call_id for row in rows if row.call_id),
        before=before,
    )


def _begin(day: date | None) -> datetime | None:
    return legal_calendar().end_of(day - timedelta(days=1)) if day else None


def _end(day: date | None) -> datetime | None:
    return legal_calendar().end_of(day) if day else None
