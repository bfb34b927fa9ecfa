"""Restricted processing (GDPR Art. 18): a thing is stored, and nothing else is done to it.

A thing is restricted while a row of it has not ended: one for each request, one that an
officer placed. Placing takes the lock of the item's row, as whoever destroys it does: so
either the restriction is seen in time, or it finds that the destruction has begun, and
says so. A link that was made in that very moment counts as made before.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from compliance import custody, journal
from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.custody import Item
from compliance.journal import Act, Kind
from compliance.models import Person, Restriction, SubjectRequest

Ground = Restriction.Ground
End = Restriction.End
BY_REQUEST = "request"
"""The reason of what is destroyed because a person asked for it."""


class NotRestricted(ValueError):
    """It cannot be placed or lifted like this; the message says why."""


@dataclass(frozen=True)
class Mandate:
    """For what things are restricted: a request, or an officer's own decision."""

    ground: Restriction.Ground
    why: str
    by: Person
    request: SubjectRequest | None = None


@dataclass(frozen=True)
class Placed:
    """How many things are restricted now that were not, and how many were going already."""

    restricted: int = 0
    too_late: int = 0


def place(
    *,
    items: Collection[Item],
    ground: Restriction.Ground,
    why: str,
    by: Person,
    now: datetime,
    request: SubjectRequest | None = None,
) -> Placed:
    """Restrict things, once for each request; the vault's journal is told first.

    why: in words, not for the log; needed where no request tells it. Raises Refused and
    NotRestricted.
    """
    policy.require(by, Verb.RESTRICT)
    if request is None and not why.strip():
        raise NotRestricted(_("Say why, in a sentence."))
    return put_on(items, Mandate(ground, why.strip(), by, request), now=now)


@transaction.atomic
def put_on(items: Collection[Item], mandate: Mandate, *, now: datetime) -> Placed:
    """The same for whoever has asked already whether it may be."""
    going: set[Item] = set()
    for kind in {item.kind for item in items}:
        going |= custody.custodian_of(kind).lock([i for i in items if i.kind == kind])
    known = _known(items, mandate.request)
    rows = [
        _row(item, mandate, now, is_going=item in going)
        for item in dict.fromkeys(items)
        if item not in known
    ]
    begun = [row for row in rows if not row.end]
    journal.owe([_act(Kind.RESTRICTED, row) for row in begun], now=now)
    Restriction.objects.bulk_create(rows)
    for row in rows:
        facts = facts_of(row) | {"ground": row.ground, "too_late": bool(row.end)}
        log.append(Action.ITEM_RESTRICTED, subject=row, actor=mandate.by, facts=facts)
    return Placed(len(begun), len(rows) - len(begun))


def lift(
    *,
    items: Collection[Item],
    why: str,
    by: Person,
    now: datetime,
) -> int:
    """End what officers placed on these things by their own decision; returns how many.

    What a request restricts is lifted with the request, whose person is told first
    (`requests.restricting`). Raises Refused and NotRestricted.
    """
    policy.require(by, Verb.RESTRICT)
    if not why.strip():
        raise NotRestricted(_("Say why, in a sentence."))
    ids = [item.id for item in items]
    rows = Restriction.objects.filter(item_id__in=ids, request=None)
    return take_off(rows, why=why.strip(), by=by, now=now)


@transaction.atomic
def take_off(
    rows: QuerySet[Restriction], *, why: str, by: Person | None, now: datetime
) -> int:
    """End these for whoever has asked already whether it may be; returns how many."""
    open_rows = rows.filter(lifted_at=None).order_by("id")
    found = list(open_rows.select_for_update(no_key=True, of=("self",)))
    journal.owe([_act(Kind.LIFTED, row) for row in found], now=now)
    for row in found:
        row.end, row.lifted_at, row.lifted_by = End.LIFTED, now, by
        row.lift_why = why
        row.save(update_fields=["end", "lifted_at", "lifted_by", "lift_why"])
        log.append(
            Action.RESTRICTION_LIFTED, subject=row, actor=by, facts=facts_of(row)
        )
    return len(found)


def in_force(kind: str) -> QuerySet[Restriction]:
    """What keeps things of this kind restricted now."""
    return Restriction.objects.filter(kind=kind, lifted_at=None)


def is_restricted(item: Item) -> bool:
    """Whether it may only be stored. Who destroys it asks under the lock of its row."""
    return bool(restricted_of(item.kind, [item.id]))


def restricted_of(kind: str, ids: Collection[UUID], *, reason: str = "") -> set[UUID]:
    """Those of these that may only be stored; the same, of several.

    reason: why they are to be destroyed. A request of a person overrides what only keeps
    a thing from being used, and not what somebody may still need.
    """
    rows = needed(kind) if reason == BY_REQUEST else in_force(kind)
    found = rows.filter(item_id__in=ids)
    return set(found.values_list("item_id", flat=True))


def needed(kind: str) -> QuerySet[Restriction]:
    """What keeps a thing for the sake of somebody who may still need it, whoever asks
    that it be deleted (GDPR Art. 18(1)(c))."""
    return in_force(kind).filter(ground=Ground.CLAIMS)


def end_with(kind: str, ids: Collection[UUID], *, now: datetime) -> None:
    """Note that the things themselves are destroyed; those entries tell of this too."""
    rows = in_force(kind).filter(item_id__in=ids)
    rows.update(end=End.DESTROYED, lifted_at=now)


def of_items(kind: str, ids: Iterable[UUID]) -> QuerySet[Restriction]:
    """What restricts these things now, the oldest first."""
    rows = in_force(kind).filter(item_id__in=list(ids))
    return rows.select_related("request", "placed_by").order_by("placed_at", "id")


def facts_of(row: Restriction) -> dict[str, Fact]:
    """What every entry about a restriction tells."""
    request = str(row.request_id) if row.request_id else "-"
    return {"kind": row.kind, "item": str(row.item_id), "request": request}


def _known(items: Collection[Item], request: SubjectRequest | None) -> set[Item]:
    """Those that this request, or an officer, restricts already or met too late."""
    rows = Restriction.objects.filter(
        Q(lifted_at=None) | Q(end=End.TOO_LATE),
        item_id__in=[item.id for item in items],
        request=request,
    )
    return {Item(kind, pk) for kind, pk in rows.values_list("kind", "item_id")}


def _row(item: Item, told: Mandate, now: datetime, *, is_going: bool) -> Restriction:
    return Restriction(
        kind=item.kind,
        item_id=item.id,
        request=told.request,
        ground=told.ground,
        why=told.why,
        placed_by=told.by,
        placed_at=now,
        end=End.TOO_LATE if is_going else "",
        lifted_at=now if is_going else None,
    )


def _act(kind: Kind, row: Restriction) -> Act:
    said = {"restriction": str(row.pk), "ground": row.ground}
    said |= {"request": str(row.request_id or "")}
    return Act(kind, row.kind, row.item_id, said)
