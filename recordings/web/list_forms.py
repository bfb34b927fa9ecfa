"""The forms of the lists that officers keep: who is not recorded, who agreed, who was told."""

import datetime as dt
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.models import Person, Purpose, StandingConsent, Team
from compliance.models.phone_number import normalise
from recordings.models import DoNotRecord, Trunk

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
NONE = "–"  # noqa: RUF001
SEALED = _("Kept sealed; shown to officers only.")


class NumberField(forms.CharField):
    """A telephone number, which no browser should remember."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Number"))
        widget = forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"})
        super().__init__(max_length=40, widget=widget, **kwargs)

    def clean(self, value: Any) -> str:
        """A whole number, or nothing where it may be empty."""
        number: str = super().clean(value)
        if number and not normalise(number)[0].startswith("+"):
            raise forms.ValidationError(
                _("Write it with + and the country: +49 30 123456.")
            )
        return number


class SearchForm(forms.Form):
    """Finds one number in a list."""

    wanted = NumberField(label=_("Find a number"))


class ListForm(forms.Form):
    """What an entry of any list says: whose calls it is about."""

    verb = Verb.EDIT_LIST
    team = forms.ModelChoiceField(
        label=_("Calls of"), queryset=Team.objects.none(), required=False
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scope = policy.scope_for(person, self.verb)
        field: Any = self.fields["team"]
        field.queryset = scope.narrow(teams(), "id")
        field.empty_label = _("every team")
        if not scope.everything:
            field.required, field.empty_label = True, None


class DoNotRecordForm(ListForm):
    """A number or a trunk whose calls are not recorded."""

    number = NumberField(
        required=False, help_text=_("With + and the country. Or choose a trunk.")
    )
    trunk = forms.ModelChoiceField(
        label=_("Trunk"), queryset=Trunk.objects.none(), required=False
    )
    reason = forms.ChoiceField(label=_("Reason"), choices=DoNotRecord.Reason.choices)
    since = forms.DateField(
        label=_("From"), widget=DAY, required=False, help_text=_("Empty: from now on.")
    )
    until = forms.DateField(
        label=_("Last day"), widget=DAY, required=False, help_text=_("Empty: no end.")
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=SEALED,
    )
    field_order = ("number", "trunk", "team", "reason", "since", "until", "note")

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, person=person, **kwargs)
        trunks: Any = self.fields["trunk"]
        scope = policy.scope_for(person, self.verb)
        trunks.empty_label = NONE
        trunks.queryset = scope.narrow(Trunk.objects.order_by("name"), "team_id")


class StandingConsentForm(ListForm):
    """What the holder of a number agreed to, until when, and the proof of it."""

    verb = Verb.KEEP_CONSENT
    number = NumberField()
    purposes = forms.MultipleChoiceField(
        label=_("Agreed to"),
        choices=Purpose.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    granted_on = forms.DateField(
        label=_("Given on"), widget=DAY, help_text=_("The day, in UTC.")
    )
    last_day = forms.DateField(label=_("Last day"), widget=DAY)
    source = forms.ChoiceField(
        label=_("How it was given"), choices=StandingConsent.Source.choices
    )
    script = forms.CharField(
        label=_("Text agreed to"),
        required=False,
        max_length=80,
        help_text=_("Name and version of the words: recording-form v3."),
    )
    evidence = forms.CharField(
        label=_("Evidence"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=SEALED,
    )
    field_order = ("number", "team", "purposes", "granted_on", "last_day", "source")


class StaffNoticeForm(ListForm):
    """What staff were told of being recorded, and when."""

    person = forms.ModelChoiceField(
        label=_("Or one person"),
        queryset=Person.objects.none(),
        required=False,
        help_text=_("Found on calls by e-mail or id, where staff join under these."),
    )
    version = forms.CharField(
        label=_("Version"), max_length=40, help_text=_("Which wording: 2026-1.")
    )
    given_on = forms.DateField(label=_("Given on"), widget=DAY)
    last_day = forms.DateField(
        label=_("Last day"), widget=DAY, required=False, help_text=_("Empty: no end.")
    )
    text = forms.CharField(
        label=_("Text"), widget=forms.Textarea(attrs={"rows": 4}), max_length=10_000
    )
    field_order = ("team", "person", "version", "given_on", "last_day", "text")

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, person=person, **kwargs)
        team, people = self.fields["team"], self.fields["person"]
        team.label = _("Staff of")
        team.empty_label = NONE  # type: ignore[attr-defined]
        if policy.scope_for(person, self.verb).everything:
            humans = Person.objects.filter(kind=Person.Kind.HUMAN, is_active=True)
            people.queryset = humans.order_by("name")  # type: ignore[attr-defined]
            people.empty_label = NONE  # type: ignore[attr-defined]
        else:
            del self.fields["person"]


def teams() -> QuerySet[Team]:
    """Every team that has staff or calls of its own, by name."""
    return Team.objects.filter(is_unassigned=False).order_by("name")


def start_of(day: dt.date | None) -> dt.datetime | None:
    """The first instant of a day, in UTC."""
    return None if day is None else dt.datetime.combine(day, dt.time(), dt.UTC)


def end_of(day: dt.date | None) -> dt.datetime | None:
    """The instant at which a day is over, in UTC."""
    return None if day is None else start_of(day + dt.timedelta(days=1))
