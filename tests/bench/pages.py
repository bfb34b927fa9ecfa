"""The first and the 1,000th page of calls, beside the same SQL through psycopg."""

import statistics
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from compliance.keyset import Page, cursor_of
from compliance.models import Person
from recordings import listed, queries
from recordings.listed import ListedCall
from tests.bench import report

SIZE = 50
FAR = 1_000
TARGET = 1.3
DRIFT = 1.2
TRIES = 20


def run(person: Person) -> None:
    """Measure reading a page: rows, parties and parts, as the list shows them."""
    far = _cursor_of(person, FAR)
    first = _measure("calls_page_1", person, "")
    last = _measure("calls_page_1000", person, far)
    report.line(
        "calls_page_1000_to_1",
        last * 1000,
        first * 1000,
        ratio=last / first,
        target=DRIFT,
        unit="ms",
    )


def _measure(name: str, person: Person, cursor: str) -> float:
    """Report one page beside its SQL; returns the median seconds of a page."""
    statements = _statements(person, cursor)

    def ours() -> None:
        for _try in range(TRIES):
            _read(person, cursor)

    def floor() -> None:
        for _try in range(TRIES):
            _bare(statements)

    report.times(name, ours, floor, TARGET)
    return statistics.median(
        report.timed(lambda: _read(person, cursor)) for _try in range(TRIES)
    )


def _read(person: Person, cursor: str) -> Page[ListedCall]:
    order = queries.ORDERS["-started"]
    return listed.page(queries.calls(person), order=order, cursor=cursor, size=SIZE)


def _cursor_of(person: Person, number: int) -> str:
    order = queries.ORDERS["-started"]
    rows = queries.calls(person).order_by(*order.columns)
    places = rows.values_list(order.field, "id", named=True)
    return cursor_of(places[(number - 1) * SIZE - 1], order)


def _statements(person: Person, cursor: str) -> list[str]:
    """The SQL that one page takes, with its values filled in."""
    connection.force_debug_cursor = True
    with CaptureQueriesContext(connection) as captured:
        _read(person, cursor)
    connection.force_debug_cursor = False
    return [query["sql"].replace("%", "%%") for query in captured]


def _bare(statements: list[str]) -> list[Any]:
    raw = connection.connection
    return [raw.execute(statement).fetchall() for statement in statements]
