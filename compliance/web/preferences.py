"""What is everybody's own to set: zone of the times, language, light or dark, mails."""

import zoneinfo
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from compliance.access import policy
from compliance.access.guards import person_of, signed_in
from compliance.access.permissions import Verb
from compliance.models import Person
from compliance.web.choices import set_language, set_theme

SETTLE = (Verb.OPERATE, Verb.QUARANTINE)
"""Whoever holds one of these is mailed about alerts."""


class PreferencesForm(forms.ModelForm):  # type: ignore[type-arg]
    """Time zone, language, theme, and, for who may settle alerts, the mails about them."""

    time_zone = forms.ChoiceField(
        label=_("Times are shown in"),
        required=False,
        choices=lambda: [
            ("", _("the zone of this browser")),
            *((name, name) for name in sorted(zoneinfo.available_timezones())),
        ],
    )
    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=lambda: [("", _("as the browser asks")), *settings.LANGUAGES],
    )
    theme = forms.ChoiceField(
        label=_("Light or dark"),
        required=False,
        choices=[
            ("", _("as the system")),
            ("light", _("light")),
            ("dark", _("dark")),
        ],
    )

    class Meta:
        model = Person
        fields = ["time_zone", "language", "theme", "wants_alert_mail"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not any(policy.allows(self.instance, verb) for verb in SETTLE):
            del self.fields["wants_alert_mail"]


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def preferences(request: HttpRequest) -> HttpResponse:
    """Show and save the signed-in person's own settings."""
    person = person_of(request)
    form = PreferencesForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.save()
        with translation.override(person.language or translation.get_language()):
            messages.info(request, gettext("Saved."))
        response = redirect("preferences")
        set_theme(response, person.theme)
        set_language(response, person.language)
        return response
    may = settings.LOCAL_LOGIN and person.has_usable_password()
    told = {"form": form, "may_change_password": may}
    return render(request, "compliance/preferences.html", told)
