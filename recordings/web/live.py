"""Is everything recorded right now? Calls in progress, the recorder's state beside each."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from compliance.access.guards import guarded, person_of
from compliance.access.permissions import Verb
from recordings.web import on_air

NO_CONTENT = 204


@require_safe
@never_cache
@guarded(Verb.SEE_ALERTS)
def live(request: HttpRequest) -> HttpResponse:
    """The page; asked again by it (?seen=…), an answer only when something changed."""
    now = timezone.now()
    board = on_air.board(person_of(request), now=now)
    if request.GET.get("seen") == board.fingerprint:
        return HttpResponse(status=NO_CONTENT)
    template = "recordings/live.html"
    if "seen" in request.GET:
        template = "recordings/_live_board.html"
    return render(request, template, {"board": board, "now": now})
