"""What was done with the recordings of calls, and by whom: each time that one looked.

The rows of listens, copies, lists, productions and of numbers that were shown.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db.models import Count

from compliance.audit.actions import Action
from compliance.models import AuditEntry, Person
from recordings import hold_listening
from recordings.models import Call, Disclosure, ExportedCall, Listen, ProducedItem


class Kind(StrEnum):
    """What was done."""

    HEARD = "heard"
    COPIED = "copied"
    LISTED = "listed"
    PRODUCED = "produced"
    REVEALED = "revealed"


@dataclass(frozen=True)
class Consultation:
    """One time that somebody looked. call_at: None where it was a list of calls."""

    at: datetime
    kind: Kind
    by: UUID | None
    purpose: str = ""
    call_id: UUID | None = None
    call_at: datetime | None = None
    calls: int = 1
    recipient: str = ""
    in_emergency: bool = False


def of_calls(
    began: Mapping[UUID, datetime], *, viewer: Person | None
) -> list[Consultation]:
    """Every one of these calls, by when each began, the newest first.

    viewer: who is told; None for the person on the calls, who knows of no hold.
    """
    return sorted(_all(began, viewer), key=lambda one: one.at, reverse=True)


def _all(
    began: Mapping[UUID, datetime], viewer: Person | None
) -> Iterator[Consultation]:
    yield from _heard(began, viewer)
    yield from _copied(began, viewer)
    yield from _listed(began)
    yield from _produced(began, viewer)
    yield from _revealed(began)


def _heard(
    began: Mapping[UUID, datetime], viewer: Person | None
) -> Iterator[Consultation]:
    """What was heard, without what a confidential hold keeps from this viewer."""
    found = Listen.objects.filter(recording__call__in=list(began))
    rows = hold_listening.known_to(viewer, found).values_list(
        "opened_at", "listener_id", "purpose", "recording__call_id", "in_emergency"
    )
    for at, by, purpose, call_id, in_emergency in rows:
        yield Consultation(
            at=at,
            kind=Kind.HEARD,
            by=by,
            purpose=purpose,
            call_id=call_id,
            call_at=began[call_id],
            in_emergency=in_emergency,
        )


def _copied(
    began: Mapping[UUID, datetime], viewer: Person | None
) -> Iterator[Consultation]:
    found = Disclosure.objects.filter(recording__call__in=list(began))
    rows = hold_listening.known_to(viewer, found)
    for copy in rows.select_related("recording"):
        call_id = copy.recording.call_id
        to = (copy.recipient, copy.organisation)
        yield Consultation(
            at=copy.at,
            kind=Kind.COPIED,
            by=copy.by_id,
            purpose=copy.purpose,
            call_id=call_id,
            call_at=began[call_id],
            recipient=", ".join(word for word in to if word),
        )


def _listed(began: Mapping[UUID, datetime]) -> Iterator[Consultation]:
    """Files of lists that hold calls of this person: made, whether taken or not."""
    rows = (
        ExportedCall.objects.filter(call__in=list(began), export__made_at__isnull=False)
        .values_list("export__made_at", "export__owner_id")
        .annotate(calls=Count("call"))
        .order_by()
    )
    for at, by, calls in rows:
        yield Consultation(at=at, kind=Kind.LISTED, by=by, calls=calls)


def _produced(
    began: Mapping[UUID, datetime], viewer: Person | None
) -> Iterator[Consultation]:
    """What went into packages for others: for which class of recipient, not for whom."""
    found = ProducedItem.objects.filter(call__in=list(began))
    rows = hold_listening.produced_known_to(viewer, found)
    told = rows.select_related("production").order_by("production", "call")
    for item in told.distinct("production", "call"):
        yield Consultation(
            at=item.production.made_at or item.production.asked_at,
            kind=Kind.PRODUCED,
            by=item.production.asked_by_id,
            call_id=item.call_id,
            call_at=began[item.call_id],
            recipient=item.production.get_to_display(),
        )


def _revealed(began: Mapping[UUID, datetime]) -> Iterator[Consultation]:
    """Whole numbers that were shown: the log alone knows, and names the call."""
    ids: Iterable[str] = [str(call_id) for call_id in began]
    rows = AuditEntry.objects.filter(
        object_pk__in=ids,
        object_kind=Call._meta.label_lower,
        act=Action.NUMBER_REVEALED.value,
    ).values_list("timestamp", "actor_id", "object_pk")
    for at, by, call_id in rows:
        key = UUID(call_id)
        yield Consultation(
            at=at, kind=Kind.REVEALED, by=by, call_id=key, call_at=began[key]
        )
