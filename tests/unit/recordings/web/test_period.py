"""The stretch of time a list shows."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict
from django.utils import timezone

from recordings.web import period

TODAY = date(2026, 3, 30)


@pytest.mark.parametrize(
    ("query", "first", "last", "words"),
    [
        ("", "2026-03-24", "2026-03-30", "last 7 days"),
        ("when=nonsense", "2026-03-24", "2026-03-30", "last 7 days"),
        ("when=today", "2026-03-30", "2026-03-30", "today"),
        ("when=yesterday", "2026-03-29", "2026-03-29", "yesterday"),
        ("when=30d", "2026-03-01", "2026-03-30", "last 30 days"),
        ("when=all", "None", "None", "any time"),
        ("when=dates&from=2026-03-02", "2026-03-02", "None", "from 2 Mar 2026"),
        ("when=dates&to=2026-03-02", "None", "2026-03-02", "until 2 Mar 2026"),
        ("when=dates&from=2026-13-99&to=x", "None", "None", "any time"),
    ],
)
def test_what_an_address_asks_for(
    query: str, first: str, last: str, words: str
) -> None:
    read = period.read(QueryDict(query), today=TODAY)
    assert (str(read.first), str(read.last), str(read.words)) == (first, last, words)


def test_days_at_the_ends_of_the_calendar_have_a_midnight() -> None:
    read = period.read(
        QueryDict("when=dates&from=0001-01-01&to=9999-12-31"), today=TODAY
    )
    assert read.since
    assert read.until
    assert read.since.year == 1970
    assert read.until.year == 3000


def test_a_day_has_23_hours_when_the_clocks_go_forward() -> None:
    with timezone.override(ZoneInfo("Europe/Berlin")):
        day = period.read(QueryDict("when=yesterday"), today=TODAY)
        assert day.since == datetime(2026, 3, 28, 23, tzinfo=UTC)
        assert day.until == datetime(2026, 3, 29, 22, tzinfo=UTC)
