"""The rule book: what each place asks before a call is recorded, and who says so."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from compliance.access import policy
from compliance.access.guards import guarded, person_of
from compliance.access.permissions import Verb
from compliance.consent import drafts, places, rules, scripts
from compliance.consent.places import PlaceFact, Source, Strength
from compliance.consent.plan import Script
from compliance.consent.versions import RuleRefused, in_force
from compliance.models import ConsentRule, Level, Purpose
from compliance.web import rule_words


class RuleFilter(forms.Form):
    """Which places to list."""

    q = forms.CharField(
        label=gettext_lazy("Place or citation"),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    level = forms.ChoiceField(
        label=gettext_lazy("Asks for"),
        required=False,
        choices=lambda: [
            ("", _("anything")),
            *((level.code, level.label) for level in Level),
        ],
    )
    review = forms.ChoiceField(
        label=gettext_lazy("Review"),
        required=False,
        choices=[
            ("", gettext_lazy("all")),
            ("default", gettext_lazy("default, unreviewed")),
            ("reviewed", gettext_lazy("reviewed")),
        ],
    )

    def fits(self, rule: ConsentRule) -> bool:
        """True for a rule that is asked for."""
        wanted = self.cleaned_data
        text = f"{rule.place} {rule.place_name} {rule.citation}".casefold()
        levels = {Level(rule.level).code, *rule.purpose_levels.values()}
        return (
            wanted["q"].strip().casefold() in text
            and (not wanted["level"] or wanted["level"] in levels)
            and (not wanted["review"] or rule.is_reviewed == _is_reviewed(wanted))
        )


def _is_reviewed(wanted: dict[str, Any]) -> bool:
    return bool(wanted["review"] == "reviewed")


@require_safe
@guarded(Verb.VIEW)
def book(request: HttpRequest) -> HttpResponse:
    """Every place with its rule of today."""
    every = rules.overview(_today())
    form = RuleFilter(request.GET)
    shown = [rule for rule in every if form.is_valid() and form.fits(rule)]
    context = {
        "form": form,
        "lines": [_line(rule) for rule in shown],
        "is_filtered": any(request.GET.get(name) for name in form.fields),
        "unreviewed": sum(not rule.is_reviewed for rule in every),
        "all": len(every),
        "drafts": drafts.every() if drafts.may_read(person_of(request)) else [],
        "may_edit": policy.allows(request.user, Verb.EDIT_RULE),
    }
    return render(request, "compliance/rules.html", context)


@require_safe
@guarded(Verb.VIEW)
def rule(request: HttpRequest, place: str) -> HttpResponse:
    """A place: what it asks for, what is said there, and every version."""
    versions = _versions_or_404(place)
    today = _today()
    may_read_drafts = drafts.may_read(person_of(request))
    current = in_force(versions, today) or versions[0]
    context = {
        "rule": current,
        "sentence": rule_words.asks_for(current),
        "exceptions": rule_words.exceptions(current),
        "review": rule_words.review(current),
        "versions": [
            {
                "rule": version,
                "standing": rule_words.standing(
                    version, versions=versions, today=today
                ),
                "review": rule_words.review(version),
            }
            for version in versions
        ],
        "rows": rule_words.compared(versions),
        "overlays": _overlays(current.place),
        "spoken": _spoken(current),
        "draft": drafts.of(place) if may_read_drafts else None,
        "may_read_drafts": may_read_drafts,
        "may_edit": policy.allows(request.user, Verb.EDIT_RULE),
    }
    return render(request, "compliance/rule.html", context)


@require_POST
@guarded(Verb.EDIT_RULE)
def confirm(request: HttpRequest, place: str, version: int) -> HttpResponse:
    """Stand behind a version as it is."""
    found = [r for r in _versions_or_404(place) if r.version == version]
    if not found:
        raise Http404
    try:
        rules.confirm(rule=found[0], by=person_of(request), now=timezone.now())
    except RuleRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Confirmed as reviewed."))
    return redirect("rule", found[0].place)


def _line(rule: ConsentRule) -> dict[str, Any]:
    return {
        "rule": rule,
        "exceptions": rule_words.exceptions(rule),
        "review": rule_words.review(rule),
    }


def _spoken(rule: ConsentRule) -> list[scripts.Spoken]:
    """What a caller from there hears, for the default purposes of a team."""
    here = PlaceFact(rule.place, Source.DECLARED, Strength.STRONG)
    language = scripts.language_for(facts=[here])
    return [
        scripts.spoken(
            script, language=language, purposes=(Purpose.EVIDENCE, Purpose.QUALITY)
        )
        for script in _SAID[Level(rule.level)]
    ]


_SAID = {
    Level.ONE_PARTY: (),
    Level.NOTICE: (Script.ANNOUNCE,),
    Level.EXPLICIT: (Script.ASK_CONSENT, Script.REFUSED_ACK),
}


def _overlays(place: str) -> list[ConsentRule]:
    """The wider rules that count there too: the country's, the union's."""
    found = [rules.rule_for(code, _today()) for code in places.layers(place)[1:]]
    return [rule for rule in found if rule is not None]


def _versions_or_404(place: str) -> list[ConsentRule]:
    versions = rules.versions_of(place)
    if not versions:
        raise Http404
    return versions


def _today() -> dt.date:
    """The day by which rules are judged: UTC, as for calls."""
    return timezone.now().date()
