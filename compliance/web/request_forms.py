"""The forms of the requests desk: a new one, and each act on one."""

import datetime as dt
from typing import Any, cast
from uuid import UUID

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models import (
    IdentityCheck,
    Person,
    PhoneNumber,
    RequestPause,
    Restriction,
    SubjectRequest,
)
from compliance.models.phone_number import normalise
from compliance.requests import desk, restricting
from compliance.requests.identity import Link
from compliance.requests.intake import Told
from compliance.requests.laws import laws
from compliance.requests.wording import LANGUAGES, wording
from compliance.retention.periods import legal_calendar

NEVER_REMEMBERED = {"autocomplete": "off"}
SEALED = _("Kept sealed; shown to officers only.")
BY_HAND = [
    choice
    for choice in SubjectRequest.Channel.choices
    if choice[0] not in {SubjectRequest.Channel.API, SubjectRequest.Channel.FORM}
]


def _words(label: Any, *, required: bool = True, help: Any = SEALED) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=help,
    )


def _day(label: Any, help: Any = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget, help_text=help)


def whole_number(value: str) -> str:
    """A number in E.164. Raises ValidationError."""
    number, _country = normalise(value)
    if not number.startswith("+"):
        raise forms.ValidationError(
            _("Write it with + and the country: +49 30 123456.")
        )
    return number


class NewForm(forms.Form):
    """What an officer writes down of a request that came to him."""

    kind = forms.ChoiceField(label=_("Asks for"), choices=SubjectRequest.Kind.choices)
    law = forms.ChoiceField(
        label=_("Law"), help_text=_("It sets the clock, from the day of receipt.")
    )
    place = forms.CharField(
        label=_("Public holidays of"),
        required=False,
        max_length=6,
        help_text=_("ISO code: DE, DE-BE, US-CA. Empty: weekends only."),
    )
    channel = forms.ChoiceField(label=_("Came by"), choices=BY_HAND)
    received_on = forms.DateField(
        label=_("Received on"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    language = forms.ChoiceField(
        label=_("Answer in"), choices=[(one, wording(one).name) for one in LANGUAGES]
    )
    name = forms.CharField(
        label=_("Name"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs=NEVER_REMEMBERED),
    )
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        widget=forms.EmailInput(attrs=NEVER_REMEMBERED),
        help_text=_("The receipt and our answers go there."),
    )
    number = forms.CharField(
        label=_("Number"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs=NEVER_REMEMBERED | {"inputmode": "tel"}),
        help_text=_("With + and the country. More can be linked later."),
    )
    address = _words(_("Postal address"), required=False)
    words = _words(_("In their own words"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        law = cast("forms.ChoiceField", self.fields["law"])
        law.choices = [(one.code, f"{one.name}") for one in laws().values()]
        law.initial = settings.REQUESTS["law"]
        self.fields["place"].initial = settings.REQUESTS["place"]
        self.fields["received_on"].initial = timezone.localdate()

    def clean_number(self) -> str:
        """A whole number, or none."""
        value: str = self.cleaned_data["number"]
        return whole_number(value) if value else ""

    def told(self, now: dt.datetime) -> Told:
        """What was told, received at noon of its day, or now if that is today.

        Noon of the legal zone, by whose days the clock runs, wherever the officer sits.
        """
        said = dict(self.cleaned_data)
        day, number = said.pop("received_on"), said.pop("number")
        calendar = legal_calendar()
        noon = dt.datetime.combine(day, dt.time(12), calendar.tzinfo)
        is_today = day in (calendar.day_of(now), timezone.localdate(now))
        return Told(
            **said,
            received_at=now if is_today else noon,
            numbers=(number,) if number else (),
        )


class ActForm(forms.Form):
    """An act on one request. `request` is what it is about."""

    def __init__(self, *args: Any, request: SubjectRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = f"{type(self).__name__}_%s"
        self.about = request


class AssignForm(ActForm):
    """To whom it goes."""

    to = forms.ModelChoiceField(Person.objects.none(), label=_("Assign to"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast("forms.ModelChoiceField[Person]", self.fields["to"])
        field.queryset = desk.officers()
        field.initial = self.about.assigned_to_id


class CommentForm(ActForm):
    """What colleagues should know."""

    text = _words(_("Comment"))


class PauseForm(ActForm):
    """For what the clock waits."""

    cause = forms.ChoiceField(
        label=_("We wait for"), choices=RequestPause.Cause.choices
    )
    why = _words(_("Why"))


class ExtendForm(ActForm):
    """Why it takes longer; the person is told in these words."""

    stated = _day(_("Answer by"), _("Only where the law lets us state the day."))
    why = _words(
        _("Reason"), help=_("Goes into the letter: write in the person's language.")
    )


class LinkForm(ActForm):
    """A number, a name or a call that is theirs."""

    what = forms.CharField(
        label=_("Number, name, or address of a call"),
        max_length=300,
        widget=forms.TextInput(attrs=NEVER_REMEMBERED),
        help_text=_("Linked as confirmed: you say that it is theirs."),
    )

    def link(self) -> Link:
        """What it is: an id is a call's, digits are a number, all else a name."""
        value: str = self.cleaned_data["what"].strip()
        try:
            return Link(call_id=UUID(value.rstrip("/").rsplit("/", 1)[-1]))
        except ValueError:
            pass
        number, _country = normalise(value)
        if number.startswith("+"):
            return Link(number=PhoneNumber.from_raw(number))
        return Link(name=value)


class DatesForm(ActForm):
    """From when to when a number was theirs."""

    held_from = _day(_("Theirs from"))
    held_until = _day(_("Theirs until"))


class CheckForm(ActForm):
    """One check of who asks."""

    method = forms.ChoiceField(
        label=_("Method"),
        choices=[
            choice
            for choice in IdentityCheck.Method.choices
            if choice[0] != IdentityCheck.Method.CODE
        ],
    )
    points = forms.IntegerField(
        label=_("Facts compared"), min_value=0, max_value=20, initial=2
    )
    passed = forms.BooleanField(label=_("Passed"), required=False)
    evidence = _words(
        _("What it rests on"),
        required=False,
        help=_("Kept apart, and deleted when the request closes. No copies of papers."),
    )


class CodeForm(ActForm):
    """What the person read out."""

    code = forms.CharField(
        label=_("Code"),
        max_length=6,
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}
        ),
    )


class RefuseIdentityForm(ActForm):
    """Why it is not proved."""

    why = _words(_("Why the identity is not proved"))


class RestrictForm(ActForm):
    """On which ground what there is about the person is only stored."""

    ground = forms.ChoiceField(label=_("Ground"), choices=Restriction.Ground.choices)
    why = _words(_("Why"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind = SubjectRequest.Kind(self.about.kind)
        self.fields["ground"].initial = restricting.BY_ITSELF.get(kind)


class LiftForm(ActForm):
    """Why it is lifted; the person is told in these words, before."""

    why = _words(
        _("Reasons"), help=_("Goes into the letter: write in the person's language.")
    )


class CloseForm(ActForm):
    """How it ends."""

    outcome = forms.ChoiceField(
        label=_("Outcome"), choices=SubjectRequest.Outcome.choices
    )
    ground = forms.ChoiceField(
        label=_("Ground"),
        required=False,
        choices=[("", "-"), *SubjectRequest.Ground.choices],
        help_text=_("Of a refusal, whole or in part."),
    )
    why = _words(
        _("Reasons"),
        required=False,
        help=_("Goes into the letter: write in the person's language."),
    )
