"""Figures of the first page: today's calls by outcome, and the month of deletions."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from compliance.models import Person
from compliance.retention.periods import legal_calendar
from compliance.templatetags.bars import Column, Segment
from recordings import going as coming
from recordings import queries
from recordings.going import Day
from recordings.models import Call

Capture = Call.Capture
HOURS = 24
LABEL_EVERY = 6
DAYS = 7
DAYS_AHEAD = 30
COUNT_UP_TO = 10_000
"""Beyond this a number of recordings says no more than "many"."""

TONES = {
    "recorded": "plain",
    "running": "live",
    "not_recorded": "quiet",
    "in_part": "amber",
    "failed": "red",
}
"""The outcomes in the order they are stacked, and the tone of each."""

OUTCOME_OF = {
    Capture.RECORDED: "recorded",
    Capture.GONE: "recorded",
    Capture.RECORDING: "running",
    Capture.CHECKING: "running",
    Capture.NONE: "not_recorded",
    Capture.EXCLUDED: "not_recorded",
    Capture.PARTIAL: "in_part",
    Capture.FAILED: "failed",
}


@dataclass(frozen=True)
class Outcome:
    """A day's calls: how many of each outcome, and when."""

    counts: Counter[str]
    columns: list[Column]
    hours: list[dict[str, Any]]

    @property
    def total(self) -> int:
        """All calls of the day."""
        return self.counts.total()

    @property
    def sentence(self) -> str:
        """The answer to 'is everything recorded?', only as far as it is known."""
        if not self.total:
            return _("There has been no call yet today.")
        broken = self.counts["failed"] + self.counts["in_part"]
        if broken:
            return ngettext(
                "No: of %(total)s calls today, %(n)s is lost in whole or in part.",
                "No: of %(total)s calls today, %(n)s are lost in whole or in part.",
                broken,
            ) % {"total": self.total, "n": broken}
        return _(
            "Nothing failed. Of %(total)s calls today, %(recorded)s are recorded, "
            "%(running)s are being recorded or checked, %(none)s are not recorded."
        ) % {
            "total": self.total,
            "recorded": self.counts["recorded"],
            "running": self.counts["running"],
            "none": self.counts["not_recorded"],
        }


def outcome(person: Person, *, now: datetime) -> Outcome:
    """What became of the calls since midnight in the viewer's zone."""
    midnight = _midnight(now)
    counts: Counter[str] = Counter()
    by_hour: dict[int, Counter[str]] = {}
    for row in queries.captures_by_hour(person, since=midnight, until=now):
        kind = OUTCOME_OF[Capture(row["capture"])]
        counts[kind] += row["calls"]
        by_hour.setdefault(timezone.localtime(row["hour"]).hour, Counter())[kind] += (
            row["calls"]
        )
    columns = [_hour(hour, by_hour.get(hour, Counter())) for hour in range(HOURS)]
    hours = [{"hour": f"{h:02}:00", **by_hour[h]} for h in sorted(by_hour)]
    return Outcome(counts, columns, hours)


def _midnight(now: datetime) -> datetime:
    """The last one, in the viewer's zone."""
    local = timezone.localtime(now)
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def _hour(hour: int, counts: Counter[str]) -> Column:
    calls = ngettext("%(n)s call", "%(n)s calls", counts.total()) % {
        "n": counts.total()
    }
    return Column(
        label=f"{hour:02}" if hour % LABEL_EVERY == 0 else "",
        title=f"{hour:02}:00 · {calls}",
        segments=[Segment(counts[kind], tone) for kind, tone in TONES.items()],
    )


@dataclass(frozen=True)
class Missed:
    """What ought to have been recorded in the last days and was not."""

    teams: list[dict[str, Any]]

    @property
    def total_ms(self) -> int:
        """Of all teams together."""
        return sum(team["missed"] for team in self.teams)


def missed(person: Person, *, now: datetime) -> Missed:
    """What each team missed in the last seven days, today included."""
    since = _midnight(now) - timedelta(days=DAYS - 1)
    teams = queries.missed_by_team(person, since=since, until=now)
    for team in teams:
        whole = team["recorded"] + team["missed"]
        team["share"] = 100 * team["recorded"] / whole
    return Missed(teams)


@dataclass(frozen=True)
class Undated:
    """Recordings that nothing will ever delete, by team."""

    teams: list[dict[str, Any]]
    recordings: int
    is_more: bool


def undated(person: Person) -> Undated:
    """What is kept without a policy, the most first, counted as far as is worth it."""
    counts = queries.undated(person, limit=COUNT_UP_TO + 1)
    teams = [
        {"id": id, "name": name, "recordings": count}
        for (id, name), count in counts.most_common()
    ]
    is_more = counts.total() > COUNT_UP_TO
    return Undated(teams, min(counts.total(), COUNT_UP_TO), is_more)


@dataclass(frozen=True)
class Going:
    """Recordings that reach their end in the coming days."""

    columns: list[Column]
    days: list[Day]
    recordings: int


def going(person: Person, *, now: datetime) -> Going:
    """The deletions of the next thirty days, today included."""
    first = legal_calendar().day_of(now)
    last = first + timedelta(days=DAYS_AHEAD - 1)
    parts = coming.parts(person)
    days = coming.by_day(parts, since=first, until=last, now=now)
    counts = {one.day: one.recordings for one in days}
    columns = []
    for day in (first + timedelta(days=n) for n in range(DAYS_AHEAD)):
        count = counts.get(day, 0)
        recordings = ngettext("%(n)s recording", "%(n)s recordings", count)
        columns.append(
            Column(
                label=(
                    date_format(day, "SHORT_MONTH_DAY_FORMAT")
                    if (day - first).days % 7 == 0
                    else ""
                ),
                title=f"{date_format(day, 'SHORT_MONTH_DAY_FORMAT')} · {recordings % {'n': count}}",
                segments=[Segment(count, "plain")],
            )
        )
    return Going(columns, days, sum(one.recordings for one in days))
