"""The first and the 1,000th page of calls, beside the same SQL through psycopg."""

import statistics
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from compliance.keyset import Page, page
from compliance.models import Person
from recordings import queries
from recordings.models import Call
from tests.bench import report

SIZE = 50
FAR = 1_000
TARGET = 1.3
DRIFT = 1.2
TRIES = 20


def run(person: Person) -> None:
    """Measure reading a page: rows, parties and parts, as the list shows them."""
    far = _cursor_of(person, FAR)
    times = []
    for name, cursor in (("calls_page_1", ""), ("calls_page_1000", far)):
        statements = _statements(person, cursor)
        report.times(
            name,
            lambda cursor=cursor: [_read(person, cursor) for _ in range(TRIES)],
            lambda statements=statements: [_bare(statements) for _ in range(TRIES)],
            TARGET,
        )
        times.append(
            statistics.median(
                report.timed(lambda cursor=cursor: _read(person, cursor))
                for _ in range(TRIES)
            )
        )
    report.line(
        "calls_page_1000_to_1",
        times[1] * 1000,
        times[0] * 1000,
        ratio=times[1] / times[0],
        target=DRIFT,
        unit="ms",
    )


def _read(person: Person, cursor: str) -> Page[Call]:
    rows = queries.for_list(queries.calls(person))
    return page(rows, order=queries.ORDERS["-started"], cursor=cursor, size=SIZE)


def _cursor_of(person: Person, number: int) -> str:
    from compliance.keyset import cursor_of

    order = queries.ORDERS["-started"]
    rows = queries.calls(person).order_by(*order.columns)
    return cursor_of(rows[(number - 1) * SIZE - 1], order)


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
