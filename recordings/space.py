"""How much lies where: counted and weighed by store, team, storage class, form and month."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, Func, IntegerField, QuerySet, Sum, Value
from django.db.models.functions import Coalesce, TruncMonth

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.models import Person
from recordings.models import Recording, Rendition, Waveform

RECORDING, RENDITION, WAVEFORM = "recording", "rendition", "waveform"
DATABASE = "database"
"""Where waveforms lie: in no store."""
_KEPT = (
    *Recording.HEARABLE,
    *Recording.SHUT,
    Recording.State.EXPIRED,
    Recording.State.FAILED,
)
"""States in which there is a file, or was when it was looked at last."""


@dataclass(frozen=True)
class Heap:
    """Files that are alike in everything we count by. month: the first day of the month
    in which their calls began, UTC."""

    form: str
    store: str
    team: str
    storage_class: str
    month: date
    number: int
    bytes: int


@dataclass
class Share:
    """What heaps of one name come to."""

    name: str
    number: int = 0
    bytes: int = 0


def heaps(person: Person) -> list[Heap]:
    """Everything kept that this person may count, in three queries."""
    scope = policy.scope_for(person, Verb.TAKE_INVENTORY)
    parts = scope.narrow(_kept(Recording.objects), "call__team_id")
    made = Rendition.objects.filter(state=Rendition.State.READY)
    made = scope.narrow(made, "recording__call__team_id")
    drawn = scope.narrow(Waveform.objects.all(), "recording__call__team_id")
    return [
        *_heaps(RECORDING, parts, "", F("bytes"), F("store")),
        *_heaps(RENDITION, made, "recording__", F("bytes"), F("store")),
        *_heaps(WAVEFORM, drawn, "recording__", _stored_bytes(), Value(DATABASE)),
    ]


def by(name: str, heaps: Iterable[Heap]) -> list[Share]:
    """The heaps put together by one of their names, the heaviest first."""
    shares: dict[str, Share] = {}
    for heap in heaps:
        key = str(getattr(heap, name))
        share = shares.setdefault(key, Share(key))
        share.number += heap.number
        share.bytes += heap.bytes
    return sorted(shares.values(), key=lambda one: (-one.bytes, one.name))


def _kept(parts: Any) -> "QuerySet[Recording]":
    rows: QuerySet[Recording] = parts.filter(state__in=_KEPT, bytes__gt=0)
    return rows


def _heaps(
    form: str, rows: "QuerySet[Any]", path: str, size: Any, store: Any
) -> Iterator[Heap]:
    # what is made of a recording is written anew, into the store's usual class
    of_class = F("storage_class") if form == RECORDING else Value("")
    counted = (
        rows.order_by()
        .annotate(
            where=store,
            team=F(f"{path}call__team__name"),
            of_class=of_class,
            month=TruncMonth(f"{path}call__started_at"),
        )
        .values_list("where", "team", "of_class", "month")
        .annotate(number=Count("pk"), weight=Coalesce(Sum(size), 0))
    )
    for where, team, kind, month, number, weight in counted:
        yield Heap(form, where, team, kind, month.date(), number, int(weight))


def _stored_bytes() -> Any:
    """As PostgreSQL keeps them, compressed."""
    return Func(
        F("peaks"), function="pg_column_size", output_field=IntegerField()
    ) + Func(F("silences"), function="pg_column_size", output_field=IntegerField())
