"""Every preset, adopted, on the database: a clock moves seven years, and each goes to the day.

The days are worked out here once more, by hand, in three time zones and over leap years.
"""

import io
from calendar import monthrange
from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from pytest_django.fixtures import Settings

from compliance.models import RetentionPolicy
from compliance.retention import policies, shipped, sweep
from compliance.retention.policies import PolicyDraft
from recordings import dating, media_store
from recordings.models import Recording
from tests.cast import Cast
from tests.factories.recordings import CallFactory, RecordingFactory

pytestmark = pytest.mark.django_db
DAYS = (date(2024, 2, 29), date(2024, 12, 31))
"""A leap day, and the last day of a year: the last second of each, there."""
FISCAL = (4, 1)
SECOND = timedelta(seconds=1)
YEARS = 7


def last_day(period: str, first: date) -> date:
    """The last day of a period, by the calendar on the wall."""
    count, unit = int(period[1:-1]), period[-1]
    if unit == "D":
        return first + timedelta(days=count)
    months = first.month - 1 + count * (12 if unit == "Y" else 1)
    year, month = first.year + months // 12, months % 12 + 1
    return date(year, month, min(first.day, monthrange(year, month)[1]))


def counted_from(clock: str, day: date) -> date:
    """The day itself, or the last one of its fiscal year."""
    if clock == "call_end":
        return day
    assert clock == "fiscal_year", "a preset with another clock wants a line here"
    year = day.year + (day >= date(day.year, *FISCAL))
    return date(year, *FISCAL) - timedelta(days=1)


def adopted(cast: Cast, row: RetentionPolicy, parts: list[Recording]) -> None:
    """The preset as it stands, for these calls alone, so that no other preset has a say."""
    draft = replace(
        PolicyDraft.of(row),
        calls=tuple(part.call_id for part in parts),
        direction="",
        places=(),
        purposes=(),
        label_key="",
        label_value="",
    )
    made = policies.write(
        draft=draft, by=cast.officer, now=parts[0].planned_at, series=row.series
    )
    policies.publish(draft=made, by=cast.officer, now=parts[0].planned_at)


def recorded(cast: Cast, day: date, zone: ZoneInfo) -> Recording:
    ended = datetime.combine(day, time(23, 59, 59), zone)
    call = CallFactory.create(team=cast.claims, started_at=ended)
    key = f"recordings/{call.id}/1.ogg"
    media_store.store().put(key, io.BytesIO(b"v"), "audio/ogg")
    part: Recording = RecordingFactory.create(
        call=call, object_key=key, ended_at=ended, hashed_at=ended, expires_at=None
    )
    return part


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "America/New_York", "Asia/Kathmandu"]
)
def test_each_preset_goes_on_its_day_and_not_a_second_before(
    cast: Cast, settings: Settings, tmp_path: object, zone: str
) -> None:
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path}
    settings.LEGAL_TIME_ZONE, settings.FISCAL_YEAR_BEGINS = zone, FISCAL
    there = ZoneInfo(zone)
    due: dict[datetime, set[str]] = defaultdict(set)
    names: dict[object, str] = {}
    for row in RetentionPolicy.objects.exclude(code=""):
        parts = [recorded(cast, day, there) for day in DAYS]
        adopted(cast, row, parts)
        period = row.keep_at_least or row.delete_after
        for part, day in zip(parts, DAYS, strict=True):
            last = last_day(period, counted_from(row.clock, day))
            last += timedelta(days=row.grace_days)
            goes = datetime.combine(last + timedelta(days=1), time(), there)
            names[part.pk] = f"{row.code} {day}"
            due[goes].add(names[part.pk])
        if row.keep_at_least:  # somebody wanted it gone at once: the floor keeps it
            ids = [part.pk for part in parts]
            Recording.objects.filter(pk__in=ids).update(expires_at=parts[0].ended_at)
    assert len(names) == 2 * len(list(shipped.read()))
    first = min(due)
    while dating.catch_up(now=first - timedelta(days=1)):
        pass

    end = datetime.combine(DAYS[1].replace(year=DAYS[1].year + YEARS), time(), there)
    for moment in sorted(one for one in due if one <= end + timedelta(days=1)):
        assert sweep.sweep(now=moment - SECOND).destroyed == 0, moment
        kept = left(names)
        assert sweep.sweep(now=moment).failed == 0
        assert kept - left(names) == due.pop(moment)

    longer = {name.split()[0] for late in due.values() for name in late}
    assert longer == {"US-CMS", "US-SOX"}, "ten years, and seven of a fiscal year"
    assert left(names) == {name for late in due.values() for name in late}


def left(names: dict[object, str]) -> set[str]:
    """What is still there."""
    rows = Recording.objects.exclude(state=Recording.State.DESTROYED)
    return {names[pk] for pk in rows.values_list("pk", flat=True)}
