"""The stretch of time a list shows, as people pick it: 'last 7 days', or two dates."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

PRESETS = {
    "today": gettext_lazy("today"),
    "yesterday": gettext_lazy("yesterday"),
    "7d": gettext_lazy("last 7 days"),
    "30d": gettext_lazy("last 30 days"),
    "all": gettext_lazy("any time"),
    "dates": gettext_lazy("between two dates"),
}
DEFAULT = "7d"
DAYS = {"today": (0, 1), "yesterday": (1, 1), "7d": (6, 7), "30d": (29, 30)}
"""Days back to the first day, and how many days from there."""
EARLIEST, LATEST = date(1970, 1, 2), date(2999, 12, 31)


@dataclass(frozen=True)
class Period:
    """Midnight to midnight in the viewer's zone; None is open."""

    choice: str
    first: date | None = None
    last: date | None = None

    @property
    def words(self) -> str | Promise:
        """As the filter shows it."""
        if self.choice != "dates":
            return PRESETS[self.choice]
        if self.first and self.last:
            return f"{_short(self.first)} \N{EN DASH} {_short(self.last)}"
        if self.first:
            return _("from %(day)s") % {"day": _short(self.first)}
        if self.last:
            return _("until %(day)s") % {"day": _short(self.last)}
        return PRESETS["all"]

    @property
    def since(self) -> datetime | None:
        """The first instant that belongs to it."""
        return _midnight(self.first) if self.first else None

    @property
    def until(self) -> datetime | None:
        """The first instant after it."""
        return _midnight(self.last + timedelta(days=1)) if self.last else None


def read(params: QueryDict, *, today: date) -> Period:
    """The period of a list's address: `when`, and for two dates `from` and `to`."""
    choice = params.get("when", DEFAULT)
    if choice not in PRESETS:
        choice = DEFAULT
    if choice == "dates":
        return Period(choice, _day(params, "from"), _day(params, "to"))
    if choice in DAYS:
        back, length = DAYS[choice]
        first = today - timedelta(days=back)
        return Period(choice, first, first + timedelta(days=length - 1))
    return Period("all")


def _day(params: QueryDict, name: str) -> date | None:
    """The day of that name, within the years that have a midnight everywhere."""
    try:
        day = parse_date(params.get(name, ""))
    except ValueError:
        return None
    return day and min(max(day, EARLIEST), LATEST)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _short(day: date) -> str:
    return date_format(day, "SHORT_DATE_FORMAT")
