"""Days, months and years by the calendar of the law: where they begin and end."""

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from django.conf import settings

from compliance.models import RetentionPolicy

Clock = RetentionPolicy.Clock

_WRITTEN = re.compile(r"P([1-9][0-9]{0,4})([DMY])")
LAST_DAY = date(9000, 12, 31)
"""Whatever ends later is as good as never."""
OPEN_END = datetime(9999, 1, 1, tzinfo=UTC)
"""Until when something stays of which the clock has not started: later than any end."""


@dataclass(frozen=True)
class Start:
    """When an event of the business took place, and when it was told."""

    occurred: datetime
    told: datetime


Starts = Mapping[str, Start]
"""What has been told of one thing, by the code of the event."""


@dataclass(frozen=True)
class Period:
    """So many days, months or years of the calendar."""

    count: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """'P90D', 'P18M' or 'P5Y', as ISO 8601 writes them; '' is none.

        Raises ValueError for anything else.
        """
        if not text:
            return None
        found = _WRITTEN.fullmatch(text)
        if found is None:
            raise ValueError(text)
        return cls(int(found[1]), found[2])

    def __str__(self) -> str:
        return f"P{self.count}{self.unit}"

    def after(self, day: date) -> date:
        """The last day of a period that begins with that day.

        A month without such a day ends it with its own last one: 31 January and one
        month is 28 February, 29 February and one year is 28 February.
        """
        if self.unit == "D":
            return min(day + timedelta(days=self.count), LAST_DAY)
        months = self.count * (12 if self.unit == "Y" else 1)
        year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
        if year >= LAST_DAY.year:
            return LAST_DAY
        last = calendar.monthrange(year, month + 1)[1]
        return date(year, month + 1, min(day.day, last))


@dataclass(frozen=True)
class LegalCalendar:
    """Where days begin for the law, and on which (month, day) its fiscal year begins."""

    zone: str = "UTC"
    fiscal: tuple[int, int] = (1, 1)

    @property
    def tzinfo(self) -> ZoneInfo:
        """The zone itself."""
        return ZoneInfo(self.zone)

    def day_of(self, moment: datetime) -> date:
        """The day on which it is, by the legal time zone."""
        return moment.astimezone(self.tzinfo).date()

    def counted_from(
        self, clock: str, ended: datetime, starts: Starts | None = None
    ) -> date | None:
        """The day from which a period of that clock is counted.

        None while the event that starts it was not told; one from before the end of
        the thing starts it with that end.
        """
        day = self.day_of(ended)
        if clock.startswith(RetentionPolicy.EVENT):
            start = (starts or {}).get(clock.removeprefix(RetentionPolicy.EVENT))
            return max(day, self.day_of(start.occurred)) if start else None
        if clock == Clock.CALENDAR_YEAR:
            return date(day.year, 12, 31)
        if clock == Clock.FISCAL_YEAR:
            begins = date(day.year, *self.fiscal)
            if day >= begins:
                begins = date(day.year + 1, *self.fiscal)
            return begins - timedelta(days=1)
        return day

    def end_of(self, day: date) -> datetime:
        """The first moment of the day after: until then it is that day.

        Where clocks are set at midnight, the later of the moments that may be meant.
        """
        midnight = datetime.combine(day + timedelta(days=1), time.min, self.tzinfo)
        return max(midnight.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


def legal_calendar() -> LegalCalendar:
    """The installation's: LEGAL_TIME_ZONE and FISCAL_YEAR_BEGINS."""
    month, day = settings.FISCAL_YEAR_BEGINS
    return LegalCalendar(zone=settings.LEGAL_TIME_ZONE, fiscal=(month, day))
