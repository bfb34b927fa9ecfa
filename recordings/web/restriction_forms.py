"""The forms of restricted processing: to place it, to lift it, to hear all the same."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from compliance.models import Purpose, Restriction
from recordings.models import Call, RestrictedGround

WORDS = {"rows": 2, "class": "form-control", "autocomplete": "off"}
SELECT = {"class": "form-select"}
SEALED = _("Kept sealed; shown to officers only.")


def _words(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=2000,
        widget=forms.Textarea(attrs=WORDS),
        help_text=SEALED,
    )


class PlaceForm(forms.Form):
    """On which ground, and why."""

    ground = forms.ChoiceField(
        label=_("Ground"),
        choices=Restriction.Ground.choices,
        widget=forms.Select(attrs=SELECT),
    )
    why = _words(_("Why"))


class LiftForm(forms.Form):
    """Why it may be used again."""

    why = _words(_("Why it is lifted"))


class HearForm(forms.Form):
    """Which part, for what, on which ground of the law, and why."""

    part = forms.ChoiceField(label=_("Part"), widget=forms.Select(attrs=SELECT))
    purpose = forms.ChoiceField(
        label=_("For"),
        choices=Purpose.choices,
        initial=Purpose.EVIDENCE,
        widget=forms.Select(attrs=SELECT),
    )
    law = forms.ChoiceField(
        label=_("On which ground of the law"),
        choices=RestrictedGround.choices,
        widget=forms.Select(attrs=SELECT),
    )
    reason = _words(_("Why it must be heard"))

    def __init__(self, *args: Any, call: Call, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "hear_%s"
        numbers = [part.part for part in call.recordings.all() if part.is_hearable]
        field = self.fields["part"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.choices = [(str(number), str(number)) for number in numbers]
