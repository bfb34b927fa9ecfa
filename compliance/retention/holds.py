"""Legal holds: placed at once, and nothing they catch is destroyed.

Two things keep an item: a row that a hold has listed it, and the hold's scope itself.
Placing a hold and claiming an item for destruction take the lock of the item's row
first, and what the other did is read after that. So a claim either sees the hold, or
the hold finds the claim when it comes to that item, and says so. A hold on more than a
page is in force with its first page; the rest is listed by tasks, and whatever is
claimed before its turn is caught by the scope inside the claim (`keeps`).
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from compliance import custody, journal
from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.custody import Custodian, Extent, Item, Scope
from compliance.models import Hold, HoldItem, Person
from compliance.retention import held, hold_journal

PAGE = 2_000
LOOKED_EVERY = timedelta(minutes=30)
"""So often a whole scope is compared with what there is, beside what changes tell."""
State = HoldItem.State


class HoldRefused(ValueError):
    """A hold that would not do what its author means; the message says why."""


def preview(*, scope: Scope, by: Person) -> Extent:
    """Count exactly what a hold with this scope would catch now.

    An entry, as it tells that such calls exist. Raises Refused and HoldRefused.
    """
    _require(scope, by)
    told = [one.measure(scope) for one in custody.custodians()]
    extent = Extent(
        items=sum(one.items for one in told),
        calls=sum(one.calls for one in told),
        bytes=sum(one.bytes for one in told),
        going=sum(one.going for one in told),
        oldest=min((one.oldest for one in told if one.oldest), default=None),
        newest=max((one.newest for one in told if one.newest), default=None),
    )
    with transaction.atomic():
        facts: dict[str, Fact] = {"by": scope.names, "items": extent.items}
        log.append(Action.HOLD_PREVIEWED, actor=by, facts=facts)
    return extent


def place(
    *,
    matter: str,
    reason: str,
    scope: Scope,
    by: Person,
    now: datetime,
    custodian: str = "",
    is_confidential: bool = False,
) -> Hold:
    """Place a hold; from the commit on nothing within its scope is destroyed.

    What is being destroyed already cannot be kept and is listed as such. Where
    `listed_at` is empty afterwards, there is more than a page: have `catch` go on.
    Raises Refused and HoldRefused.
    """
    _require(scope, by)
    if not matter.strip() or not reason.strip():
        raise HoldRefused(_("A hold wants a matter and a reason."))
    with transaction.atomic():
        hold = Hold.objects.create(
            team_id=scope.team,
            matter=matter.strip(),
            custodian=custodian.strip(),
            reason=reason.strip(),
            scope=scope.as_json(),
            is_confidential=is_confidential,
            placed_by=by,
            placed_at=now,
        )
        facts: dict[str, Fact] = {"by": scope.names}
        facts |= {"confidential": is_confidential}
        log.append(Action.HOLD_PLACED, subject=hold, actor=by, facts=facts)
        journal.owe([hold_journal.placed(hold)], now=now)
        _list_page(hold, now)
    return hold


def catch(*, hold_id: UUID, now: datetime) -> bool:
    """List the next page of what lies within a hold; returns whether there is more.

    May be repeated, and done by two at once: nothing is listed twice.
    """
    with transaction.atomic():
        rows = Hold.objects.select_for_update(no_key=True).filter(
            state=Hold.State.IN_FORCE
        )
        hold = rows.filter(pk=hold_id).first()
        return hold is not None and _list_page(hold, now)


def unfinished(*, now: datetime) -> list[UUID]:
    """Ids of holds whose list is not whole, or was not compared for a while."""
    stale = Q(looked_at=None) | Q(looked_at__lte=now - LOOKED_EVERY)
    rows = Hold.objects.filter(stale, state=Hold.State.IN_FORCE)
    return list(rows.order_by("placed_at").values_list("pk", flat=True))


def keeps(item: Item, *, now: datetime) -> bool:
    """Whether a hold keeps this item, its scope being asked too. The caller has locked
    the item's row and does not destroy it when the answer is yes."""
    return bool(kept_of(item.kind, [item.id], now=now))


def kept_of(kind: str, ids: Collection[UUID], *, now: datetime) -> set[UUID]:
    """Those of these items of one kind that a hold keeps; the same, of several."""
    holds = _holding(now)
    if not holds:
        return set()
    listed = held.held_of(kind, ids, now=now)
    return {
        pk for pk in ids if pk in listed or _catch_by_scope(Item(kind, pk), holds, now)
    }


def look_at(items: Collection[Item], *, now: datetime) -> None:
    """See whether items that changed are caught now, or caught for the first time."""
    holds = _holding(now)
    if not items or not holds:
        return
    with transaction.atomic():
        for kind in {item.kind for item in items}:
            mine = [item for item in items if item.kind == kind]
            going = custody.custodian_of(kind).lock(mine)
            for item in mine:
                if item not in going:
                    _catch_by_scope(item, holds, now)


def _catch_by_scope(item: Item, holds: list[Hold], now: datetime) -> bool:
    """Whether it lies within the scope of one of them; each that had not lists it."""
    scopes = {hold.pk: held.scope_of(hold) for hold in holds}
    found = custody.custodian_of(item.kind).catching(item, scopes)
    for hold in holds:
        if hold.pk in found:
            _write(hold, [item], set(), now)
    return bool(found)


def _holding(now: datetime) -> list[Hold]:
    return list(Hold.objects.filter(Hold.holding(now)))


def _list_page(hold: Hold, now: datetime) -> bool:
    """List up to a page; returns whether there may be more. The caller has made the hold
    or holds its lock."""
    scope, more = held.scope_of(hold), False
    for custodian in custody.custodians():
        more |= _list_items(custodian, hold, scope, now)
    if not more:
        hold.looked_at = now
        hold.listed_at = hold.listed_at or now
        hold.save(update_fields=["looked_at", "listed_at"])
    return more


def _list_items(custodian: Custodian, hold: Hold, scope: Scope, now: datetime) -> bool:
    items = custodian.match(scope, unlisted_by=hold.pk, limit=PAGE)
    if items:
        _write(hold, items, custodian.lock(items), now)
    return len(items) == PAGE


def _write(hold: Hold, items: list[Item], going: set[Item], now: datetime) -> None:
    known = HoldItem.objects.filter(
        hold=hold, item_id__in=[item.id for item in items]
    ).values_list("kind", "item_id")
    have = set(known)
    fresh = [item for item in items if (item.kind, item.id) not in have]
    if not fresh:
        return
    HoldItem.objects.bulk_create(
        [
            HoldItem(
                hold=hold,
                kind=item.kind,
                item_id=item.id,
                state=State.TOO_LATE if item in going else State.KEPT,
                caught_at=now,
            )
            for item in fresh
        ],
        ignore_conflicts=True,
    )
    facts = {"items": len(fresh), "too_late": sum(item in going for item in fresh)}
    log.append(Action.HOLD_CAUGHT, subject=hold, facts=facts)


def _require(scope: Scope, by: Person) -> None:
    policy.require(by, Verb.PLACE_HOLD, Hold(team_id=scope.team))
    if not scope.names:
        raise HoldRefused(
            _("Say what it is about: calls, a number, dates or a filter.")
        )
    if scope.since and scope.until and scope.until <= scope.since:
        raise HoldRefused(_("It would end before it begins."))
