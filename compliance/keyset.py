"""Pages of a long list by position, not by number: page 1,000 costs what page 1 does.

A cursor names the last row seen by (sort value, id). The condition is written
`a <= x AND (a < x OR id < y)`, which bounds the index scan; the usual spelling with OR
outside does not.
"""

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar, cast

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

Row = TypeVar("Row", bound=models.Model)


class BadCursor(ValueError):
    """The cursor was not made by us, or for another list."""


@dataclass(frozen=True)
class Order:
    """One sort: a column, its direction, and the id to break ties."""

    field: str
    descending: bool = True
    id_field: str = "id"

    @property
    def columns(self) -> tuple[str, str]:
        """For `order_by`."""
        sign = "-" if self.descending else ""
        return f"{sign}{self.field}", f"{sign}{self.id_field}"

    @property
    def reversed(self) -> "Order":
        """The same sort, read backwards."""
        return Order(self.field, not self.descending, self.id_field)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows, and the cursors of the pages around them (empty: there is none)."""

    rows: list[Row]
    next: str
    previous: str


def page(
    queryset: "models.QuerySet[Row]", *, order: Order, cursor: str = "", size: int = 50
) -> Page[Row]:
    """Return one page. Raises BadCursor when the cursor cannot be read.

    Going back reads the list backwards from the cursor and turns the rows round.
    """
    back, position = _decode(cursor, order, queryset.model)
    reading = order.reversed if back else order
    rows = queryset.order_by(*reading.columns)
    if position is not None:
        nullable = queryset.model._meta.get_field(order.field).null
        rows = rows.filter(beyond(reading, *position, nullable=nullable))
    found = list(rows[: size + 1])
    has_more = len(found) > size
    found = found[:size]
    if back:
        found.reverse()
    return Page(
        rows=found,
        next=_encode(found[-1], order) if found and (has_more or back) else "",
        previous=_encode(found[0], order, back=True)
        if found and position is not None and (has_more or not back)
        else "",
    )


def beyond(order: Order, value: Any, identity: Any, *, nullable: bool = False) -> Q:
    """The rows after that position in this order.

    nullable: the column may be empty; PostgreSQL sorts what is empty as the largest.
    """
    side = "lt" if order.descending else "gt"
    tie = Q(**{f"{order.id_field}__{side}": identity})
    empty = Q(**{f"{order.field}__isnull": True})
    if value is None:
        return (empty & tie) | ~empty if order.descending else empty & tie
    near = Q(**{f"{order.field}__{side}e": value})
    past = Q(**{f"{order.field}__{side}": value})
    after = near & (past | tie)
    return after | empty if nullable and not order.descending else after


def cursor_of(row: models.Model, order: Order) -> str:
    """The cursor of the page that follows this row."""
    return _encode(row, order)


def _encode(row: models.Model, order: Order, *, back: bool = False) -> str:
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
    field = model._meta.get_field(name)
    if told is None:
        if not field.null:
            raise ValueError(name)
        return None
    if isinstance(field, models.DateTimeField):
        moment = datetime.fromisoformat(told)
        if moment.tzinfo is None:
            raise ValueError(name)
        return moment
    return cast("models.Field[Any, Any]", field).to_python(told)
