"""Counted before it is sampled: a signed statement, and a sample that can be redrawn."""

import secrets
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.validators import RegexValidator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from compliance.access import policy
from compliance.access.guards import guarded, person_of
from compliance.access.permissions import Verb
from compliance.audit import population as use_case
from compliance.audit import presenters
from compliance.models import Population
from compliance.web.audit_filter import AuditFilter
from compliance.web.audit_words import WORDS

USUAL = 25


class SampleForm(forms.Form):
    """How many, and from which seed."""

    size = forms.IntegerField(
        label=_("Entries"), min_value=1, max_value=use_case.MOST, initial=USUAL
    )
    seed = forms.CharField(
        label=_("Seed"),
        max_length=64,
        validators=[RegexValidator(r"^[A-Za-z0-9]+\Z", _("Letters and digits only."))],
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("The same seed draws the same entries, here and by hand"),
    )


@require_POST
@guarded(Verb.READ_AUDIT)
def count(request: HttpRequest) -> HttpResponse:
    """Count what fits the filters of the timeline, and sign it."""
    form = AuditFilter(request.POST)
    if not form.is_valid():
        messages.warning(request, gettext("A filter could not be read: mend it first."))
        return redirect("audit")
    scope = policy.scope_for(request.user, Verb.READ_AUDIT)
    try:
        made = use_case.count(
            selection=form.selection(),
            team_ids=None if scope.everything else scope.team_ids,
            by=person_of(request),
            now=timezone.now(),
        )
    except use_case.NothingSealed:
        messages.warning(
            request, gettext("Nothing is sealed yet. Try again in some seconds.")
        )
        return redirect("audit")
    return redirect("population", made.id)


@require_safe
@never_cache
@guarded(Verb.READ_AUDIT)
def population(request: HttpRequest, population_id: UUID) -> HttpResponse:
    """The statement; with ?size=&seed= a sample below it."""
    found = _own(request, population_id)
    form = SampleForm(request.GET if "seed" in request.GET else None)
    if not form.is_bound:
        form.initial["seed"] = secrets.token_hex(8)
    drawn: list[Any] = []
    if form.is_bound and form.is_valid():
        entries = use_case.sample(found, by=person_of(request), **form.cleaned_data)
        drawn = presenters.lines(entries, words=WORDS)
    context = {
        "population": found,
        "filters": _filters(found),
        "form": form,
        "lines": drawn,
        "is_drawn": form.is_bound and form.is_valid(),
    }
    return render(request, "compliance/population.html", context)


@require_safe
@never_cache
@guarded(Verb.READ_AUDIT)
def statement(request: HttpRequest, population_id: UUID) -> HttpResponse:
    """The signed statement as a file; taking it is an entry."""
    found = _own(request, population_id)
    told = use_case.taken(found, by=person_of(request))
    response = JsonResponse(told, json_dumps_params={"indent": 2})
    name = f"population-{found.id}.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _own(request: HttpRequest, population_id: UUID) -> Population:
    """One's own, or anybody's for who reads the whole log; asked again of its teams."""
    person = person_of(request)
    scope = policy.scope_for(person, Verb.READ_AUDIT)
    found = Population.objects.filter(id=population_id).first()
    if found is None:
        raise Http404
    teams = found.team_ids
    reaches = scope.everything or (
        teams is not None and all(scope.covers(team) for team in teams)
    )
    if not reaches or not (scope.everything or found.made_by_id == person.pk):
        raise Http404
    return found


def _filters(found: Population) -> list[tuple[str, str]]:
    """Each filter by its name, as it stands in the statement."""
    return [
        (name, ", ".join(value) if isinstance(value, list) else str(value))
        for name, value in sorted(found.filters.items())
    ]
