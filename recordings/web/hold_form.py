"""The form of a legal hold: which matter, why, and what it is to catch."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.custody import Scope
from compliance.models import Person, PhoneNumber
from recordings import queries, searching
from recordings.web import listing, named_calls
from recordings.web.list_forms import (
    DAY,
    SEALED,
    ListForm,
    NumberField,
    end_of,
    start_of,
)


class HoldForm(ListForm):
    """A hold. `scope()` says what it is to catch, once the form is valid.

    now: what the periods of saved filters are counted from.
    """

    verb = Verb.PLACE_HOLD
    matter = forms.CharField(
        label=gettext_lazy("Matter"),
        max_length=200,
        help_text=gettext_lazy("The dispute or inquiry it is for."),
    )
    custodian = forms.CharField(
        label=gettext_lazy("Custodian"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Who answers for the matter."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=SEALED,
    )
    number = NumberField(
        required=False, help_text=gettext_lazy("Every call with it, later ones too.")
    )
    since = forms.DateField(
        label=gettext_lazy("Calls from"), widget=DAY, required=False
    )
    until = forms.DateField(
        label=gettext_lazy("Last day"),
        widget=DAY,
        required=False,
        help_text=gettext_lazy("Days in UTC. Empty: no end."),
    )
    saved = forms.ChoiceField(
        label=gettext_lazy("Saved filter"),
        required=False,
        help_text=gettext_lazy("Goes on catching calls that fit."),
    )
    calls = forms.CharField(
        label=gettext_lazy("Calls"),
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Addresses in this portal, or ids. Later parts too."),
    )
    listed = forms.CharField(
        required=False, max_length=4000, widget=forms.HiddenInput()
    )
    is_confidential = forms.BooleanField(
        label=gettext_lazy("Confidential"),
        required=False,
        help_text=gettext_lazy(
            "Others read no more than 'kept on a legal ground', and do not see who"
            " listened for it."
        ),
    )
    field_order = (
        "matter",
        "custodian",
        "reason",
        "team",
        "number",
        "since",
        "until",
        "saved",
        "calls",
    )

    def __init__(
        self, *args: Any, person: Person, now: datetime, **kwargs: Any
    ) -> None:
        super().__init__(*args, person=person, **kwargs)
        self.person, self.now = person, now
        saved: Any = self.fields["saved"]
        found = sorted(
            queries.searches(person), key=lambda search: search.name.casefold()
        )
        saved.choices = [("", "–"), *[(str(one.pk), one.name) for one in found]]  # noqa: RUF001
        if not policy.allows(person, Verb.SEARCH_PERSON):
            del self.fields["number"]

    @property
    def listed_params(self) -> QueryDict:
        """The filters of the calls list one came from."""
        told = self["listed"].value() or ""
        return QueryDict(str(told))

    def clean_calls(self) -> tuple[UUID, ...]:
        """The ids in the text; each must be one of a call this person may see."""
        return named_calls.read(self.cleaned_data["calls"], self.person)

    def clean(self) -> dict[str, Any]:
        """The filters must be readable, and not two of them."""
        told = super().clean() or {}
        told["filters"] = ""
        if told.get("listed") and told.get("saved"):
            self.add_error("saved", _("The calls of the list are chosen already."))
        elif told.get("listed"):
            told["filters"] = self._filters(self.listed_params)
        elif told.get("saved"):
            told["filters"] = self._filters(QueryDict(f"search={told['saved']}"))
        return told

    def scope(self) -> Scope:
        """What the hold is to catch."""
        told = self.cleaned_data
        number = told.get("number")
        team = told["team"]
        numbers = (PhoneNumber.from_raw(number).pk,) if number else ()
        return Scope(
            team=team.pk if team else None,
            calls=told["calls"],
            numbers=numbers,
            since=start_of(told["since"]),
            until=end_of(told["until"]),
            filters=told["filters"],
        )

    def _filters(self, params: QueryDict) -> str:
        shown = listing.of(self.person, params, self.now)
        for mistake in shown.mistakes:
            self.add_error(None, mistake)
        terms = json.loads(shown.search.filters) if shown.search else {}
        kept = {name: terms[name] for name in ("number", "name") if terms.get(name)}
        if searching.looks_for_a_person(kept):
            policy.require(self.person, Verb.SEARCH_PERSON)
        return json.dumps({**kept, "query": shown.criteria()})
