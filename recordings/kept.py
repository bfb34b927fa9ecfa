"""What legal holds keep, as conditions for queries about parts and calls; and what is to
be asked, under the lock of its row, before a part is destroyed."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from compliance.custody import Item
from compliance.retention import held, holds, restrictions
from recordings.models import Recording


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
    """Those of these that a hold or a restriction keeps from being destroyed for this
    reason. Their rows are locked."""
    kind = Recording.ITEM
    held = holds.kept_of(kind, ids, now=now)
    return held | restrictions.restricted_of(kind, ids, reason=reason)


def from_request(now: datetime) -> Q:
    """Whether a hold keeps a part, or somebody's need, whoever asks for its deletion."""
    needed = restrictions.needed(Recording.ITEM).filter(item_id=OuterRef("pk"))
    return Q(part(now)) | Q(Exists(needed))
