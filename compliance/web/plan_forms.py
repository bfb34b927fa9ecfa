"""The forms of a plan: what becomes of the marked ones, and why things stay."""

import datetime as dt
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from compliance.models import PlanItem, RequestPlan
from compliance.requests import clock

REDACT = PlanItem.Treatment.REDACT.value
GROUNDS = [
    ("", _("nothing: it is deleted for ever")),
    (REDACT, _("the others on it: this person alone is silenced, for ever")),
    *(
        choice
        for choice in PlanItem.Ground.choices
        if choice[0] not in PlanItem.BY_ITSELF
    ),
]


class TreatForm(forms.Form):
    """Which ones, on which ground, until when."""

    everything = forms.BooleanField(
        label=_("All that nothing keeps by itself, not only the marked"),
        required=False,
    )
    ground = forms.ChoiceField(
        label=_("What keeps them"), required=False, choices=GROUNDS
    )
    until = forms.DateField(
        label=_("Kept until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The last day; then they go by themselves."),
    )

    def __init__(self, *args: Any, plan: RequestPlan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plan = plan

    def told(self) -> dict[str, Any]:
        """What `plan.treat` takes."""
        said = self.cleaned_data
        day: dt.date | None = said["until"]
        return {
            "items": self._items(),
            "ground": said["ground"],
            "until": clock.last_moment(day) if day else None,
        }

    def _items(self) -> list[int]:
        rows = self.plan.items.all()
        if not self.cleaned_data["everything"]:
            data = cast("QueryDict", self.data)
            marked = data.getlist("item")
            rows = rows.filter(pk__in=[one for one in marked if one.isdecimal()])
        return list(rows.values_list("pk", flat=True))


class ReasonsForm(forms.Form):
    """What the letter says of what stays."""

    reasons = forms.CharField(
        label=_("Reasons"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("Goes into the letter: write in the person's language."),
    )
