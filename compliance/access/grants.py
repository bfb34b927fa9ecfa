"""Give and take roles, of people and of groups. The duties of `apart` are kept."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.access import apart, approving, policy
from compliance.access.permissions import Verb
from compliance.access.refusals import Refused
from compliance.access.roles import Role, is_broad, verbs_on_own_calls
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import Approval, Group, Person, Region, RoleGrant, Team

KIND = "role"
"""Of approvals: a broad role is given with a second person (`role_approvals`)."""


def grant(
    *,
    role: Role,
    by: Person | None,
    now: datetime,
    person: Person | None = None,
    group: Group | None = None,
    region: Region | None = None,
    team: Team | None = None,
    is_own: bool = False,
    until: datetime | None = None,
    approved: Approval | None = None,
) -> RoleGrant:
    """Give a role, for a team, a region, own calls, or (none given) everything.

    person, group: one of the two holds it. by: who gives it and must hold
    `grant_role` there; None is the installation itself (bootstrap, demo, identity
    provider). is_own: for the calls that the holder took part in. until: when it ends by itself. approved: what a second person agreed
    to, for a broad role (`role_approvals.give` asks for it). Raises Refused.
    """
    people = refuse_unfit(
        person=person,
        group=group,
        role=role,
        by=by,
        now=now,
        team=team,
        is_own=is_own,
        until=until,
    )
    scope = _scope_of(region, team, is_own=is_own)
    whole = scope == RoleGrant.Scope.EVERYTHING
    if by is not None and is_broad(role, reaches_everything=whole):
        approving.refuse_alone(
            Verb.GRANT_ROLE, None, kind=KIND, by=by, approved=approved
        )
    with transaction.atomic():
        given = RoleGrant.objects.create(
            person=person,
            group=group,
            role=Role(role),
            scope=scope,
            region=region,
            team=team,
            valid_from=now,
            valid_until=until,
            granted_by=by,
            granted_at=now,
        )
        _append_granted(given, by)
    for one in people:
        policy.forget(one)
    return given


def refuse_unfit(
    *,
    person: Person | None,
    group: Group | None,
    role: str,
    by: Person | None,
    now: datetime,
    team: Team | None = None,
    is_own: bool = False,
    until: datetime | None = None,
) -> list[Person]:
    """Raise Refused where `by` may not give it, or one of the holders may not have it.

    Returns the people who would hold it.
    """
    people = [person] if person else list(group.members.all()) if group else []
    if by is not None:
        for one in people:
            apart.refuse_oneself(one, by)
        policy.require(by, Verb.GRANT_ROLE, team)
    if is_own:
        _refuse_not_heard(role, people)
    apart.refuse_both(people, role, since=now, until=until)
    return people


def end(*, grant: RoleGrant, by: Person | None, now: datetime) -> None:
    """Take a role away from now on; the row stays as evidence. Raises Refused.

    Doing it twice changes nothing.
    """
    if by is not None:
        policy.require(by, Verb.GRANT_ROLE, grant.team)
    with transaction.atomic():
        current = RoleGrant.objects.select_for_update().get(pk=grant.pk)
        if current.valid_until is not None and current.valid_until <= now:
            return
        current.valid_until = now
        current.save(update_fields=["valid_until"])
        log.append(
            Action.ROLE_ENDED,
            subject=current.holder,
            facts={"grant": str(current.pk), "role": current.role},
            actor=by,
        )
    grant.valid_until = now
    if grant.person is not None:
        policy.forget(grant.person)


def _refuse_not_heard(role: str, people: list[Person]) -> None:
    """A service takes part in no call as staff, and most roles are about more than one."""
    odd = next((one for one in people if one.kind == Person.Kind.SERVICE), None)
    if odd or not verbs_on_own_calls(role):
        raise Refused(
            verb=Verb.GRANT_ROLE,
            code="not_of_own_calls",
            reason=_("This cannot be given for own calls."),
            ask=_("Give a person the role of a reviewer or of a team lead for them."),
            subject=odd or (people[0] if people else None),
        )


def _scope_of(
    region: Region | None, team: Team | None, *, is_own: bool
) -> RoleGrant.Scope:
    if is_own:
        return RoleGrant.Scope.OWN
    if team is not None:
        return RoleGrant.Scope.TEAM
    return RoleGrant.Scope.REGION if region is not None else RoleGrant.Scope.EVERYTHING


def _append_granted(given: RoleGrant, by: Person | None) -> None:
    scope_id = given.team_id or given.region_id
    until = given.valid_until
    log.append(
        Action.ROLE_GRANTED,
        subject=given.holder,
        facts={
            "grant": str(given.pk),
            "role": given.role,
            "scope": given.scope,
            "scope_id": str(scope_id) if scope_id else None,
            "until": f"{until:%Y-%m-%dT%H:%M:%SZ}" if until else None,
        },
        actor=by,
    )
