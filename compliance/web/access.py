"""In plain words: what I may hear, what else I may do, and why."""

from typing import Any, cast

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from compliance.access import policy
from compliance.access.guards import signed_in
from compliance.access.permissions import WORDS, Verb
from compliance.access.roles import ROLES, Role, verbs_of
from compliance.models import Person, RoleGrant, Team


@require_safe
@signed_in
def access(request: HttpRequest) -> HttpResponse:
    """The roles of the signed-in person, and how far each reaches."""
    person = cast("Person", request.user)
    hears = policy.scope_for(person, Verb.LISTEN)
    return render(
        request,
        "compliance/access.html",
        {
            "hears_everything": hears.everything,
            "hears": list(hears.narrow(Team.objects.order_by("name"), "id")),
            "grants": [_told(grant) for grant in _running(person)],
            "ask": policy.whom_to_ask(),
        },
    )


def _running(person: Person) -> list[RoleGrant]:
    now = timezone.now()
    return list(
        person.grants.filter(
            Q(valid_until=None) | Q(valid_until__gt=now), valid_from__lte=now
        )
        .select_related("team", "region", "granted_by")
        .order_by("valid_from")
    )


def _told(grant: RoleGrant) -> dict[str, Any]:
    role = Role(grant.role) if grant.role in Role.values else None
    return {
        "grant": grant,
        "role": role.label if role else grant.role,
        "description": ROLES[role].description if role else "",
        "verbs": [WORDS[verb] for verb in Verb if verb in verbs_of(grant.role)],
    }
