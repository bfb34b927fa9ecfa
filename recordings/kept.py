"""What legal holds keep, as conditions for queries about parts and calls."""

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from compliance.retention import held
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
