"""The only two questions about access: may this person do that, and to which rows?

`require` and `allows` answer the first, `scope_for` the second, all three from the
same grants, so that a list and its details never disagree. Without an active grant
the answer is no. Nothing else answers: no flag on the person, no Django permission.

The grants are read once and kept on the person object, which lives for one request.
"""

from collections.abc import Collection, Mapping
from typing import cast
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db import connection, models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.access.permissions import ORGANISATION_WIDE, Verb
from compliance.access.refusals import Refused
from compliance.access.roles import roles_with, verbs_of, verbs_on_own_calls
from compliance.access.scope import EVERYTHING, NOTHING, HasTeam, Scope
from compliance.keys import keyring
from compliance.models import Group, Person, RoleGrant
from compliance.models.fields import PERSONAL
from compliance.models.staff_identity import staff_marks

_CACHE = "_access_scopes"
_LIMIT = "_access_limit"


def scope_for(person: Person | AnonymousUser, verb: Verb) -> Scope:
    """How far this person may do that; an empty scope means nowhere."""
    return _scopes(person).get(verb, NOTHING)


def allows(
    person: Person | AnonymousUser, verb: Verb, obj: HasTeam | None = None
) -> bool:
    """Whether this person may do that to obj.

    Without obj: whether anywhere, or, for verbs that touch everybody (ORGANISATION_WIDE),
    whether everywhere.
    """
    scope = scope_for(person, verb)
    if obj is not None:
        return scope.reaches(obj)
    return scope.everything if verb in ORGANISATION_WIDE else not scope.is_empty


def require(
    person: Person | AnonymousUser, verb: Verb, obj: HasTeam | None = None
) -> None:
    """Raise Refused, with the reason and whom to ask, unless `allows` says yes."""
    if allows(person, verb, obj):
        return
    raise refusal(person, verb, cast("models.Model | None", obj))


def refusal(
    person: Person | AnonymousUser, verb: Verb, obj: models.Model | None = None
) -> Refused:
    """Why this person may not do that to obj, and whom to ask."""
    scope = scope_for(person, verb)
    reason = _("Your roles do not reach this team.")
    if scope.is_empty:
        reason = _("None of your roles allows this.")
    elif scope.is_own_only:
        reason = _("Your role reaches only the calls that you took part in.")
    return Refused(
        verb=verb,
        code="no_role" if scope.is_empty else "outside_scope",
        reason=reason,
        ask=whom_to_ask(
            cast("HasTeam | None", obj) if hasattr(obj, "team_id") else None
        ),
        subject=obj,
    )


def holders(verb: Verb, obj: HasTeam | None = None) -> models.QuerySet[Person]:
    """The people who may do that now to all of obj's team, or everywhere.

    Who may because he took part himself is none of those to turn to.
    """
    reach = Q(scope=RoleGrant.Scope.EVERYTHING)
    if obj is not None and obj.team_id is not None:
        reach |= Q(team=obj.team_id) | Q(region__teams=obj.team_id)
    return _people_with(running().filter(reach, role__in=roles_with(verb)))


def holders_anywhere(verb: Verb) -> models.QuerySet[Person]:
    """The people who may do that now to all of one team at least."""
    grants = running().exclude(scope=RoleGrant.Scope.OWN)
    return _people_with(grants.filter(role__in=roles_with(verb)))


def _people_with(grants: models.QuerySet[RoleGrant]) -> models.QuerySet[Person]:
    """Who holds one of these grants, in person or through a group."""
    return Person.objects.filter(
        Q(pk__in=grants.values("person"))
        | Q(
            pk__in=Group.members.through.objects.filter(
                group__in=grants.values("group")
            ).values("person")
        ),
        is_active=True,
        kind=Person.Kind.HUMAN,
    ).order_by("name")


def whom_to_ask(obj: HasTeam | None = None) -> str:
    """A sentence naming up to three people who give out roles."""
    names = list(holders(Verb.GRANT_ROLE, obj).values_list("name", flat=True)[:3])
    if not names:
        return _("Nobody can give this role at present: ask who runs this portal.")
    return _("You can ask %(names)s for it.") % {"names": ", ".join(names)}


def confine(
    person: Person,
    *,
    verbs: Collection[str] | None,
    team_ids: Collection[UUID] | None,
) -> None:
    """Let this object of the person answer for no more than these verbs and teams.

    A service's key may be narrower than the roles of its service; None is no limit.
    """
    teams = None if team_ids is None else frozenset(team_ids)
    person.__dict__[_LIMIT] = (None if verbs is None else frozenset(verbs), teams)
    forget(person)


def forget(person: Person) -> None:
    """Drop what was read about this person's grants: they have changed."""
    person.__dict__.pop(_CACHE, None)


def not_over() -> models.QuerySet[RoleGrant]:
    """The grants in force now or later."""
    return RoleGrant.objects.filter(
        Q(valid_until=None) | Q(valid_until__gt=timezone.now())
    )


def running(person: Person | None = None) -> models.QuerySet[RoleGrant]:
    """The grants in force now: all, or those of a person and of his groups."""
    grants = not_over().filter(valid_from__lte=timezone.now())
    if person is None:
        return grants
    return grants.filter(Q(person=person) | Q(group__in=person.groups.all()))


def _scopes(person: Person | AnonymousUser) -> Mapping[Verb, Scope]:
    if not isinstance(person, Person) or not person.is_active:
        return {}
    if _CACHE not in person.__dict__:
        person.__dict__[_CACHE] = _confined(person, _read_scopes(person))
    return cast("Mapping[Verb, Scope]", person.__dict__[_CACHE])


def _confined(person: Person, scopes: dict[Verb, Scope]) -> dict[Verb, Scope]:
    verbs, team_ids = person.__dict__.get(_LIMIT, (None, None))
    if verbs is not None:
        scopes = {verb: scope for verb, scope in scopes.items() if verb in verbs}
    if team_ids is not None:
        scopes = {verb: scope.within(team_ids) for verb, scope in scopes.items()}
    return scopes


def _read_scopes(person: Person) -> dict[Verb, Scope]:
    """One query: the running grants, each with the teams of its region, or with the
    identities under which the person takes part in calls.

    In plain SQL, as every request asks this: Django takes longer to word it than
    PostgreSQL to answer.
    """
    with connection.cursor() as cursor:
        cursor.execute(_GRANTS, {"person": person.pk, "now": timezone.now()})
        grants = cursor.fetchall()
    scopes: dict[Verb, Scope] = {}
    for role, scope, team_ids, identities in grants:
        if scope == RoleGrant.Scope.OWN:
            verbs, reach = verbs_on_own_calls(role), _own(identities)
        else:
            everything = scope == RoleGrant.Scope.EVERYTHING
            reach = EVERYTHING if everything else Scope(team_ids=frozenset(team_ids))
            verbs = verbs_of(role)
        for verb in verbs:
            scopes[verb] = scopes.get(verb, NOTHING) | reach
    return scopes


def _own(identities: list[str]) -> Scope:
    """The calls that bear a mark of one of these sealed identities."""
    ring = keyring(PERSONAL)
    marks = (staff_marks(ring.decrypt(sealed)) for sealed in identities)
    return Scope(own=frozenset(mark for some in marks for mark in some))


_GRANTS = """
SELECT role, scope, CASE scope
  WHEN 'region' THEN ARRAY(
    SELECT id FROM compliance_team WHERE region_id = compliance_rolegrant.region_id)
  ELSE ARRAY[team_id] END,
  CASE scope WHEN 'own' THEN ARRAY(
    SELECT identity FROM compliance_staffidentity
    WHERE person_id = %(person)s AND ended_at IS NULL) END
FROM compliance_rolegrant
WHERE (person_id = %(person)s OR group_id = ANY(ARRAY(
    SELECT group_id FROM compliance_group_members WHERE person_id = %(person)s)))
  AND valid_from <= %(now)s AND (valid_until IS NULL OR valid_until > %(now)s)
"""
