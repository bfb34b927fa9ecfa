"""The record of processing, to be read and to be taken."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from compliance.access.guards import guarded, person_of
from compliance.access.permissions import Verb
from compliance.requests import processing_file, processing_record
from compliance.requests.processing_record import SECTIONS, Line


@dataclass(frozen=True)
class Section:
    """One section as the page draws it."""

    code: str
    name: str
    lines: list[Line]


@require_safe
@never_cache
@guarded(Verb.HANDLE_REQUEST)
def shown(request: HttpRequest) -> HttpResponse:
    """The record as things are now."""
    drawn = processing_record.draw(now=timezone.now())
    context = {
        "drawn": drawn,
        "sections": [
            Section(code, str(name), drawn.of(code)) for code, name in SECTIONS.items()
        ],
        "open": sum(line.is_open for line in drawn.lines),
        "formats": list(processing_file.TYPES),
    }
    return render(request, "compliance/processing_record.html", context)


@require_POST
@guarded(Verb.HANDLE_REQUEST)
def take(request: HttpRequest) -> HttpResponse:
    """The record as a file. Taking it is an entry."""
    form, now = request.POST.get("format", ""), timezone.now()
    if form not in processing_file.TYPES:
        raise Http404
    body = processing_file.take(form=form, by=person_of(request), now=now)
    response = HttpResponse(body, content_type=processing_file.TYPES[form])
    name = f"record-of-processing-{now:%Y-%m-%d}.{form}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
