"""The audit log as a timeline. Reading it is itself an entry."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from compliance import keyset
from compliance.access import policy
from compliance.access.guards import guarded, load_or_404
from compliance.access.permissions import WORDS, Verb
from compliance.access.roles import Role
from compliance.audit import log, presenters
from compliance.audit.actions import Action
from compliance.models import AuditEntry, Person, Purpose, Team
from compliance.models.audit import first_uuid_of

PAGE_SIZE = 50
NEWEST_FIRST = keyset.Order("id")
EARLIEST, LATEST = dt.date(1970, 1, 2), dt.date(2999, 12, 31)
"""The days that an id can tell, wherever midnight is."""


def _labels(choices: type[models.TextChoices]) -> Any:
    labels = dict(choices.choices)
    return lambda code: str(labels.get(code, code))


def _verb(code: str) -> str:
    return str(WORDS[Verb(code)]) if code in set(Verb) else code


_WORDS: presenters.Words = {
    "verb": _verb,
    "role": _labels(Role),
    "purpose": _labels(Purpose),
}


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
    outcome = forms.ChoiceField(
        label=_("Outcome"),
        required=False,
        choices=[("", _("any")), *AuditEntry.Outcome.choices],
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
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def narrow(
        self, entries: "models.QuerySet[AuditEntry]"
    ) -> "models.QuerySet[AuditEntry]":
        """The entries that fit. Days are whole days in the viewer's zone."""
        wanted = self.cleaned_data
        conditions: dict[str, Any] = {
            "actor": wanted["person"],
            "act": wanted["act"],
            "outcome": wanted["outcome"],
            "object_pk": str(wanted["about"] or ""),
            "id__gte": _start_of(wanted["since"]),
            "id__lt": _start_of(wanted["until"], days=1),
        }
        return entries.filter(**{k: v for k, v in conditions.items() if v})

    def used(self) -> list[str]:
        """The names of the filters in use: for the log, which keeps no values."""
        return [name for name in self.fields if self.cleaned_data.get(name)]


@require_safe
@never_cache
@guarded(Verb.READ_AUDIT)
def timeline(request: HttpRequest) -> HttpResponse:
    """Fifty entries at a time, newest first."""
    form = AuditFilter(request.GET)
    entries = AuditEntry.objects.none()
    if form.is_valid():
        scope = policy.scope_for(request.user, Verb.READ_AUDIT)
        entries = form.narrow(scope.narrow(AuditEntry.objects.all()))
    with transaction.atomic():
        page = _page(entries, request.GET.get("cursor", ""))
        used = form.used() if form.is_valid() else []
        log.append(
            Action.AUDIT_READ,
            facts={"filters": ",".join(used), "entries": len(page.rows)},
        )
    context = {
        "form": form,
        "is_filtered": bool(used),
        "may_verify": policy.allows(request.user, Verb.VERIFY_AUDIT),
        "lines": presenters.lines(page.rows, words=_WORDS),
        "older_url": _url(request, page.next),
        "newer_url": _url(request, page.previous),
    }
    return render(request, "compliance/audit.html", context)


@require_safe
@never_cache
@guarded(Verb.READ_AUDIT)
def entry(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """One entry with all its facts, and whether its MAC still fits."""
    found = load_or_404(
        AuditEntry.objects.all(), request.user, Verb.READ_AUDIT, entry_id
    )
    with transaction.atomic():
        log.append(Action.AUDIT_ENTRY_READ, subject=found)
    team = Team.objects.filter(pk=found.team_id).first() if found.team_id else None
    context = {
        "line": presenters.lines([found], words=_WORDS)[0],
        "entry": found,
        "team": team,
        "changes": presenters.changes(found),
        "mac": _mac_state(found),
    }
    return render(request, "compliance/audit_entry.html", context)


def _page(
    entries: "models.QuerySet[AuditEntry]", cursor: str
) -> keyset.Page[AuditEntry]:
    return keyset.page_or_first(
        entries, order=NEWEST_FIRST, cursor=cursor, size=PAGE_SIZE
    )


def _mac_state(found: AuditEntry) -> str:
    try:
        return "fits" if found.is_authentic() else "broken"
    except LookupError:
        return "no_key"


def _start_of(day: dt.date | None, *, days: int = 0) -> UUID | None:
    """The first id that day (or so many days later) could have given out."""
    if day is None:
        return None
    day = min(max(day, EARLIEST), LATEST) + dt.timedelta(days=days)
    midnight = dt.datetime.combine(day, dt.time.min)
    return first_uuid_of(timezone.make_aware(midnight))


def _url(request: HttpRequest, cursor: str) -> str:
    if not cursor:
        return ""
    query = {k: v for k, v in request.GET.items() if v and k != "cursor"}
    return f"{reverse('audit')}?{urlencode({**query, 'cursor': cursor})}"
