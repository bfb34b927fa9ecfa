"""What legal holds keep, as conditions for queries about parts and calls; and what is to
be asked, under the lock of its row, before a part is destroyed."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from compliance.custody import Item
from compliance.retention import held, holds, restrictions
from recordings.models import Recording

BY_REQUEST = "request"
"""The reason of what is destroyed because the person asked for it."""


def part(now: datetime, *, ref: str = "pk") -> Exists:
    """Whether a hold keeps the part whose id is in that column."""
    rows = held.rows(Recording.ITEM, now=now)
    return Exists(rows.filter(item_id=OuterRef(ref)))


def call(now: datetime, *, ref: str = "pk") -> Exists:
    """Whether a hold keeps a part of the call whose id is in that column."""
    return Exists(Recording.objects.filter(part(now), call=OuterRef(ref)))


def parts() -> QuerySet[Recording]:
    """Parts, each with whether a hold keeps it now: `is_held`."""
    return Recording.objects.annotate(is_held=part(timezone.now()))


def by_a_hold(part_id: UUID, *, now: datetime) -> bool:
    """Whether a hold keeps it, by its list or its scope. The row is locked."""
    return holds.keeps(Item(Recording.ITEM, part_id), now=now)


def from_destruction(ids: Collection[UUID], *, reason: str, now: datetime) -> set[UUID]:
    """Those of these that a hold keeps, or their restriction: that is for the person's
    sake, and so yields to the request of that person. Their rows are locked."""
    items = [Item(Recording.ITEM, pk) for pk in ids]
    found = {item.id for item in holds.keep_of(items, now=now)}
    if reason != BY_REQUEST:
        found |= restrictions.restricted_of(Recording.ITEM, ids)
    return found
