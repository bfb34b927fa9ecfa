"""The first and the 1,000th page of calls, beside the same SQL through psycopg.

And whether, in each sort, the 1,000th costs what the first does.
"""

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
SORTS = {
    "-started": "calls_page_1000_to_1",
    "-length": "calls_by_length_page_1000_to_1",
    "goes": "calls_by_end_page_1000_to_1",
}


def run(person: Person) -> None:
    """Measure reading a page: rows, parties and parts, as the list shows them.

    Names and numbers are sealed until a row is drawn, so opening them is not in it.
    """
    _measure("calls_page_1", person, "")
    _measure("calls_page_1000", person, _cursor_of(person, "-started"))
    for sort, name in SORTS.items():
        _drift(name, person, sort)


def _measure(name: str, person: Person, cursor: str) -> None:
    """Report one page beside its SQL."""
    statements = _statements(person, cursor)

    def ours() -> None:
        for _try in range(TRIES):
            _read(person, cursor)

    def floor() -> None:
        for _try in range(TRIES):
            _bare(statements)

    report.times(name, ours, floor, TARGET)


def _drift(name: str, person: Person, sort: str) -> None:
    """Report the 1,000th page of a sort beside its first."""
    far = _cursor_of(person, sort)
    first, last = [], []
    for _try in range(TRIES):
        first.append(report.timed(lambda: _read(person, "", sort)))
        last.append(report.timed(lambda: _read(person, far, sort)))
    near, there = statistics.median(first), statistics.median(last)
    report.line(
        name, there * 1000, near * 1000, ratio=there / near, target=DRIFT, unit="ms"
    )


def _read(person: Person, cursor: str, sort: str = "-started") -> Page[ListedCall]:
    order = queries.ORDERS[sort]
    return listed.page(queries.calls(person), order=order, cursor=cursor, size=SIZE)


def _cursor_of(person: Person, sort: str) -> str:
    """Of the page FAR."""
    order = queries.ORDERS[sort]
    rows = queries.calls(person).order_by(*order.columns)
    places = rows.values_list(order.field, "id", named=True)
    return cursor_of(places[(FAR - 1) * SIZE - 1], order)


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
