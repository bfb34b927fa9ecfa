"""What a hold catches and what the store says of it, in words."""

import json
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from compliance.custody import Scope
from compliance.models import Hold, PhoneNumber, Team
from recordings import searching
from recordings.filters import CallFilter

TONES = {
    Hold.State.IN_FORCE: ("held", ""),
    Hold.State.COOLING: ("wait", "amber"),
    Hold.State.OVER: ("none", "faint"),
}


@dataclass(frozen=True)
class StoreWords:
    """What the store said of its own lock, with a mark."""

    word: str
    mark: str
    tone: str = ""


def scope(told: Scope) -> list[tuple[str, str]]:
    """Each condition with its value, as the page of a hold names them."""
    words: list[tuple[str, str]] = []
    if told.team:
        team = Team.objects.filter(pk=told.team).first()
        words.append((_("Calls of"), team.name if team else str(told.team)))
    if told.calls:
        n = len(told.calls)
        words.append((_("Named"), ngettext("%(n)s call", "%(n)s calls", n) % {"n": n}))
    if told.numbers:
        numbers = PhoneNumber.objects.filter(pk__in=told.numbers)
        shown = [one.masked for one in numbers] or [_("erased")]
        words.append((_("Number"), ", ".join(shown)))
    for name, moment in ((_("From"), told.since), (_("Until"), told.until)):
        if moment:
            stamp = date_format(localtime(moment), "SHORT_DATETIME_FORMAT")
            words.append((name, f"{stamp} {localtime(moment).tzname()}"))
    return words + (_filters(json.loads(told.filters)) if told.filters else [])


def briefly(told: Scope) -> str:
    """The same in one line."""
    return "; ".join(f"{name}: {value}" for name, value in scope(told))


def store(hold: Hold) -> StoreWords:
    """What the store says of all that `held.counted` counted, the worst first."""
    told: Any = hold
    if not told.kept:
        return StoreWords("–", "none", "faint")  # noqa: RUF001
    if told.failed:
        return StoreWords(_("%(n)s not set") % {"n": told.failed}, "warn", "amber")
    if told.drifted:
        return StoreWords(_("%(n)s drifted") % {"n": told.drifted}, "warn", "amber")
    if told.unable:
        return StoreWords(_("has no locks"), "none")
    if told.locked == told.kept:
        return StoreWords(_("locked"), "held")
    if told.tagged == told.kept:
        return StoreWords(_("tagged"), "held")
    return StoreWords(_("not asked yet"), "wait", "faint")


def _filters(terms: dict[str, str]) -> list[tuple[str, str]]:
    """The filters of the calls list that are set, by their names there."""
    words = []
    if searching.looks_for_a_person(terms):
        words.append((_("Search"), searching.sought(terms)))
    query = QueryDict(terms.get("query", ""))
    form = CallFilter(query).form
    for name, field in form.fields.items():
        values = [value for value in query.getlist(name) if value]
        if not values:
            continue
        choices = getattr(field, "choices", None)
        known = {str(key): str(label) for key, label in choices or ()}
        shown = ", ".join(known.get(value, value) for value in values)
        words.append((str(field.label), shown))
    return words
