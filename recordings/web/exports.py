"""The list of calls as a file: ask for it, see it being made, take it."""

import logging
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from compliance.access import step_up
from compliance.access.guards import guarded, person_of
from compliance.access.permissions import Verb
from compliance.publish import publish_after_commit
from recordings import exports as use_case
from recordings.tasks import make_export
from recordings.web import listing

logger = logging.getLogger(__name__)

SHOWN = 20


@require_POST
@guarded(Verb.EXPORT)
def ask(request: HttpRequest) -> HttpResponse:
    """Have the list of the address (?...) made into a file."""
    step_up.require(request, Verb.EXPORT)
    shown = listing.read(request)
    back = f"{reverse('calls')}?{shown.query()}"
    if shown.mistakes:
        messages.warning(request, _("The list cannot be read: mend its filters first."))
        return redirect(back)
    try:
        export = use_case.ask(
            query=shown.criteria(),
            within=shown.search,
            by=shown.person,
            now=timezone.now(),
        )
    except use_case.TooMany:
        messages.warning(request, _("Wait until the files you asked for are made."))
        return redirect("exports")
    publish_after_commit(make_export, export_id=str(export.id))
    return redirect("exports")


@require_safe
@never_cache
@guarded(Verb.EXPORT)
def exports(request: HttpRequest) -> HttpResponse:
    """One's own files. While one is being made, the page asks again by itself."""
    rows = list(use_case.mine(person_of(request))[:SHOWN])
    context = {
        "exports": rows,
        "is_unfinished": any(export.is_unfinished for export in rows),
        "newest": rows[0] if rows else None,
        "now": timezone.now(),
    }
    return render(request, "recordings/exports.html", context)


@require_safe
@never_cache
@guarded(Verb.EXPORT)
def file(request: HttpRequest, export_id: UUID) -> HttpResponseBase:
    """The file itself, to its owner; each time it is taken is an entry."""
    person = person_of(request)
    step_up.require(request, Verb.EXPORT)
    try:
        export, opened = use_case.take(
            export_id=export_id, by=person, now=timezone.now()
        )
    except use_case.NotThere as error:
        if error.__cause__:
            logger.exception("exports.no_file")
        messages.warning(request, _("This file is not there. Ask for it again."))
        return redirect("exports")
    response = FileResponse(
        opened,
        as_attachment=True,
        filename=f"calls-{export.asked_at:%Y-%m-%d-%H%M}.csv",
        content_type="text/csv; charset=utf-8",
    )
    response.headers["Cache-Control"] = "no-store, private"
    return response
