"""Who heard this second: asked on the page of a call, for a reason."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from compliance.access.guards import guarded, load_or_404, person_of
from compliance.access.permissions import Verb
from recordings import listeners, queries
from recordings.models import Recording
from recordings.web import call as call_page
from recordings.web import heat

MOST_REASON = 1000
UNPROCESSABLE = 422
TEMPLATE = "recordings/_call_heat.html"


@require_POST
@never_cache
@guarded(Verb.VIEW)
def who_heard(request: HttpRequest, id: UUID) -> HttpResponse:
    """The heat line in its place, or the whole page where no script runs."""
    rows = queries.known_parts(person_of(request))
    part = load_or_404(rows, request.user, Verb.WHO_HEARD, id)
    context: dict[str, Any] = {
        "part": part,
        "has_wave": bool(request.POST.get("has_wave")),
    }
    context |= heat.question(part.call, person_of(request), part)
    status = 200
    try:
        heard = listeners.map_heard(
            part=part,
            by=person_of(request),
            reason=request.POST.get("reason", "")[:MOST_REASON],
            now=timezone.now(),
        )
        context |= heat.told(heard)
    except listeners.NoReason:
        context["heard_problem"] = _("Say why, in a few words.")
        status = UNPROCESSABLE
    if request.headers.get("HX-Request"):
        # htmx swaps what came well only
        return render(request, TEMPLATE, context | {"is_swap": True})
    return _whole(request, part, context, status)


def _whole(
    request: HttpRequest, part: Recording, context: dict[str, Any], status: int
) -> HttpResponse:
    rows = queries.for_page(queries.known_calls(person_of(request)))
    found = load_or_404(rows, request.user, Verb.WHO_HEARD, part.call_id)
    response = call_page.page(request, found, heard=context)
    response.status_code = status
    return response
