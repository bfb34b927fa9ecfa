"""The filters above the list of calls, as the page draws them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.models import Team
from recordings import queries
from recordings.models import Call
from recordings.web import period
from recordings.web.listing import Listing

AGENTS_OF = timedelta(days=90)


@dataclass(frozen=True)
class Option:
    """One box or dot."""

    value: str
    name: str | Promise
    is_on: bool


@dataclass(frozen=True)
class Chip:
    """One filter: its name, what it is set to, and its options."""

    key: str
    name: str | Promise
    value: str | Promise
    kind: str
    options: list[Option] = field(default_factory=list)
    is_on: bool = False


def of(listing: Listing, *, is_swap: bool) -> list[Chip]:
    """The filters that always stand there; the rest are behind '+ filter'.

    is_swap: only the texts of the chips are shown anew, the menus stay as they are.
    """
    return [
        _boxes(listing, "team", _("Team"), _teams(listing)),
        _when(listing),
        _boxes(listing, "capture", _("Recording"), Call.Capture.choices),
        _boxes(listing, "consent", _("Consent"), Call.Consent.choices),
        _dots(listing, "agent", _("Agent"), _agents(listing, is_swap=is_swap)),
    ]


def more(listing: Listing) -> dict[str, Any]:
    """The filters behind '+ filter': direction, labels, references, lengths."""
    names = ("direction", "label", "reference", "longer_than", "shorter_than",
             "missed_over", "held")  # fmt: skip
    values = {name: listing.params.get(name, "") for name in names}
    return {
        **values,
        "directions": Call.Direction.choices,
        "labels": settings.CALL_LABELS,
        "on": sum(1 for value in values.values() if value),
    }


def _boxes(
    listing: Listing, key: str, name: Promise, choices: Iterable[tuple[Any, Any]]
) -> Chip:
    """Several may be set; none means any."""
    chosen = set(listing.params.getlist(key))
    options = [Option(str(v), n, str(v) in chosen) for v, n in choices]
    return _chip(key, name, options, "checkbox")


def _dots(
    listing: Listing, key: str, name: Promise, choices: Iterable[tuple[Any, Any]]
) -> Chip:
    """One is set; the first means any."""
    chosen = listing.params.get(key, "")
    options = [Option(str(v), n, str(v) == chosen) for v, n in choices]
    if not any(option.is_on for option in options):
        chosen = ""
    return _chip(key, name, [Option("", _("any"), not chosen), *options], "radio")


def _chip(key: str, name: Promise, options: list[Option], kind: str) -> Chip:
    on = [option for option in options if option.is_on and option.value]
    value: str | Promise = ""
    if len(on) == 1:
        value = on[0].name
    elif on:
        value = str(len(on))
    return Chip(key, name, value, kind, options, bool(on))


def _when(listing: Listing) -> Chip:
    chosen = listing.period
    options = [Option(v, n, v == chosen.choice) for v, n in period.PRESETS.items()]
    is_on = chosen.choice != period.DEFAULT
    return Chip("when", _("When"), chosen.words, "when", options, is_on)


def _teams(listing: Listing) -> list[tuple[Any, str]]:
    """Those whose calls the person sees, and those of his own calls."""
    scope = policy.scope_for(listing.person, Verb.VIEW)
    teams = scope.narrow(Team.objects.all(), "id")
    if scope.own:
        own = Call.objects.filter(staff__overlap=sorted(scope.own))
        teams |= Team.objects.filter(id__in=own.values("team"))
    return list(teams.order_by("name").values_list("id", "name"))


def _agents(listing: Listing, *, is_swap: bool) -> list[tuple[str, str]]:
    """All of them for the menu; a swap needs no more than the one that is set."""
    chosen = listing.params.get("agent", "")
    if is_swap and not chosen:
        return []
    only = chosen if is_swap else ""
    return queries.agents(listing.person, since=listing.now - AGENTS_OF, only=only)
