"""Rows of the list of calls, read by one statement."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db.models import QuerySet
from pytest_django.fixtures import DjangoAssertNumQueries

from compliance.keyset import Page
from compliance.models import PhoneNumber
from recordings import listed, queries
from recordings.filters import CallFilter
from recordings.listed import ListedCall
from recordings.models import Call, Party, Recording
from tests.factories.recordings import (
    LENGTH,
    STARTED,
    CallFactory,
    PartyFactory,
    RecordingFactory,
)

pytestmark = pytest.mark.django_db
NUMBER = "+4930123454711"


def read(
    calls: QuerySet[Call] | None = None,
    *,
    sort: str = "-started",
    cursor: str = "",
    size: int = 50,
) -> Page[ListedCall]:
    rows = Call.objects.all() if calls is None else calls
    return listed.page(rows, order=queries.ORDERS[sort], cursor=cursor, size=size)


def only() -> ListedCall:
    (row,) = read().rows
    return row


def test_a_row_is_what_the_call_is() -> None:
    call = CallFactory.create(
        direction=Call.Direction.OUTBOUND,
        capture=Call.Capture.PARTIAL,
        expires_at=STARTED + timedelta(days=90),
    )
    row = only()
    for name in (
        "id", "started_at", "is_live", "duration_ms", "expires_at", "direction",
        "consent", "capture",
    ):  # fmt: skip
        assert getattr(row, name) == getattr(call, name), name
    assert row.team == call.team.name
    assert (row.parties, row.parts) == ([], [])


def test_a_call_without_an_end_is_live() -> None:
    CallFactory.create(ended_at=None)
    assert only().is_live


def test_parties_come_as_they_joined_and_parts_by_their_numbers() -> None:
    call = CallFactory.create()
    late = STARTED + timedelta(seconds=30)
    PartyFactory.create(call=call, role=Party.Role.AGENT, joined_at=late, name="Mia")
    PartyFactory.create(call=call, number=PhoneNumber.of(NUMBER, country="DE"))
    begins = STARTED + LENGTH + timedelta(seconds=42, microseconds=120_000)
    RecordingFactory.create(call=call, part=2, started_at=begins, ended_at=None)
    first = RecordingFactory.create(call=call, findings=["size_mismatch"], sha256="")
    row = only()

    caller, agent = row.parties
    assert (caller.role, caller.name) == (Party.Role.CALLER, "")
    assert caller.number is not None
    assert (caller.number.masked, caller.number.country) == ("+49 ••• ••• 4711", "DE")
    assert (agent.role, agent.name) == (Party.Role.AGENT, "Mia")

    one, two = row.parts
    assert (one.findings, one.sha256) == (["size_mismatch"], "")
    assert (one.started_at, one.ended_at) == (first.started_at, first.ended_at)
    assert (two.state, two.started_at) == (Recording.State.AVAILABLE, begins)
    assert (two.ended_at, two.expires_at) == (None, None)


def test_who_withholds_a_number_has_none() -> None:
    PartyFactory.create(number=None)
    assert only().parties[0].number is None


def test_what_is_sealed_stays_so_until_it_is_shown() -> None:
    PartyFactory.create(name="Mia", number=PhoneNumber.of(NUMBER))
    told = repr(only())
    assert "Mia" not in told
    assert "4711" not in told


def test_a_page_is_one_statement(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for call in CallFactory.create_batch(3):
        PartyFactory.create(call=call)
        RecordingFactory.create(call=call)
    with django_assert_num_queries(1):
        assert len(read().rows) == 3


@pytest.mark.parametrize("sort", queries.ORDERS)
def test_pages_of_every_sort_follow_each_other_and_lead_back(sort: str) -> None:
    for n in range(7):
        CallFactory.create(
            started_at=STARTED + timedelta(minutes=n // 2),
            duration_ms=n // 3,
            expires_at=STARTED + timedelta(days=n // 2),
        )
    order = queries.ORDERS[sort]
    wanted = list(Call.objects.order_by(*order.columns).values_list("id", flat=True))
    found: list[list[UUID]] = []
    page = read(sort=sort, size=3)
    while True:
        found.append([row.id for row in page.rows])
        if not page.next:
            break
        page = read(sort=sort, cursor=page.next, size=3)
    assert found == [wanted[:3], wanted[3:6], wanted[6:]]
    back = read(sort=sort, cursor=page.previous, size=3)
    assert [row.id for row in back.rows] == wanted[3:6]


def test_a_call_is_listed_once_however_many_parties_fit_the_filter() -> None:
    call = CallFactory.create()
    for _ in range(2):
        PartyFactory.create(call=call, role=Party.Role.STAFF, name_lookup="ab")
    calls = CallFilter({"agent": "ab"}, queryset=Call.objects.all()).qs
    assert [row.id for row in read(calls).rows] == [call.id]


def test_no_call_is_an_empty_page() -> None:
    assert read() == read(Call.objects.none()) == Page([], "", "")
