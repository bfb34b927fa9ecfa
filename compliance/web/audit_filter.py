"""The filters of the audit timeline, as a form."""

import datetime as dt
import ipaddress
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from compliance import custody
from compliance.audit import controls, presenters
from compliance.audit.actions import Action
from compliance.audit.selection import Selection
from compliance.models import AuditEntry, Person, Purpose
from compliance.models.audit import canonical_address

EARLIEST, LATEST = dt.date(1970, 1, 2), dt.date(2999, 12, 31)
"""The days that an id can tell, wherever midnight is."""


def _plain(**attributes: str) -> dict[str, str]:
    return {"autocomplete": "off", "spellcheck": "false", **attributes}


class AuditFilter(forms.Form):
    """What to look for; every part may stay empty."""

    person = forms.ModelChoiceField(
        Person.objects.order_by("name"),
        label=_("Who"),
        required=False,
        empty_label=_("anybody"),
    )
    act = forms.ChoiceField(
        label=_("Action"),
        required=False,
        choices=lambda: [
            ("", _("any")),
            *((action.value, presenters.action_words(action)) for action in Action),
        ],
    )
    control = forms.ChoiceField(
        label=_("Control"),
        required=False,
        choices=lambda: [
            ("", _("any")),
            *((c.code, f"{c.framework} {c.clause}") for c in controls.CONTROLS),
        ],
    )
    outcome = forms.ChoiceField(
        label=_("Outcome"),
        required=False,
        choices=[("", _("any")), *AuditEntry.Outcome.choices],
    )
    purpose = forms.ChoiceField(
        label=_("Purpose"), required=False, choices=[("", _("any")), *Purpose.choices]
    )
    since = forms.DateField(
        label=_("From"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    until = forms.DateField(
        label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    about = forms.UUIDField(
        label=_("About (an id)"),
        required=False,
        widget=forms.TextInput(attrs=_plain()),
        help_text=_("Of a call: its recordings too"),
    )
    address = forms.CharField(
        label=_("Address"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs=_plain(placeholder="192.0.2.7")),
    )

    def clean_address(self) -> str:
        """One IP address, in the spelling of the log."""
        text: str = self.cleaned_data["address"].strip()
        if not text:
            return ""
        try:
            ipaddress.ip_address(text)
        except ValueError as error:
            raise forms.ValidationError(gettext("This is no IP address.")) from error
        return canonical_address(text) or ""

    def selection(self) -> Selection:
        """The entries that fit. Days are whole days in the viewer's zone."""
        wanted = self.cleaned_data
        about = wanted["about"]
        return Selection(
            person=wanted["person"].pk if wanted["person"] else None,
            about=tuple(str(one) for one in custody.together(about)) if about else (),
            acts=self._acts(),
            since=_start_of(wanted["since"]),
            until=_start_of(wanted["until"], days=1),
            **{name: wanted[name] for name in ("outcome", "purpose", "address")},
        )

    def used(self) -> list[str]:
        """The names of the filters in use: for the log, which keeps no values."""
        return [name for name in self.fields if self.cleaned_data.get(name)]

    def _acts(self) -> tuple[str, ...]:
        act: str = self.cleaned_data["act"]
        control = controls.BY_CODE.get(self.cleaned_data["control"])
        shown = sorted(one.value for one in control.acts) if control else []
        if act and shown:
            # of a control, one act alone: none where it is not among them
            return (act,) if act in shown else ("none",)
        return (act,) if act else tuple(shown)


def _start_of(day: dt.date | None, *, days: int = 0) -> dt.datetime | None:
    """Midnight of that day (or so many days later) in the viewer's zone."""
    if day is None:
        return None
    day = min(max(day, EARLIEST), LATEST) + dt.timedelta(days=days)
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))


def query_of(data: Any) -> dict[str, str]:
    """The filters of an address, without its page and what is empty."""
    return {
        name: value
        for name, value in data.items()
        if value and name in AuditFilter.base_fields
    }
