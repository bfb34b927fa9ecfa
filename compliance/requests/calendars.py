"""On which days nobody works: weekends, and public holidays by place."""

from datetime import date
from functools import cache

import holidays

from compliance.requests.deadlines import Off

SATURDAY = 5


def off_in(place: str) -> Off:
    """Whether a day is off in a place: an ISO code, DE, DE-BE or US-CA.

    A region that is not known has the holidays of its country; a country that is not,
    or none at all, has weekends alone.
    """
    known = _holidays_of(place.upper())
    if known is None:
        return _is_weekend
    calendar = known

    def off(day: date) -> bool:
        return calendar.is_weekend(day) or day in calendar

    return off


def is_known(place: str) -> bool:
    """Whether the holidays of this country or region are known."""
    country, _, region = place.upper().partition("-")
    regions = _supported().get(country)
    return regions is not None and (not region or region in regions)


@cache
def _supported() -> dict[str, list[str]]:
    return holidays.list_supported_countries(include_aliases=False)


@cache
def _holidays_of(place: str) -> holidays.HolidayBase | None:
    country, _, region = place.partition("-")
    if country not in _supported():
        return None
    subdivision = region if is_known(place) else ""
    return holidays.country_holidays(country, subdiv=subdivision or None)


def _is_weekend(day: date) -> bool:
    return day.weekday() >= SATURDAY
