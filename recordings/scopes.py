"""Which recordings lie within the scope of a hold.

A part belongs where its call belongs, so a part that is recorded later is within as
soon as it is there. What is destroyed already lies nowhere.
"""

import json
import logging
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet, Sum
from django.http import QueryDict

from compliance.custody import Extent, Item, Scope
from compliance.models import HoldItem
from compliance.retention import held, holds
from recordings import queries
from recordings.destruction import KIND
from recordings.filters import CallFilter
from recordings.models import Call, Recording

logger = logging.getLogger(__name__)

State = Recording.State


class UnreadableScope(ValueError):
    """A filter of a hold cannot be read any more: nothing is destroyed until it can."""


def calls(scope: Scope) -> QuerySet[Call]:
    """The calls within a scope. Raises UnreadableScope."""
    rows = Call.objects.all()
    if scope.team is not None:
        rows = rows.filter(team=scope.team)
    if scope.calls:
        rows = rows.filter(id__in=scope.calls)
    if scope.numbers:
        rows = rows.filter(parties__number__in=scope.numbers)
    if scope.since is not None:
        rows = rows.filter(started_at__gte=scope.since)
    if scope.until is not None:
        rows = rows.filter(started_at__lt=scope.until)
    return _filtered(rows, scope) if scope.filters else rows


def parts(scope: Scope) -> QuerySet[Recording]:
    """The recordings within a scope that are not destroyed."""
    within = calls(scope).order_by().values("id")
    return Recording.objects.filter(call__in=within).exclude(state=State.DESTROYED)


def unlisted(scope: Scope, *, hold: UUID, limit: int) -> list[Item]:
    """Those that this hold has not listed yet."""
    listed = HoldItem.objects.filter(hold=hold, kind=KIND, item_id=OuterRef("pk"))
    rows = parts(scope).filter(~Exists(listed))
    return [Item(KIND, pk) for pk in rows.values_list("pk", flat=True)[:limit]]


def measure(scope: Scope) -> Extent:
    """How much it is, by one query."""
    told = parts(scope).aggregate(
        items=Count("id"),
        calls=Count("call", distinct=True),
        bytes=Sum("bytes"),
        going=Count("id", filter=Q(state=State.EXPIRED)),
        oldest=Min("call__started_at"),
        newest=Max("call__started_at"),
    )
    return Extent(**{**told, "bytes": told["bytes"] or 0})


def catching(part_id: UUID, scopes: Mapping[UUID, Scope]) -> set[UUID]:
    """The keys of the scopes that a recording lies within, by one query."""
    if not scopes:
        return set()
    asked = [
        Exists(parts(scope).filter(pk=OuterRef("pk"))) for scope in scopes.values()
    ]
    told = Recording.objects.filter(pk=part_id).values_list(*asked).first() or ()
    return {key for key, found in zip(scopes, told, strict=False) if found}


def look_at(call_id: UUID, *, now: datetime) -> None:
    """See whether a call that changed is caught by a hold now. What cannot be read is
    logged and left: whoever would destroy the call asks again."""
    if not held.is_any(now=now):
        return
    ids = Recording.objects.filter(call=call_id).values_list("id", flat=True)
    try:
        holds.look_at([Item(KIND, pk) for pk in ids], now=now)
    except UnreadableScope:
        logger.exception("holds.unreadable")


def _filtered(rows: QuerySet[Call], scope: Scope) -> QuerySet[Call]:
    """Narrowed by a filter of the calls list, and a number or name kept sealed."""
    query = QueryDict(json.loads(scope.filters).get("query", ""), mutable=True)
    query.pop("held", None)  # what a hold catches does not hang on what holds keep
    found = CallFilter(query, queryset=rows)
    if not found.is_valid():
        raise UnreadableScope
    return queries.matching(found.qs, scope)
