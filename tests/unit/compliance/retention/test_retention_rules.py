"""When things go: to the day, by the calendar, and never by what nobody has adopted."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.models import RetentionPolicy
from compliance.retention import changes, rules, shipped
from compliance.retention.periods import OPEN_END, LegalCalendar, Period, Start
from compliance.retention.rules import Bound, Side

BERLIN = LegalCalendar(zone="Europe/Berlin")
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia",
         "America/Havana")  # fmt: skip

days = st.dates(date(2020, 1, 1), date(2040, 12, 31))
moments = st.datetimes(
    datetime(2020, 1, 1),  # noqa: DTZ001  the zone is added by the strategy
    datetime(2040, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)
periods = st.builds(Period, st.integers(1, 60), st.sampled_from("DMY"))
zones = st.sampled_from(ZONES)


def policy(*, adopted: bool = True, **said: Any) -> RetentionPolicy:
    """A version that is in force, not stored."""
    by = uuid4() if adopted else None
    return RetentionPolicy(name="Policy", adopted_by_id=by, **said)


def dates(
    *policies: RetentionPolicy, ended: datetime, calendar: LegalCalendar = BERLIN
) -> rules.Outcome:
    return rules.resolve(
        [
            bound
            for one in policies
            for bound in rules.bounds_of(one, ended=ended, calendar=calendar)
        ]
    )


@pytest.mark.parametrize(
    ("begins", "period", "ends"),
    [
        ("2024-02-29", "P1Y", "2025-02-28"),
        ("2024-02-29", "P4Y", "2028-02-29"),
        ("2025-01-31", "P1M", "2025-02-28"),
        ("2024-01-31", "P1M", "2024-02-29"),
        ("2025-12-31", "P2M", "2026-02-28"),
        ("2026-11-21", "P25M", "2028-12-21"),
        ("2026-03-03", "P5Y", "2031-03-03"),
        ("2026-03-03", "P90D", "2026-06-01"),
        ("2026-03-03", "P99999Y", "9000-12-31"),
    ],
)
def test_periods_go_by_the_calendar(begins: str, period: str, ends: str) -> None:
    found = Period.parse(period)

    assert found is not None
    assert found.after(date.fromisoformat(begins)) == date.fromisoformat(ends)


@pytest.mark.parametrize("text", ["P0D", "5Y", "P5W", "P1Y6M", "P-1D", "P123456D"])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=text):
        Period.parse(text)


@given(day=days, period=periods)
def test_months_and_years_keep_the_day_or_end_with_the_month(
    day: date, period: Period
) -> None:
    end = period.after(day)

    assert end > day
    if period.unit == "D":
        assert (end - day).days == period.count
    else:
        months = period.count * (12 if period.unit == "Y" else 1)
        assert (end.year - day.year) * 12 + end.month - day.month == months
        shorter = (end + timedelta(days=1)).day == 1
        assert end.day == day.day or (shorter and end.day < day.day)


@given(day=days, zone=zones)
def test_a_day_ends_where_the_next_one_begins_there(day: date, zone: str) -> None:
    end = LegalCalendar(zone=zone).end_of(day)
    there = ZoneInfo(zone)

    assert end.astimezone(there).date() > day
    assert (end - timedelta(seconds=1)).astimezone(there).date() <= day + timedelta(1)


@given(ended=moments, period=periods, zone=zones)
def test_a_floor_never_ends_early_and_a_longer_one_never_sooner(
    ended: datetime, period: Period, zone: str
) -> None:
    calendar = LegalCalendar(zone=zone)
    floor = policy(keep_at_least=str(period))
    longer = policy(keep_at_least=str(Period(period.count + 1, period.unit)))

    kept = dates(floor, ended=ended, calendar=calendar).keep_until
    assert kept
    last = period.after(calendar.day_of(ended))
    assert kept.astimezone(ZoneInfo(zone)).date() > last
    both = dates(floor, longer, ended=ended, calendar=calendar).keep_until
    assert both == dates(longer, ended=ended, calendar=calendar).keep_until
    assert both
    assert both >= kept


@pytest.mark.parametrize(
    ("ended", "clock", "goes"),
    [
        # 31 December, 23:30 in UTC, is the new year in Berlin already
        ("2025-12-31T23:30", "calendar_year", "2027-12-31"),
        ("2025-12-31T22:30", "calendar_year", "2026-12-31"),
        ("2026-03-31T21:59", "fiscal_year", "2027-03-31"),
        ("2026-03-31T22:00", "fiscal_year", "2028-03-31"),
        ("2026-05-04T12:00", "call_end", "2027-05-04"),
    ],
)
def test_clocks_start_on_the_day_of_the_legal_zone(
    ended: str, clock: str, goes: str
) -> None:
    calendar = LegalCalendar(zone="Europe/Berlin", fiscal=(4, 1))
    moment = datetime.fromisoformat(ended).replace(tzinfo=UTC)

    found = dates(
        policy(delete_after="P1Y", clock=clock), ended=moment, calendar=calendar
    )

    assert found.goes_at == calendar.end_of(date.fromisoformat(goes))


ENDED = datetime(2026, 3, 3, 14, 32, tzinfo=UTC)


def test_the_longest_floor_and_the_shortest_ceiling_count() -> None:
    found = dates(
        policy(keep_at_least="P1Y"),
        policy(keep_at_least="P2Y", delete_after="P10Y"),
        policy(delete_after="P3Y"),
        ended=ENDED,
    )

    assert found.keep_until == BERLIN.end_of(date(2028, 3, 3))
    assert found.goes_at == BERLIN.end_of(date(2029, 3, 3))
    assert not found.is_conflict


def test_a_floor_beyond_the_ceiling_keeps_for_its_own_purposes_alone() -> None:
    found = dates(
        policy(keep_at_least="P5Y", purposes=["legal_duty"]),
        policy(keep_at_least="P1M", purposes=["quality"]),
        policy(delete_after="P6M"),
        ended=ENDED,
    )

    assert found.is_conflict
    assert found.goes_at == found.keep_until == BERLIN.end_of(date(2031, 3, 3))
    assert found.narrowed_from == BERLIN.end_of(date(2026, 9, 3))
    assert found.narrowed == ("legal_duty",)


def test_grace_hides_first_and_destroys_later_but_not_past_another_ceiling() -> None:
    alone = dates(policy(delete_after="P1Y", grace_days=30), ended=ENDED)
    beside = dates(
        policy(delete_after="P1Y", grace_days=30),
        policy(delete_after="P370D"),
        ended=ENDED,
    )

    assert alone.goes_at == beside.goes_at == BERLIN.end_of(date(2027, 3, 3))
    assert alone.gone_by == BERLIN.end_of(date(2027, 4, 2))
    assert beside.gone_by == BERLIN.end_of(date(2027, 3, 8))


firsts = st.dates(date(2023, 1, 1), date(2023, 12, 31)).map(lambda d: (d.month, d.day))


@given(ended=moments, zone=zones, fiscal=firsts)
def test_a_fiscal_year_ends_on_the_day_before_the_next_one_begins(
    ended: datetime, zone: str, fiscal: tuple[int, int]
) -> None:
    calendar = LegalCalendar(zone=zone, fiscal=fiscal)
    day = calendar.day_of(ended)

    last = calendar.counted_from("fiscal_year", ended)

    assert last
    next_day = last + timedelta(days=1)
    assert (next_day.month, next_day.day) == fiscal
    assert day <= last < day + timedelta(days=366)
    usual = LegalCalendar(zone=zone).counted_from("fiscal_year", ended)
    assert usual == LegalCalendar(zone=zone).counted_from("calendar_year", ended)


@given(ended=moments, occurred=moments, period=periods, zone=zones)
def test_an_event_told_never_lets_anything_go_before_its_own_end(
    ended: datetime, occurred: datetime, period: Period, zone: str
) -> None:
    """Whatever was told, it goes no sooner than if it were counted from its end, and no
    sooner than the period after the event; before it is told it does not go at all."""
    calendar = LegalCalendar(zone=zone)
    by_event = policy(delete_after=str(period), clock=CONTRACT)
    starts = {"contract_ended": Start(occurred, occurred)}
    (told,) = rules.bounds_of(by_event, ended=ended, calendar=calendar, starts=starts)
    (still,) = rules.bounds_of(by_event, ended=ended, calendar=calendar)
    from_end = dates(
        policy(delete_after=str(period)), ended=ended, calendar=calendar
    ).goes_at

    assert from_end
    assert told.at >= from_end
    assert told.at >= calendar.end_of(period.after(calendar.day_of(occurred)))
    assert told.gone_by >= told.at
    assert told.at < still.at == OPEN_END


CONTRACT = "event:contract_ended"


def told_of(
    *policies: RetentionPolicy, on: date | None, late: int = 0
) -> rules.Outcome:
    """What ended on 3 March 2026, and its event told of for that day, days late."""
    starts = {}
    if on:
        noon = datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
        starts["contract_ended"] = Start(noon, noon + timedelta(days=late))
    found = []
    for one in policies:
        found += rules.bounds_of(one, ended=ENDED, calendar=BERLIN, starts=starts)
    return rules.resolve(found)


def test_before_its_event_is_told_a_policy_has_no_ceiling_and_its_floor_no_end() -> (
    None
):
    both = policy(keep_at_least="P1Y", delete_after="P2Y", clock=CONTRACT)

    found = told_of(both, on=None)

    assert (found.goes_at, found.gone_by, found.keep_until) == (None, None, OPEN_END)
    beside = told_of(both, policy(delete_after="P1M"), on=None)
    assert beside.is_conflict, "kept, and from that ceiling on for its purposes alone"
    assert beside.goes_at is None
    assert beside.narrowed_from == BERLIN.end_of(date(2026, 4, 3))
    ceiling = told_of(policy(delete_after="P2Y", clock=CONTRACT), on=None)
    assert (ceiling.goes_at, ceiling.keep_until) == (None, None)


@pytest.mark.parametrize(
    ("on", "since"),
    [
        (date(2028, 2, 29), date(2028, 2, 29)),
        (date(2026, 3, 3), date(2026, 3, 3)),
        # before the recording itself: its own end starts the clock
        (date(2020, 1, 1), date(2026, 3, 3)),
    ],
)
def test_an_event_starts_the_clock_on_its_day(on: date, since: date) -> None:
    found = told_of(
        policy(keep_at_least="P1Y", delete_after="P2Y", clock=CONTRACT), on=on
    )

    assert found.keep_until == BERLIN.end_of(Period(1, "Y").after(since))
    assert found.goes_at == BERLIN.end_of(Period(2, "Y").after(since))


def test_told_late_it_hides_at_once_and_leaves_the_grace_all_the_same() -> None:
    found = told_of(
        policy(delete_after="P1M", grace_days=14, clock=CONTRACT),
        on=date(2026, 4, 1),
        late=90,
    )

    assert found.goes_at == BERLIN.end_of(date(2026, 5, 1))
    assert found.gone_by == BERLIN.end_of(date(2026, 6, 30) + timedelta(days=14))


LAST = date(2033, 6, 30)
A, B = uuid4(), uuid4()
PRESETS = [RetentionPolicy(**columns) for columns in shipped.read()]


@given(ended=moments, zone=zones)
def test_a_preset_that_nobody_adopted_destroys_nothing(
    ended: datetime, zone: str
) -> None:
    found = dates(*PRESETS, ended=ended, calendar=LegalCalendar(zone=zone))

    assert found.goes_at is None
    assert found.keep_until, "its floors count"
    assert any(one.side == Side.CEILING and not one.counts for one in found.bounds)
    assert rules.covering(PRESETS, found.bounds) is None


@given(
    preset=st.sampled_from(PRESETS),
    ended=moments,
    zone=zones,
    passed=st.integers(0, 7 * 366),
)
def test_a_clock_that_moves_seven_years(
    preset: RetentionPolicy, ended: datetime, zone: str, passed: int
) -> None:
    """On each day each preset says the same as the calendar: kept until its last day is
    over, and once adopted gone from the next one on."""
    calendar = LegalCalendar(zone=zone)
    today = calendar.day_of(ended) + timedelta(days=passed)
    bounds = rules.bounds_of(preset, ended=ended, calendar=calendar, adopted=True)
    found = rules.resolve(bounds)
    moment = calendar.end_of(today) - timedelta(seconds=1)
    since = calendar.counted_from(preset.clock, ended)

    for text, at in (
        (preset.keep_at_least, found.keep_until),
        (preset.delete_after, found.goes_at),
    ):
        period = Period.parse(text)
        assert (period is None) == (at is None)
        if period and at and since:
            assert (moment < at) == (today <= period.after(since))


def test_covered_is_what_an_adopted_policy_covers() -> None:
    early, late = policy(delete_after="P1Y"), policy(delete_after="P2Y")
    floor, default = (
        policy(keep_at_least="P3Y"),
        policy(adopted=False, keep_at_least="P9Y"),
    )

    def answers(*policies: RetentionPolicy) -> RetentionPolicy | None:
        return rules.covering(policies, dates(*policies, ended=ENDED).bounds)

    assert answers(late, default, early, floor) == early
    assert answers(default, floor) == floor
    assert answers(default) is None


@pytest.mark.parametrize(
    ("old", "new", "sooner"),
    [
        (None, {"keep_at_least": "P5Y"}, False),
        (None, {"delete_after": "P5Y"}, True),
        ({"keep_at_least": "P5Y"}, {"keep_at_least": "P7Y"}, False),
        ({"keep_at_least": "P5Y"}, {"keep_at_least": "P4Y"}, True),
        ({"keep_at_least": "P5Y"}, {"delete_after": "P9Y"}, True),
        ({"delete_after": "P1Y"}, {"delete_after": "P12M"}, False),
        ({"delete_after": "P1Y"}, {"delete_after": "P365D"}, True),
        ({"delete_after": "P1Y"}, {"delete_after": "P366D"}, False),
        ({"delete_after": "P1Y"}, {"delete_after": "P1Y", "is_ended": True}, False),
        ({"keep_at_least": "P1Y"}, {"keep_at_least": "P1Y", "is_ended": True}, True),
        # matches: a ceiling must not grow, a floor must not shrink
        ({"delete_after": "P1Y", "places": ["DE"]}, {"delete_after": "P1Y"}, True),
        ({"delete_after": "P1Y"}, {"delete_after": "P1Y", "places": ["DE"]}, False),
        ({"keep_at_least": "P1Y"}, {"keep_at_least": "P1Y", "places": ["DE"]}, True),
        ({"keep_at_least": "P1Y", "places": ["DE"]}, {"keep_at_least": "P1Y"}, False),
        (
            {"keep_at_least": "P1Y", "label_key": "regime"},
            {"keep_at_least": "P1Y", "label_key": "regime", "label_value": "X"},
            True,
        ),
        # an authority's floor: a longer day is longer, none is none
        ({"kept_until": LAST}, {"kept_until": LAST + timedelta(days=1)}, False),
        ({"kept_until": LAST}, {"kept_until": LAST - timedelta(days=1)}, True),
        ({"kept_until": LAST}, {"kept_until": LAST, "is_ended": True}, True),
        (
            {"kept_until": LAST, "calls": [A]},
            {"kept_until": LAST, "calls": [A, B]},
            False,
        ),
        (
            {"kept_until": LAST, "calls": [A, B]},
            {"kept_until": LAST, "calls": [A]},
            True,
        ),
        # teams: one of several is less than all of them
        (
            {"delete_after": "P1Y", "teams": [A]},
            {"delete_after": "P1Y", "teams": [A, B]},
            True,
        ),
        (
            {"keep_at_least": "P1Y", "teams": [A, B]},
            {"keep_at_least": "P1Y", "team_id": A},
            True,
        ),
        (
            {"keep_at_least": "P1Y", "team_id": A},
            {"keep_at_least": "P1Y", "teams": [A, B]},
            False,
        ),
        # a grace cut short, and another clock
        (
            {"delete_after": "P1Y", "grace_days": 30},
            {"delete_after": "P1Y", "grace_days": 7},
            True,
        ),
        (
            {"delete_after": "P1Y", "clock": "calendar_year"},
            {"delete_after": "P1Y"},
            True,
        ),
    ],
)
def test_what_may_make_anything_go_earlier(
    old: dict[str, Any] | None, new: dict[str, Any], *, sooner: bool
) -> None:
    before = policy(**old) if old else None

    assert changes.may_shorten(before, policy(**new)) is sooner


def test_an_authority_keeps_until_its_day_whenever_the_call_was() -> None:
    asked = policy(kept_until=LAST)

    for ended in (ENDED, ENDED - timedelta(days=9_000)):
        found = dates(asked, policy(delete_after="P1Y"), ended=ended)
        assert found.goes_at == found.keep_until == BERLIN.end_of(LAST)
        assert found.narrowed == ("evidence", "legal_duty")
    over = dates(asked, policy(delete_after="P20Y"), ended=ENDED)
    assert not over.is_conflict, "past its day it says nothing"
    assert over.goes_at == BERLIN.end_of(date(2046, 3, 3))


def test_adopting_a_preset_with_a_ceiling_lets_things_go_earlier() -> None:
    said: dict[str, Any] = {"keep_at_least": "P1Y", "delete_after": "P5Y"}

    assert changes.may_shorten(policy(adopted=False, **said), policy(**said))
    floor: dict[str, Any] = {"keep_at_least": "P1Y"}
    assert not changes.may_shorten(policy(adopted=False, **floor), policy(**floor))


@given(first=periods, second=periods, ended=moments)
def test_what_needs_one_person_never_makes_anything_go_earlier(
    first: Period, second: Period, ended: datetime
) -> None:
    old, new = policy(delete_after=str(first)), policy(delete_after=str(second))
    before, after = dates(old, ended=ended).goes_at, dates(new, ended=ended).goes_at

    assert before
    assert after
    assert changes.may_shorten(old, new) or after >= before


def test_a_policy_cannot_contradict_itself() -> None:
    assert changes.fits("P12M", "P1Y")
    assert changes.fits("", "P1D")
    assert not changes.fits("P1Y", "P365D"), "in a leap year it would"
    assert not changes.fits("P2Y", "P1Y")


def test_bounds_are_stored_with_what_they_come_from() -> None:
    (bound,) = rules.bounds_of(
        policy(delete_after="P1Y", grace_days=7), ended=ENDED, calendar=BERLIN
    )

    assert isinstance(bound, Bound)
    assert bound.as_json() | {"ref": ""} == {
        "side": "ceiling",
        "at": "2027-03-03T23:00:00+00:00",
        "ref": "",
        "counts": True,
        "gone_by": "2027-03-10T23:00:00+00:00",
        "period": "P1Y",
        "clock": "call_end",
        "since": "2026-03-03",
        "purposes": ["evidence", "legal_duty"],
    }
