"""'Who listened to me': the answer to one person, as a page and as a PDF file.

No address here holds a number or a name: a search for a person is an opaque token.
"""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from compliance.access import policy, step_up
from compliance.access.guards import guarded, person_of
from compliance.access.permissions import Verb
from compliance.paper import sheet
from recordings import consultations, searching
from recordings.consultations import Report, Sureness
from recordings.web import subject_words

SHOWN = 500
MOST_WORDS, MOST_GROUND = 200, 1000


@require_safe
@never_cache
@guarded(Verb.SEARCH_PERSON)
def subjects(request: HttpRequest) -> HttpResponse:
    """Whom it is about: asked by POST, so that no address holds it."""
    context = {"may_erase": policy.allows(request.user, Verb.ERASE_GROUND)}
    return render(request, "recordings/subjects.html", context)


@require_POST
@guarded(Verb.SEARCH_PERSON)
def find(request: HttpRequest) -> HttpResponse:
    """Keep the search, and go to what is told under its token."""
    words = request.POST.get("words", "").replace("\0", "").strip()[:MOST_WORDS]
    if not words:
        return redirect("subjects")
    saved = searching.by_person(words, by=person_of(request), now=timezone.now())
    return redirect("subject", saved.id)


@require_safe
@never_cache
@guarded(Verb.SEARCH_PERSON)
def subject(request: HttpRequest, search_id: UUID) -> HttpResponse:
    """Every consultation, staff by numbers; by names under a ground just given."""
    ground_id = _ground_id(request)
    report = _report(request, search_id, ground_id=ground_id)
    return _drawn(request, report, ground_id)


@require_POST
@never_cache
@guarded(Verb.SEARCH_PERSON)
def names(request: HttpRequest, search_id: UUID) -> HttpResponse:
    """Take down the ground for names, and show them."""
    person = person_of(request)
    search = consultations.find(search_id, person)
    text = request.POST.get("ground", "")[:MOST_GROUND]
    try:
        ground = consultations.give_ground(
            search=search, by=person, text=text, now=timezone.now()
        )
    except consultations.NoGround:
        messages.warning(request, _("Say in a sentence why names are essential."))
        return redirect("subject", search_id)
    return redirect(f"{reverse('subject', args=[search_id])}?ground={ground.id}")


@require_safe
@never_cache
@guarded(Verb.SEARCH_PERSON)
def pdf(request: HttpRequest, search_id: UUID) -> HttpResponse:
    """The same as a file that can be handed over. Taking it is an entry."""
    consultations.find(search_id, person_of(request))
    step_up.require(request, Verb.EXPORT)
    try:
        report = _report(
            request, search_id, ground_id=_ground_id(request), is_taken=True
        )
    except consultations.NotOnePerson:
        return redirect("subject", search_id)
    now = timezone.now()
    body = sheet.pdf(subject_words.printed(report, now=now))
    response = HttpResponse(body, content_type="application/pdf")
    name = f"who-listened-{now:%Y-%m-%d-%H%M}.pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store, private"
    return response


def _report(request: HttpRequest, search_id: UUID, **how: Any) -> Report:
    person = person_of(request)
    search = consultations.find(search_id, person)
    return consultations.report(search=search, by=person, now=timezone.now(), **how)


def _ground_id(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.GET.get("ground", ""))
    except ValueError:
        return None


def _drawn(
    request: HttpRequest, report: Report, ground_id: UUID | None
) -> HttpResponse:
    given = f"?ground={ground_id}" if report.names is not None else ""
    context = {
        "report": report,
        "lines": [
            subject_words.line(one, report) for one in report.consultations[:SHOWN]
        ],
        "left_out": max(0, len(report.consultations) - SHOWN),
        "caution": subject_words.caution(report),
        "may_print": report.sureness is not Sureness.ENDING,
        "pdf_url": reverse("subject-pdf", args=[report.search.id]) + given,
        "may_name": policy.allows(request.user, Verb.NAME_LISTENERS),
    }
    return render(request, "recordings/subject.html", context)
