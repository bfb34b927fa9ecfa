"""The form of a legal hold: which matter, why, and what it is to catch."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.custody import Scope
from compliance.models import Person, PhoneNumber
from recordings.web.chosen_calls import ChosenCalls
from recordings.web.list_forms import DAY, SEALED, NumberField, end_of, start_of


class HoldForm(ChosenCalls):
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
        super().__init__(*args, person=person, now=now, **kwargs)
        self.fields["saved"].help_text = _("Goes on catching calls that fit.")
        if not policy.allows(person, Verb.SEARCH_PERSON):
            del self.fields["number"]

    def scope(self) -> Scope:
        """What the hold is to catch."""
        told = self.cleaned_data
        number = told.get("number")
        return replace(
            super().scope(),
            numbers=(PhoneNumber.from_raw(number).pk,) if number else (),
            since=start_of(told["since"]),
            until=end_of(told["until"]),
        )
