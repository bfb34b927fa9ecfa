"""Shows one party's whole number and name, and writes down that it did."""

from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from compliance.access.guards import guarded, load_or_404, person_of
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from recordings import queries
from recordings.models import Call, Party
from recordings.web import call as call_page


@require_POST
@never_cache
@guarded(Verb.VIEW)
def reveal(request: HttpRequest, call_id: UUID, party_id: UUID) -> HttpResponse:
    """The number in its place, or the whole page where no script runs."""
    rows = queries.for_page(queries.known_calls(person_of(request)))
    call = load_or_404(rows, request.user, Verb.REVEAL_NUMBER, call_id)
    party = next((one for one in call.parties.all() if one.id == party_id), None)
    if party is None:
        raise Http404
    return _shown(request, call, party)


def _shown(request: HttpRequest, call: Call, party: Party) -> HttpResponse:
    """Drawn inside the transaction of its entry: no entry, no number."""
    with transaction.atomic():
        log.append(Action.NUMBER_REVEALED, subject=call)
        if request.headers.get("HX-Request"):
            return render(request, "recordings/_party_shown.html", {"party": party})
        return call_page.page(request, call, panel="parties", revealed=party)
