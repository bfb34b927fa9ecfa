"""When a request must be answered: months' ends, leap days, working days, pauses."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.requests import calendars, deadlines
from compliance.requests.deadlines import NoWorkingDay, Pause
from compliance.requests.laws import Law, Span, law, laws, of_place

DAY = timedelta(days=1)
BERLIN = calendars.off_in("DE-BE")
DAYS = st.dates(date(2020, 1, 1), date(2045, 12, 31))
SOME_LAW = st.sampled_from(sorted(laws())).map(law)
PLACES = st.sampled_from(["", "DE-BE", "GB", "US-CA", "FR", "BR", "AE"])


def never(_day: date) -> bool:
    return False


@st.composite
def pauses_after(draw: st.DrawFn, day: date) -> list[Pause]:
    begins = draw(st.lists(st.integers(0, 40), max_size=3))
    return [
        Pause(day + n * DAY, day + (n + draw(st.integers(0, 20))) * DAY) for n in begins
    ]


@pytest.mark.parametrize(
    ("code", "place", "received", "due"),
    [
        ("EU-GDPR", "", date(2026, 1, 31), date(2026, 3, 2)),  # 28 February: Saturday
        ("EU-GDPR", "", date(2027, 1, 31), date(2027, 3, 1)),  # 28 February: Sunday
        ("EU-GDPR", "", date(2028, 1, 31), date(2028, 2, 29)),
        ("EU-GDPR", "DE-BE", date(2026, 11, 25), date(2026, 12, 28)),  # Christmas
        ("EU-GDPR", "DE-BE", date(2026, 4, 1), date(2026, 5, 4)),  # Labour Day, Friday
        ("US-CA", "US-CA", date(2026, 11, 2), date(2026, 12, 17)),
        ("US-CA", "US-CA", date(2026, 11, 11), date(2026, 12, 26)),  # no roll
        ("BR-LGPD", "BR", date(2026, 2, 14), date(2026, 3, 1)),
        ("NZ-PA", "", date(2026, 11, 2), date(2026, 11, 30)),
    ],
)
def test_known_dates(code: str, place: str, received: date, due: date) -> None:
    assert deadlines.answer_by(law(code), received, calendars.off_in(place)) == due


def test_california_is_acknowledged_within_ten_business_days() -> None:
    off = calendars.off_in("US-CA")

    by = deadlines.acknowledge_by(law("US-CA"), date(2026, 11, 20), off)

    assert by == date(2026, 12, 8)  # Thanksgiving and the day after are holidays there
    assert deadlines.acknowledge_by(law("EU-GDPR"), date(2026, 11, 20), off) is None


def test_extended_periods_are_counted_from_receipt() -> None:
    day = date(2026, 11, 30)

    gdpr = deadlines.answer_by(law("EU-GDPR"), day, never, extended=True)
    california = deadlines.answer_by(law("US-CA"), day, never, extended=True)

    assert gdpr == date(2027, 2, 28)  # three months, not 30 December and two
    assert california == day + 90 * DAY


def test_a_stated_day_is_the_day() -> None:
    stated = date(2027, 5, 1)

    by = deadlines.answer_by(
        law("CH-FADP"), date(2026, 11, 2), BERLIN, extended=True, stated=stated
    )

    assert by == stated


@given(told=SOME_LAW, day=DAYS, place=PLACES, data=st.data())
def test_pauses_never_bring_the_end_nearer(
    told: Law, day: date, place: str, data: st.DataObject
) -> None:
    off = calendars.off_in(place)
    still = data.draw(pauses_after(day))

    bare = deadlines.answer_by(told, day, off)
    paused = deadlines.answer_by(told, day, off, pauses=still)

    assert paused >= bare
    assert paused >= bare + (deadlines.days_still(still) - 31) * DAY
    if not still and not told.rolls:
        assert paused == bare


@given(told=SOME_LAW, day=DAYS, place=PLACES)
def test_later_received_is_never_due_earlier(told: Law, day: date, place: str) -> None:
    off = calendars.off_in(place)

    assert deadlines.answer_by(told, day + DAY, off) >= deadlines.answer_by(
        told, day, off
    )


@given(told=SOME_LAW, day=DAYS, place=PLACES)
def test_where_the_law_rolls_the_last_day_is_a_working_day(
    told: Law, day: date, place: str
) -> None:
    off = calendars.off_in(place)
    end = deadlines.answer_by(told, day, off)

    bare = deadlines.end_of(told.answer, day, off)
    if told.rolls:
        assert not off(end)
        assert all(off(bare + n * DAY) for n in range((end - bare).days))
    else:
        assert end == bare


@given(day=DAYS, count=st.integers(1, 60), place=PLACES)
def test_working_days_are_counted_one_by_one(day: date, count: int, place: str) -> None:
    off = calendars.off_in(place)

    end = deadlines.end_of(Span(count, "B"), day, off)

    worked = [day + n * DAY for n in range(1, (end - day).days + 1)]
    assert sum(not off(one) for one in worked) == count
    assert not off(end)


@given(day=DAYS, months=st.integers(1, 12))
def test_a_month_ends_on_the_same_date_or_the_last_one(day: date, months: int) -> None:
    end = deadlines.end_of(Span(months, "M"), day, never)

    assert (end.year * 12 + end.month) - (day.year * 12 + day.month) == months
    assert end.day == day.day or (end.day < day.day and (end + DAY).day == 1)


@given(day=DAYS, data=st.data())
def test_days_that_pauses_share_count_once(day: date, data: st.DataObject) -> None:
    still = data.draw(pauses_after(day))
    each = {
        one.since + n * DAY
        for one in still
        for n in range((one.until - one.since).days)
    }

    assert deadlines.days_still(still) == len(each)


def test_a_calendar_without_working_days_is_refused() -> None:
    with pytest.raises(NoWorkingDay):
        deadlines.working_day(date(2026, 1, 1), lambda _day: True)


@pytest.mark.parametrize(
    ("place", "code"),
    [("DE", "EU-GDPR"), ("DE-BE", "EU-GDPR"), ("GB", "UK-GDPR"), ("US-CA", "US-CA"),
     ("US-TX", "US-OTHER"), ("CA", "CA-PIPEDA"), ("BR", "BR-LGPD"), ("TD", "OTHER"),
     ("", "OTHER")],
)  # fmt: skip
def test_the_law_of_a_place(place: str, code: str) -> None:
    assert of_place(place) == code


def test_a_place_that_is_not_known_has_weekends() -> None:
    off = calendars.off_in("XX")

    assert off(date(2026, 11, 21))
    assert not off(date(2026, 12, 25))
    assert not calendars.is_known("XX")
    assert not calendars.is_known("DE-ZZ")
    assert calendars.is_known("DE-BE")
