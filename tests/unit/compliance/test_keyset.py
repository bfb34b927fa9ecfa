"""Pages by position: every row once, forth and back, ties included."""

import base64
import json
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance.keyset import BadCursor, Order, beyond, page
from recordings.models import Call
from tests.factories.compliance import TeamFactory
from tests.factories.recordings import STARTED, CallFactory, RoomFactory

pytestmark = pytest.mark.django_db
ORDERS = [
    Order(field, descending=descending)
    for field in ("started_at", "duration_ms", "expires_at")
    for descending in (True, False)
]


def make(positions: list[int]) -> None:
    """Calls at these seconds, and as long; equal ones are ties."""
    team, room = TeamFactory.create(), RoomFactory.create()
    for number, position in enumerate(positions):
        CallFactory.create(
            room=room,
            team=team,
            sip_call_id=f"SCL_{number}",
            started_at=STARTED + timedelta(seconds=position, microseconds=position),
            duration_ms=position,
            expires_at=STARTED + timedelta(days=position) if position % 2 else None,
        )


def walk(order: Order, size: int) -> tuple[list[list[UUID]], str]:
    """All pages from the first, and the cursor that leads back from the last."""
    pages: list[list[UUID]] = []
    cursor = back = ""
    while True:
        found = page(Call.objects.all(), order=order, cursor=cursor, size=size)
        pages.append([row.pk for row in found.rows])
        back = found.previous
        if not found.next:
            return pages, back
        cursor = found.next


def walk_back(order: Order, size: int, cursor: str) -> list[list[UUID]]:
    pages: list[list[UUID]] = []
    while cursor:
        found = page(Call.objects.all(), order=order, cursor=cursor, size=size)
        pages.append([row.pk for row in found.rows])
        assert found.next, "where one came from is where one can go again"
        cursor = found.previous
    return pages


@given(
    positions=st.lists(st.integers(0, 4), max_size=14),
    size=st.integers(1, 5),
    order=st.sampled_from(ORDERS),
)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_forth_and_back_every_row_comes_once(
    db: None, positions: list[int], size: int, order: Order
) -> None:
    with transaction.atomic():
        make(positions)
        in_order = list(
            Call.objects.order_by(*order.columns).values_list("pk", flat=True)
        )

        pages, back = walk(order, size)
        assert [pk for rows in pages for pk in rows] == in_order
        assert all(len(rows) == size for rows in pages[:-1])

        returned = walk_back(order, size, back)
        assert returned == pages[:-1][::-1], "the same pages, backwards"
        transaction.set_rollback(True)


def test_rows_that_come_meanwhile_repeat_and_hide_nothing() -> None:
    make([10, 20, 30, 40])
    order = ORDERS[0]
    first = page(Call.objects.all(), order=order, size=2)

    CallFactory.create(started_at=STARTED + timedelta(days=1))
    second = page(Call.objects.all(), order=order, cursor=first.next, size=2)

    assert [row.duration_ms for row in [*first.rows, *second.rows]] == [40, 30, 20, 10]
    assert second.next == ""
    newest = page(Call.objects.all(), order=order, cursor=second.previous, size=2)
    assert newest.previous, "the new one is further back"


def test_an_empty_list_has_no_neighbours() -> None:
    assert page(Call.objects.all(), order=ORDERS[0]) == page(
        Call.objects.none(), order=ORDERS[0]
    )


def forged(*told: object) -> str:
    text = json.dumps(told)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


SOME_ID = "11111111-1111-4111-8111-111111111111"


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "!!!",
        "ä",
        forged(),
        forged("started_at", 0, "2026-11-02T00:00:00+00:00"),
        forged("duration_ms", 0, 7, SOME_ID),
        forged("started_at", 0, "2026-13-45T99:00:00+00:00", SOME_ID),
        forged("started_at", 0, "yesterday", SOME_ID),
        forged("started_at", 0, "2026-11-02", SOME_ID),
        forged("started_at", 0, None, SOME_ID),
        forged("started_at", 0, {"a": 1}, SOME_ID),
        forged("started_at", 0, [1], SOME_ID),
        forged("started_at", 0, "2026-11-02T00:00:00+00:00", "not a uuid"),
        base64.urlsafe_b64encode(b'{"a":1,"b":2,"c":3,"d":4}').decode(),
        base64.urlsafe_b64encode(b"[" * 5000).decode(),
    ],
)
def test_a_cursor_that_is_not_ours_is_said_to_be_bad(cursor: str) -> None:
    make([10])

    with pytest.raises(BadCursor):
        page(Call.objects.all(), order=ORDERS[0], cursor=cursor)


def test_a_sort_of_what_has_a_value_ends_with_the_values() -> None:
    make([1, 2, 3, 4])
    order = Order("expires_at", descending=False, filled=True)
    rows = Call.objects.filter(expires_at__isnull=False)
    first = page(rows, order=order, size=1)
    second = page(rows, order=order, cursor=first.next, size=1)
    assert [row.duration_ms for row in [*first.rows, *second.rows]] == [1, 3]
    assert second.next == ""


def test_a_page_begins_in_the_index_however_many_rows_share_its_place() -> None:
    make([0] * 40)
    order = Order("duration_ms")
    first = page(Call.objects.all(), order=order, size=20)
    row = first.rows[-1]
    rest = Call.objects.filter(beyond(order, row.duration_ms, row.id, model=Call))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
    plan = rest.order_by(*order.columns).explain()
    assert "Index Cond: (ROW(duration_ms, id) < ROW(" in plan
    assert "Filter" not in plan


def test_a_number_larger_than_any_leads_to_the_first_page() -> None:
    make([10])
    cursor = forged("duration_ms", 0, 10**30, SOME_ID)
    found = page(Call.objects.all(), order=Order("duration_ms"), cursor=cursor)
    assert len(found.rows) == 1


def test_an_endless_number_is_no_position() -> None:
    make([10])

    with pytest.raises(BadCursor):
        page(
            Call.objects.all(),
            order=Order("duration_ms"),
            cursor=forged("duration_ms", 0, float("inf"), SOME_ID),
        )
