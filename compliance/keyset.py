"""Pages of a long list by position, not by number: page 1,000 costs what page 1 does.

A cursor names the last row seen by (sort value, id). The condition is a comparison of
rows, `(a, id) < (x, y)`: the index scan begins right there, however many rows share x.
The spellings with OR read them all.
"""

import base64
import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar, cast

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL

Row = TypeVar("Row")
Instance = TypeVar("Instance", bound=models.Model)


class BadCursor(ValueError):
    """The cursor was not made by us, or for another list."""


@dataclass(frozen=True)
class Order:
    """One sort: a column, its direction, and the id to break ties.

    filled: no row of the list has this column empty, whatever the model allows.
    """

    field: str
    descending: bool = True
    id_field: str = "id"
    filled: bool = False

    @property
    def columns(self) -> tuple[str, str]:
        """For `order_by`."""
        sign = "-" if self.descending else ""
        return f"{sign}{self.field}", f"{sign}{self.id_field}"

    @property
    def reversed(self) -> "Order":
        """The same sort, read backwards."""
        return replace(self, descending=not self.descending)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows, and the cursors of the pages around them (empty: there is none)."""

    rows: list[Row]
    next: str
    previous: str


@dataclass(frozen=True)
class Window(Generic[Instance]):
    """What to read for one page: it, and one row more, which tells of a further page.

    rows: not read yet, in the order `reading`, which runs backwards where one goes back.
    """

    rows: "models.QuerySet[Instance]"
    order: Order
    size: int
    back: bool
    is_first: bool

    @property
    def reading(self) -> Order:
        """The order of the rows."""
        return self.order.reversed if self.back else self.order

    def page(self, found: list[Row]) -> Page[Row]:
        """The page that these rows make: what `rows` gave, in whatever shape.

        A row has the column of the order and the id as attributes.
        """
        has_more = len(found) > self.size
        found = found[: self.size]
        if self.back:
            found.reverse()
        return Page(
            rows=found,
            next=_encode(found[-1], self.order)
            if found and (has_more or self.back)
            else "",
            previous=_encode(found[0], self.order, back=True)
            if found and not self.is_first and (has_more or not self.back)
            else "",
        )


def window(
    queryset: "models.QuerySet[Instance]", *, order: Order, cursor: str, size: int
) -> Window[Instance]:
    """The rows of one page, to be read. Raises BadCursor when the cursor cannot be."""
    back, position = _decode(cursor, order, queryset.model)
    reading = order.reversed if back else order
    rows = queryset.order_by(*reading.columns)
    if position is not None:
        rows = rows.filter(beyond(reading, *position, model=queryset.model))
    return Window(rows[: size + 1], order, size, back, is_first=position is None)


def page(
    queryset: "models.QuerySet[Instance]",
    *,
    order: Order,
    cursor: str = "",
    size: int = 50,
) -> Page[Instance]:
    """Return one page. Raises BadCursor when the cursor cannot be read.

    Going back reads the list backwards from the cursor and turns the rows round.
    """
    found = window(queryset, order=order, cursor=cursor, size=size)
    return found.page(list(found.rows))


def page_or_first(
    queryset: "models.QuerySet[Instance]", *, order: Order, cursor: str, size: int = 50
) -> Page[Instance]:
    """The page, or the first one where the cursor cannot be read: for addresses."""
    try:
        return page(queryset, order=order, cursor=cursor, size=size)
    except BadCursor:
        return page(queryset, order=order, size=size)


def beyond(order: Order, value: Any, identity: Any, *, model: type[models.Model]) -> Q:
    """The rows of a model after that position in this order.

    PostgreSQL sorts what is empty as the largest.
    """
    fields = [_field(model, name) for name in (order.field, order.id_field)]
    if value is None:
        return _beyond_empty(order, identity)
    table = model._meta.db_table
    place = ", ".join(f'"{table}"."{field.column}"' for field in fields)
    side = "<" if order.descending else ">"
    after = Q(
        RawSQL(  # noqa: S611  only names of our own columns are put in
            f"({place}) {side} (%s, %s)", (value, identity), models.BooleanField()
        )
    )
    if order.descending or order.filled or not fields[0].null:
        return after
    return after | Q(**{f"{order.field}__isnull": True})


def _beyond_empty(order: Order, identity: Any) -> Q:
    empty = Q(**{f"{order.field}__isnull": True})
    side = "lt" if order.descending else "gt"
    tie = Q(**{f"{order.id_field}__{side}": identity})
    return (empty & tie) | ~empty if order.descending else empty & tie


def cursor_of(row: object, order: Order) -> str:
    """The cursor of the page that follows this row."""
    return _encode(row, order)


def _encode(row: object, order: Order, *, back: bool = False) -> str:
    value = getattr(row, order.field)
    if isinstance(value, datetime):
        value = value.isoformat()
    told = [order.field, int(back), value, str(getattr(row, order.id_field))]
    text = json.dumps(told, separators=(",", ":"), default=str)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(
    cursor: str, order: Order, model: type[models.Model]
) -> tuple[bool, tuple[Any, Any] | None]:
    if not cursor:
        return False, None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        told = json.loads(base64.urlsafe_b64decode(padded))
        field, back, value, identity = told
        if field != order.field or identity is None:
            raise BadCursor(cursor)
        position = (
            _value(model, order.field, value),
            _value(model, order.id_field, identity),
        )
    except (
        ValueError,
        TypeError,
        OverflowError,
        RecursionError,
        ValidationError,
    ) as error:
        raise BadCursor(cursor) from error
    return bool(back), position


def _value(model: type[models.Model], name: str, told: Any) -> Any:
    """What the column holds. Raises ValueError, TypeError or ValidationError."""
    field = _field(model, name)
    if told is None:
        if not field.null:
            raise ValueError(name)
        return None
    if isinstance(field, models.DateTimeField):
        moment = datetime.fromisoformat(told)
        if moment.tzinfo is None:
            raise ValueError(name)
        return moment
    return field.to_python(told)


def _field(model: type[models.Model], name: str) -> "models.Field[Any, Any]":
    return cast("models.Field[Any, Any]", model._meta.get_field(name))
