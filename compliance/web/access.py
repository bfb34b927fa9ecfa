"""In plain words: what I may hear, what else I may do, and why."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from compliance.access import policy, staff
from compliance.access.guards import person_of, signed_in
from compliance.access.permissions import WORDS, Verb
from compliance.access.roles import ROLES, Role, name_of, verbs_of, verbs_on_own_calls
from compliance.models import Person, RoleGrant, Team


@require_safe
@signed_in
def access(request: HttpRequest) -> HttpResponse:
    """The roles of the signed-in person, and how far each reaches."""
    person = person_of(request)
    told = {**told_of(person), "is_own": True, "ask": policy.whom_to_ask()}
    return render(request, "compliance/access.html", told)


def told_of(person: Person) -> dict[str, Any]:
    """What the page shows of somebody: what he may hear, his roles, and since when."""
    hears = policy.scope_for(person, Verb.LISTEN)
    grants = list(
        policy.running(person)
        .select_related("team", "region", "group", "granted_by")
        .order_by("valid_from")
    )
    for_own = any(grant.scope == RoleGrant.Scope.OWN for grant in grants)
    return {
        "person": person,
        "hears_everything": hears.everything,
        "hears": list(hears.narrow(Team.objects.order_by("name"), "id")),
        "hears_own": bool(hears.own),
        "is_known_in_calls": not for_own or staff.of(person).exists(),
        "grants": [_told(grant) for grant in grants],
    }


def _told(grant: RoleGrant) -> dict[str, Any]:
    role = Role(grant.role) if grant.role in Role.values else None
    is_own = grant.scope == RoleGrant.Scope.OWN
    verbs = verbs_on_own_calls(grant.role) if is_own else verbs_of(grant.role)
    return {
        "grant": grant,
        "role": name_of(grant.role),
        "description": _described(role, is_own=is_own) if role else "",
        "verbs": [WORDS[verb] for verb in Verb if verb in verbs],
    }


def _described(role: Role, *, is_own: bool) -> str:
    if is_own:
        return _("What the role allows with a call, for the calls taken part in.")
    return str(ROLES[role].description)
