"""The form of a new service key: what it is for, for whom, from where, how long."""

import ipaddress
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _text
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from compliance.access import policy
from compliance.access.permissions import WORDS, Verb
from compliance.access.scope import NOTHING
from compliance.models import Person, Team

LENGTHS = (30, 90, 180, 365)
MOST_NETWORKS = 20


class DirectoryKeyForm(forms.Form):
    """A key of the directory: it has no role, so there is nothing to narrow."""

    name = forms.CharField(
        label=_("What it is called"),
        max_length=50,
        help_text=_("Where it is kept: voice agents in Frankfurt, CRM."),
    )
    days = forms.TypedChoiceField(
        label=_("It ends after"),
        coerce=int,
        initial=LENGTHS[1],
        choices=lambda: [(days, _length(days)) for days in LENGTHS],
    )
    networks = forms.CharField(
        label=_("Only from these networks"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text=_("One in a line: 203.0.113.0/24. Empty: from anywhere."),
    )

    def clean_networks(self) -> list[str] | None:
        """Each in its one spelling; None for anywhere."""
        said = self.cleaned_data["networks"].replace(",", " ").split()
        if len(said) > MOST_NETWORKS:
            raise forms.ValidationError(
                _text("At most %(most)s networks.") % {"most": MOST_NETWORKS}
            )
        return [_network(one) for one in said] or None

    def limits(self, *, now: datetime) -> dict[str, Any]:
        """What whoever makes the key wants to know."""
        said = self.cleaned_data
        return {
            "name": said["name"],
            "until": now + timedelta(days=said["days"]),
            "networks": said["networks"],
        }


class KeyForm(DirectoryKeyForm):
    """Offers what the roles of the service allow, and no more."""

    verbs = forms.MultipleChoiceField(
        label=_("It may"), widget=forms.CheckboxSelectMultiple
    )
    teams = forms.ModelMultipleChoiceField(
        label=_("Only for calls of"),
        queryset=Team.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: every team its roles reach, also later."),
    )

    def __init__(self, *args: Any, service: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = [verb for verb in Verb if policy.allows(service, verb)]
        verbs: Any = self.fields["verbs"]
        verbs.choices = [(verb.value, WORDS[verb]) for verb in held]
        teams: Any = self.fields["teams"]
        teams.queryset = _teams_of(service, held)

    def clean_verbs(self) -> list[Verb]:
        """As verbs."""
        return [Verb(code) for code in self.cleaned_data["verbs"]]

    def limits(self, *, now: datetime) -> dict[str, Any]:
        """With its verbs and teams."""
        said = self.cleaned_data
        return super().limits(now=now) | {
            "verbs": said["verbs"],
            "team_ids": [team.id for team in said["teams"]] or None,
        }


def _length(days: int) -> str:
    return ngettext("%(days)s day", "%(days)s days", days) % {"days": days}


def _teams_of(service: Person, held: list[Verb]) -> Any:
    """The teams that one verb or another reaches."""
    reach = NOTHING
    for verb in held:
        reach |= policy.scope_for(service, verb)
    return reach.narrow(Team.objects.order_by("name"), "id")


def _network(said: str) -> str:
    try:
        return str(ipaddress.ip_network(said))
    except ValueError:
        raise forms.ValidationError(
            _text("%(said)s is no network: write 203.0.113.0/24 or one address.")
            % {"said": said}
        ) from None
