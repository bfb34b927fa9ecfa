"""The form of an external custodian."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _text
from django.utils.translation import gettext_lazy as _

from compliance.models import ExternalCustodian
from compliance.retention.periods import Period

UNITS = (("D", _("days")), ("M", _("months")), ("Y", _("years")))
_DAY = {"type": "date"}


class CustodianForm(forms.ModelForm):  # type: ignore[type-arg]
    """Who it is, what it holds, and how it is asked."""

    keeps_count = forms.IntegerField(
        label=_("Deletes by itself after"),
        required=False,
        min_value=1,
        max_value=9999,
        help_text=_(
            "Empty: it does not, or that is not known, and it has to be asked."
        ),
    )
    ask_url = forms.URLField(
        label=_("Where to ask"),
        required=False,
        max_length=500,
        assume_scheme="https",
    )
    keeps_unit = forms.ChoiceField(label=_("Unit"), choices=UNITS)

    class Meta:
        model = ExternalCustodian
        fields = [
            "name",
            "role",
            "holds",
            "region",
            "agreement",
            "agreed_on",
            "keeps_count",
            "keeps_unit",
            "ask_how",
            "ask_url",
            "ask_mail",
            "since",
        ]
        widgets = {
            "holds": forms.Textarea(attrs={"rows": 3}),
            "ask_how": forms.Textarea(attrs={"rows": 3}),
            "agreed_on": forms.DateInput(attrs=_DAY, format="%Y-%m-%d"),
            "since": forms.DateInput(attrs=_DAY, format="%Y-%m-%d"),
        }
        help_texts = {
            "holds": _("Kinds of data, not anybody's: sound, transcript, number."),
            "region": _("Country or region of its servers, as its contract says."),
            "agreement": _("Reference of the data processing agreement."),
            "since": _("Requests from this day on ask it, too."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(self.Meta.fields)
        written = self.initial.get("retention") or self.instance.retention
        if (kept := Period.parse(written)) is not None:
            self.initial["keeps_count"] = kept.count
            self.initial["keeps_unit"] = kept.unit

    def clean(self) -> dict[str, Any]:
        """Its time as one period, and a name that no other has."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        count, unit = said.get("keeps_count"), said.get("keeps_unit", "")
        self.instance.retention = f"P{count}{unit}" if count and unit else ""
        others = ExternalCustodian.objects.filter(until=None).exclude(
            pk=self.instance.pk
        )
        if others.filter(name__iexact=said.get("name", "")).exists():
            self.add_error("name", _text("There is one of this name already."))
        return said
