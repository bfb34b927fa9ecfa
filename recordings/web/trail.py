"""My trail: what I heard, took and searched, as the log has it; also as a file."""

from dataclasses import dataclass
from datetime import UTC
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from compliance.access.guards import person_of, signed_in
from compliance.audit import presenters
from compliance.audit.presenters import Line
from compliance.web.audit_words import WORDS
from recordings import trail as use_case
from recordings.trail import Kind, Step
from recordings.web import csv_file

MS = 1000
NAMES = {
    Kind.HEARD: gettext_lazy("what I heard"),
    Kind.TOOK: gettext_lazy("what I took"),
    Kind.SEARCHED: gettext_lazy("what I looked up"),
}


@dataclass(frozen=True)
class Told:
    """A step in words."""

    step: Step
    line: Line


@require_safe
@never_cache
@signed_in
def trail(request: HttpRequest) -> HttpResponse:
    """One's own entries, newest first."""
    kind = _kind(request)
    page = use_case.page(
        person=person_of(request), kind=kind, cursor=request.GET.get("cursor", "")
    )
    context = {
        "told": _told(use_case.steps(page.rows)),
        "kinds": [(one.value, name, one is kind) for one, name in NAMES.items()],
        "kind": kind,
        "file_url": _url("trail-file", kind=kind),
        "older_url": _url("trail", kind=kind, cursor=page.next) if page.next else "",
        "newer_url": _url("trail", kind=kind, cursor=page.previous)
        if page.previous
        else "",
    }
    return render(request, "recordings/trail.html", context)


@require_safe
@never_cache
@signed_in
def file(request: HttpRequest) -> HttpResponseBase:
    """The same, all of it, as CSV."""
    pages = use_case.take(person=person_of(request), kind=_kind(request))
    name = f"my-trail-{timezone.now():%Y-%m-%d-%H%M}.csv"
    rows = (_row(told) for page in pages for told in _told(page))
    return csv_file.answer(name, _header(), rows)


def _header() -> list[str]:
    return [
        *(_("When (UTC)"), _("Action"), _("What"), _("Outcome"), _("For"), _("Call")),
        *(_("Reported heard (s)"), _("Address"), _("Entry")),
    ]


def _row(told: Told) -> list[str]:
    entry, step = told.line.entry, told.step
    return [
        f"{entry.timestamp.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
        entry.act,
        told.line.sentence,
        entry.get_outcome_display(),
        str(entry.facts.get("purpose", "")),
        str(step.call_id or ""),
        "" if step.heard_ms is None else str(round(step.heard_ms / MS)),
        entry.remote_addr or "",
        str(entry.id),
    ]


def _told(steps: list[Step]) -> list[Told]:
    lines = presenters.lines([step.entry for step in steps], words=WORDS)
    return [Told(step, line) for step, line in zip(steps, lines, strict=True)]


def _kind(request: HttpRequest) -> Kind | None:
    asked = request.GET.get("kind", "")
    return Kind(asked) if asked in set(Kind) else None


def _url(name: str, **params: Any) -> str:
    kept = urlencode({key: value for key, value in params.items() if value})
    return reverse(name) + (f"?{kept}" if kept else "")
