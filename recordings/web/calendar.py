"""The calendar of coming deletions: a year of days, and what goes on each."""

import calendar as months
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from compliance.access import policy
from compliance.access.guards import guarded, person_of
from compliance.access.permissions import Verb
from compliance.models import Person, RetentionPolicy, Team
from compliance.retention import policies
from compliance.retention.periods import legal_calendar
from recordings import going
from recordings.going import Day
from recordings.models import Recording

MONTHS = 13
"""The one that runs, and a year of others."""
CELL, GAP, LEFT, TOP = 20, 3, 74, 18
"""Of the drawing, in its own units."""
SHADES = (1, 3, 10, 30, 100)
"""From how many recordings on a day is drawn darker."""


@dataclass(frozen=True)
class Cell:
    """One day as it is drawn."""

    x: int
    y: int
    shade: int
    title: str
    url: str


class Narrowed(forms.Form):
    """Whose calendar, and by which policy."""

    team = forms.ModelChoiceField(
        label=_("Team"),
        queryset=Team.objects.none(),
        required=False,
        empty_label=_("every team"),
    )
    policy = forms.TypedChoiceField(
        label=_("Policy"), required=False, coerce=UUID, empty_value=None
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scope = policy.scope_for(person, Verb.VIEW)
        team: Any = self.fields["team"]
        team.queryset = scope.narrow(Team.objects.order_by("name"), "pk")
        chosen: Any = self.fields["policy"]
        known = [
            (str(one.series), one.name)
            for one in policies.in_force()
            if one.is_adopted and (one.team_id is None or scope.covers(one.team_id))
        ]
        chosen.choices = [("", _("whichever")), *known]


@require_safe
@never_cache
@guarded(Verb.VIEW)
def calendar(request: HttpRequest) -> HttpResponse:
    """What goes in the coming year, day by day, by team and policy."""
    person, now = person_of(request), timezone.now()
    form = Narrowed(request.GET, person=person)
    said = form.cleaned_data if form.is_valid() else {}
    rows = _narrowed(going.parts(person), said)
    first = legal_calendar().day_of(now)
    begins = [_month(first, n) for n in range(MONTHS)]
    until = begins[-1].replace(day=_length(begins[-1]))
    days = going.by_day(rows, since=first, until=until, now=now)
    context = {
        "form": form,
        "total": sum(one.recordings for one in days),
        "soon": sum(
            one.recordings for one in days if one.day < first + timedelta(days=30)
        ),
        "days": [(one, _url(one.day, said)) for one in days],
        "months": _by_month(begins, days),
        "by_policy": _by_policy(rows, first, until, now),
        "apart": going.apart(rows, now=now),
        "zone": legal_calendar().zone,
        "may_edit": policy.allows(person, Verb.EDIT_POLICY),
        **_drawing(begins, days, first, said),
    }
    return render(request, "recordings/calendar.html", context)


def _narrowed(
    rows: QuerySet[Recording], said: Mapping[str, Any]
) -> QuerySet[Recording]:
    if team := said.get("team"):
        rows = rows.filter(call__team=team)
    if series := said.get("policy"):
        rows = rows.filter(going.of_policy(series))
    return rows


def _month(day: date, ahead: int) -> date:
    """The first day of the month so many months after that of a day."""
    year, month = divmod(day.year * 12 + day.month - 1 + ahead, 12)
    return date(year, month + 1, 1)


def _length(month: date) -> int:
    return months.monthrange(month.year, month.month)[1]


def _by_month(begins: list[date], days: list[Day]) -> list[dict[str, Any]]:
    found = []
    for month in begins:
        mine = [one for one in days if one.day.replace(day=1) == month]
        recordings = sum(one.recordings for one in mine)
        size = sum(one.bytes for one in mine)
        found.append({"month": month, "recordings": recordings, "bytes": size})
    return found


def _by_policy(
    rows: QuerySet[Recording], since: date, until: date, now: datetime
) -> list[tuple[RetentionPolicy, int]]:
    counts = going.by_policy(rows, since=since, until=until, now=now)
    found = RetentionPolicy.objects.in_bulk(counts)
    told = [(found[pk], n) for pk, n in counts.items() if pk in found]
    return sorted(told, key=lambda one: (-one[1], one[0].name))


def _drawing(
    begins: list[date], days: list[Day], first: date, said: Mapping[str, Any]
) -> dict[str, Any]:
    """A row for each month, a square for each of its days from today on."""
    counts = {one.day: one.recordings for one in days}
    cells = [
        _cell(row, month.replace(day=n), counts, said)
        for row, month in enumerate(begins)
        for n in range(1, _length(month) + 1)
        if month.replace(day=n) >= first
    ]
    return {
        "cells": cells,
        "names": [
            (
                TOP + row * (CELL + GAP) + CELL - 6,
                date_format(month, "SHORT_YEAR_MONTH_FORMAT"),
            )
            for row, month in enumerate(begins)
        ],
        "numbers": [
            (LEFT + (n - 1) * (CELL + GAP) + CELL // 2, n)
            for n in (1, 5, 10, 15, 20, 25, 30)
        ],
        "cell": CELL,
        "width": LEFT + 31 * (CELL + GAP),
        "height": TOP + len(begins) * (CELL + GAP),
    }


def _cell(
    row: int, day: date, counts: Mapping[date, int], said: Mapping[str, Any]
) -> Cell:
    count = counts.get(day, 0)
    words = ngettext("%(n)s recording", "%(n)s recordings", count) % {"n": count}
    return Cell(
        x=LEFT + (day.day - 1) * (CELL + GAP),
        y=TOP + row * (CELL + GAP),
        shade=sum(count >= least for least in SHADES),
        title=f"{date_format(day, 'SHORT_DATE_FORMAT')} · {words}",
        url=_url(day, said) if count else "",
    )


def _url(day: date, said: Mapping[str, Any]) -> str:
    """The list of the calls of which something goes on that day."""
    series, team = said.get("policy"), said.get("team")
    query = {"when": "all", "goes_on": f"{day}.{series}" if series else str(day)}
    if team:
        query["team"] = str(team.pk)
    return reverse("calls", query=query)
