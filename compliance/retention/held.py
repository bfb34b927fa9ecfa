"""Reads about holds: what is kept, by which, and who may know of it.

Somebody who may not see a hold learns no more of it than that the thing is kept on a
legal ground.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.custody import Scope
from compliance.models import Hold, HoldItem, Person

Kept = HoldItem.State.KEPT
Said = HoldItem.Store
MARKED = (Said.LOCKED, Said.TAGGED, Said.DRIFTED, Said.FAILED)
"""What may mean that the store locks it."""


@dataclass(frozen=True)
class Ground:
    """Why a thing stays, as one person may know it.

    holds: those he may see, the oldest first. is_sealed: there are others.
    """

    holds: tuple[Hold, ...] = ()
    is_sealed: bool = False

    def __bool__(self) -> bool:
        return bool(self.holds) or self.is_sealed


def rows(kind: str, *, now: datetime) -> QuerySet[HoldItem]:
    """What holds keep now of this kind."""
    holding = Hold.objects.filter(Hold.holding(now)).values("pk")
    return HoldItem.objects.filter(kind=kind, state=Kept, hold__in=holding)


def is_any(*, now: datetime) -> bool:
    """Whether any hold keeps anything now."""
    return Hold.objects.filter(Hold.holding(now)).exists()


def is_held(kind: str, item_id: UUID, *, now: datetime) -> bool:
    """Whether a hold has listed this item and keeps it."""
    return bool(held_of(kind, [item_id], now=now))


def held_of(kind: str, ids: Collection[UUID], *, now: datetime) -> set[UUID]:
    """Those of these that a hold has listed and keeps."""
    found = rows(kind, now=now).filter(item_id__in=ids)
    return set(found.values_list("item_id", flat=True))


def marked(kind: str, ids: Collection[UUID]) -> set[UUID]:
    """Those of these that the store may still lock for a hold that is over."""
    rows = HoldItem.objects.filter(kind=kind, item_id__in=ids, store__in=MARKED)
    return set(rows.values_list("item_id", flat=True))


def seen_by(person: Person) -> QuerySet[Hold]:
    """The holds that this person may see, with the count of what each has caught."""
    scope = policy.scope_for(person, Verb.VIEW_HOLD)
    return scope.narrow(Hold.objects.select_related("team", "placed_by"))


def counted(holds: QuerySet[Hold]) -> QuerySet[Hold]:
    """With how many items each keeps, met too late, and what the store says."""
    kept = Q(items__state=Kept)
    return holds.annotate(
        kept=Count("items", filter=kept),
        too_late=Count("items", filter=Q(items__state=HoldItem.State.TOO_LATE)),
        locked=Count("items", filter=kept & Q(items__store=Said.LOCKED)),
        tagged=Count("items", filter=kept & Q(items__store=Said.TAGGED)),
        unable=Count("items", filter=kept & Q(items__store=Said.UNABLE)),
        drifted=Count("items", filter=kept & Q(items__store=Said.DRIFTED)),
        failed=Count("items", filter=kept & Q(items__store=Said.FAILED)),
    )


def ground(
    kind: str, item_ids: Collection[UUID], *, viewer: Person, now: datetime
) -> Ground:
    """Why these things, say the parts of one call, stay; one query."""
    caught = rows(kind, now=now).filter(item_id__in=item_ids).select_related("hold")
    found = {one.hold.pk: one.hold for one in caught.order_by("hold__placed_at", "id")}
    shown = [
        hold for hold in found.values() if policy.allows(viewer, Verb.VIEW_HOLD, hold)
    ]
    return Ground(tuple(shown), is_sealed=len(shown) < len(found))


def scope_of(hold: Hold) -> Scope:
    """What a hold is to catch."""
    return Scope.from_json(str(hold.scope))
