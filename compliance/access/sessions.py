"""The open sessions of a person: listed, and ended by him."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import Person, PersonSession


def of(person: Person, *, now: datetime) -> QuerySet[PersonSession]:
    """His sessions that are not over, the latest active first."""
    return person.sessions.filter(expire_date__gt=now).order_by("-seen_at")


def end(*, by: Person, key: str | None = None) -> int:
    """End one session of one's own (its row's key), or all of them; returns how many.

    Whoever uses one is out by the next request.
    """
    rows = by.sessions.all() if key is None else by.sessions.filter(pk=key)
    with transaction.atomic():
        ended, _kinds = rows.delete()
        if ended:
            log.append(
                Action.SESSIONS_ENDED, subject=by, facts={"sessions": ended}, actor=by
            )
    return ended


def end_all(*, person: Person, by: Person | None) -> int:
    """End every session of somebody else; returns how many. by: None is the directory."""
    with transaction.atomic():
        ended, _kinds = person.sessions.all().delete()
        if ended:
            log.append(
                Action.SESSIONS_ENDED,
                subject=person,
                facts={"sessions": ended},
                actor=by,
            )
    return ended


def sweep(*, now: datetime) -> int:
    """Delete the rows of sessions that are over; returns how many."""
    swept, _kinds = PersonSession.objects.filter(expire_date__lte=now).delete()
    return swept
