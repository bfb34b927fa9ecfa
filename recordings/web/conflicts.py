"""Where a floor is later than a ceiling: which two say so, and what follows."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from compliance.access import policy
from compliance.access.guards import guarded, person_of
from compliance.access.permissions import Verb
from compliance.models import Purpose
from recordings import conflicts as kept


@require_safe
@never_cache
@guarded(Verb.EDIT_POLICY)
def conflicts(request: HttpRequest) -> HttpResponse:
    """Each pair with the recordings it bears on, and what these may be heard for."""
    scope = policy.scope_for(person_of(request), Verb.EDIT_POLICY)
    teams = None if scope.everything else scope.team_ids
    rows = [
        (pair, [Purpose(code).label for code in pair.purposes])
        for pair in kept.pairs(now=timezone.now(), team_ids=teams)
    ]
    context = {"rows": rows, "recordings": sum(pair.recordings for pair, _ in rows)}
    return render(request, "recordings/conflicts.html", context)
