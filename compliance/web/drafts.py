"""Write the draft of a rule, or drop it. What it would change is on its own page."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from compliance.access.guards import guarded, person_of
from compliance.access.permissions import Verb
from compliance.consent import drafts, rules
from compliance.consent.versions import RuleRefused, in_force
from compliance.models import ConsentRule, Level
from compliance.web.rule_form import PlaceForm, RuleForm, filled_from


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(Verb.EDIT_RULE)
def edit(request: HttpRequest, place: str) -> HttpResponse:
    """Go on with the draft of a place, or begin one: from the version in force, or from
    the one in `?from=`."""
    draft, versions = drafts.of(place), rules.versions_of(place)
    base = _base(draft, versions, request.GET.get("from", ""))
    form = RuleForm(request.POST or None, initial=filled_from(base, today=_today()))
    if request.method == "POST" and form.is_valid():
        answer = _write(request, form, base.place, base.place_name)
        if answer is not None:
            return answer
    context: dict[str, Any] = {
        "form": form,
        "rule": base,
        "draft": draft,
        "replaces": draft if base != draft else None,
        "next_version": 1 + (versions[0].version if versions else 0),
    }
    return render(request, "compliance/rule_edit.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(Verb.EDIT_RULE)
def add(request: HttpRequest) -> HttpResponse:
    """Write the first draft for a place the book does not know."""
    form = PlaceForm(
        request.POST or None,
        initial={
            "effective_from": _today(),
            "level": Level.EXPLICIT.code,
            "strict_level": Level.EXPLICIT.code,
        },
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        answer = _write(request, form, said["place"], said["place_name"])
        if answer is not None:
            return answer
    return render(request, "compliance/rule_edit.html", {"form": form})


@require_POST
@guarded(Verb.EDIT_RULE)
def drop(request: HttpRequest, place: str) -> HttpResponse:
    """Delete the draft of a place."""
    draft = drafts.of(place)
    if draft is None:
        raise Http404
    try:
        drafts.drop(rule=draft, by=person_of(request))
    except RuleRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The draft is dropped."))
    return redirect("rules")


def _write(
    request: HttpRequest, form: RuleForm, place: str, place_name: str
) -> HttpResponse | None:
    """The way to the draft's page; None when it was refused, with the reason in form."""
    try:
        made = drafts.write(
            draft=form.draft(place=place, place_name=place_name),
            by=person_of(request),
            now=timezone.now(),
        )
    except RuleRefused as refused:
        form.add_error("effective_from", str(refused))
        return None
    messages.success(request, _("The draft is kept. It counts once it is published."))
    return redirect("draft", made.id)


def _base(
    draft: ConsentRule | None, versions: Sequence[ConsentRule], number: str
) -> ConsentRule:
    """What to start from: the version asked for, else the draft, else what is in force."""
    for version in versions:
        if str(version.version) == number:
            return version
    if draft is not None:
        return draft
    if not versions:
        raise Http404
    return in_force(versions, _today()) or versions[0]


def _today() -> dt.date:
    """The day by which rules are judged: UTC, as for calls."""
    return timezone.now().date()
