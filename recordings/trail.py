"""One's own trail: what the audit log holds of oneself. Everybody may see his own."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from compliance import keyset
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import AuditEntry, Person
from recordings.models import Call, Listen, Recording

NEWEST_FIRST = keyset.Order("timestamp")
"""An index leads from each person to his newest entries."""
AT_ONCE = 500


class Kind(StrEnum):
    """What one looks for in it."""

    HEARD = "heard"
    TOOK = "took"
    SEARCHED = "searched"


ACTS: Mapping[Kind, tuple[Action, ...]] = {
    Kind.HEARD: (Action.LISTEN_GRANTED, Action.LISTEN_REFUSED, Action.EMERGENCY_OPENED),
    Kind.TOOK: (
        Action.DOWNLOADED,
        Action.EXPORT_ASKED,
        Action.EXPORT_TAKEN,
        Action.REVIEW_TAKEN,
        Action.PERSON_LISTENERS_TAKEN,
        Action.POPULATION_TAKEN,
        Action.TRAIL_TAKEN,
    ),
    Kind.SEARCHED: (
        Action.PERSON_SEARCHED,
        Action.NUMBER_REVEALED,
        Action.LISTENERS_VIEWED,
        Action.LISTENERS_MAPPED,
        Action.PERSON_LISTENERS_VIEWED,
        Action.PERSON_LISTENERS_NAMED,
        Action.AUDIT_READ,
        Action.AUDIT_ENTRY_READ,
    ),
}


@dataclass(frozen=True)
class Step:
    """One entry, the call it leads to, and what was reported heard of it."""

    entry: AuditEntry
    call_id: UUID | None
    heard_ms: int | None


def page(*, person: Person, kind: Kind | None, cursor: str) -> keyset.Page[AuditEntry]:
    """Some of one's own entries; that they were read is an entry, too."""
    with transaction.atomic():
        found = keyset.page_or_first(
            _own(person, kind), order=NEWEST_FIRST, cursor=cursor
        )
        facts = {"entries": len(found.rows)}
        log.append(Action.TRAIL_READ, subject=person, actor=person, facts=facts)
    return found


def take(*, person: Person, kind: Kind | None) -> Iterator[list[Step]]:
    """All of them for a file, a few at a time; taking it is an entry.

    What is written from now on is not in it.
    """
    with transaction.atomic():
        rows = _own(person, kind)
        newest = rows.order_by("-timestamp", "-id").first()
        facts = {"entries": rows.count()}
        log.append(Action.TRAIL_TAKEN, subject=person, actor=person, facts=facts)
    if newest is None:
        return iter(())
    return _pages(rows.filter(timestamp__lte=newest.timestamp))


def steps(entries: Iterable[AuditEntry]) -> list[Step]:
    """The entries with where they lead: two queries, however many."""
    shown = list(entries)
    listens = {str(entry.facts.get("listen", "")) for entry in shown} - {""}
    parts = {
        entry.object_pk
        for entry in shown
        if entry.object_kind == Recording._meta.label_lower
    }
    sat = Listen.objects.filter(id__in=listens)
    heard = {str(key): heard_ms for key, heard_ms in sat.values_list("id", "heard_ms")}
    calls = dict(Recording.objects.filter(id__in=parts).values_list("id", "call_id"))
    return [
        Step(
            entry,
            _call_of(entry, calls),
            heard.get(str(entry.facts.get("listen", ""))),
        )
        for entry in shown
    ]


def _pages(rows: QuerySet[AuditEntry]) -> Iterator[list[Step]]:
    cursor = ""
    while True:
        found = keyset.page(rows, order=NEWEST_FIRST, cursor=cursor, size=AT_ONCE)
        yield steps(found.rows)
        cursor = found.next
        if not cursor:
            return


def _own(person: Person, kind: Kind | None) -> QuerySet[AuditEntry]:
    rows: QuerySet[AuditEntry] = AuditEntry.objects.filter(actor=person)
    if kind is not None:
        rows = rows.filter(act__in=[act.value for act in ACTS[kind]])
    return rows


def _call_of(entry: AuditEntry, calls: Mapping[UUID, UUID]) -> UUID | None:
    key = _uuid(entry.object_pk)
    if entry.object_kind == Call._meta.label_lower:
        return key
    return calls.get(key) if key else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
