"""Which calls a form is about: named ones, a saved filter, or the list one comes from."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.custody import Scope
from compliance.models import Person
from recordings import queries, searching
from recordings.web import listing, named_calls
from recordings.web.list_forms import ListForm


class ChosenCalls(ListForm):
    """Calls. `scope()` says which, once the form is valid.

    now: what the periods of saved filters are counted from.
    """

    saved = forms.ChoiceField(label=gettext_lazy("Saved filter"), required=False)
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
        """Which calls are meant."""
        told = self.cleaned_data
        team = told["team"]
        return Scope(
            team=team.pk if team else None,
            calls=told["calls"],
            filters=told["filters"],
        )

    def _filters(self, params: QueryDict) -> str:
        shown = listing.of(self.person, params, self.now)
        for mistake in shown.mistakes:
            self.add_error(None, mistake)
        return filters_of(self.person, shown)


def filters_of(person: Person, shown: listing.Listing) -> str:
    """A list of calls as the filters of a scope: what it shows now, whenever it is read.

    Raises Refused where it looks for a person and this one may not.
    """
    terms = json.loads(shown.search.filters) if shown.search else {}
    kept = {name: terms[name] for name in ("number", "name") if terms.get(name)}
    if searching.looks_for_a_person(kept):
        policy.require(person, Verb.SEARCH_PERSON)
    return json.dumps({**kept, "query": shown.criteria()})


def initial(request: HttpRequest) -> dict[str, str]:
    """The call, or the list of calls, that one comes from (?call=, or the list's query)."""
    call = request.GET.get("call", "")
    try:
        return {"calls": str(UUID(call))}
    except ValueError:
        query = listing.read(request).query()
        return {"listed": query} if request.GET else {}
