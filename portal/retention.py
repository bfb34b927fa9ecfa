"""The calendar by which this installation keeps and deletes, read strictly."""

import datetime as dt
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ImproperlyConfigured


def read(env: Any) -> tuple[str, tuple[int, int]]:
    """The legal time zone, and the month and day on which the fiscal year begins."""
    zone = env.str("EARWITNESS_LEGAL_TIME_ZONE", default="UTC")
    if zone not in available_timezones():
        raise ImproperlyConfigured(
            "EARWITNESS_LEGAL_TIME_ZONE wants the name of a zone: Europe/Berlin."
        )
    return zone, _begins(env.str("EARWITNESS_FISCAL_YEAR_BEGINS", default="01-01"))


def _begins(text: str) -> tuple[int, int]:
    try:
        # of a year without a 29 February, which not every fiscal year could begin on
        day = dt.date.fromisoformat(f"2023-{text}")
    except ValueError as error:
        raise ImproperlyConfigured(
            "EARWITNESS_FISCAL_YEAR_BEGINS wants month and day: 04-01."
        ) from error
    return day.month, day.day
