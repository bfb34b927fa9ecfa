"""Give and take roles. Nobody gives himself one; the database refuses it too."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.access.refusals import Refused
from compliance.access.roles import Role
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import Person, Region, RoleGrant, Team


def grant(
    *,
    person: Person,
    role: Role,
    by: Person | None,
    now: datetime,
    region: Region | None = None,
    team: Team | None = None,
    until: datetime | None = None,
) -> RoleGrant:
    """Give a person a role, for a team, a region, or (neither given) everything.

    by: who gives it and must hold `grant_role` there; None is the installation
    itself (bootstrap, demo). until: when it ends by itself. Raises Refused.
    """
    if by is not None:
        _refuse_oneself(person, by)
        policy.require(by, Verb.GRANT_ROLE, team)
    with transaction.atomic():
        given = RoleGrant.objects.create(
            person=person,
            role=Role(role),
            scope=_scope_of(region, team),
            region=region,
            team=team,
            valid_from=now,
            valid_until=until,
            granted_by=by,
            granted_at=now,
        )
        _append_granted(given, by)
    policy.forget(person)
    return given


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
            subject=current.person,
            facts={"grant": str(current.pk), "role": current.role},
            actor=by,
        )
    grant.valid_until = now
    policy.forget(grant.person)


def _refuse_oneself(person: Person, by: Person) -> None:
    if person.pk == by.pk:
        raise Refused(
            verb=Verb.GRANT_ROLE,
            code="oneself",
            reason=_("Nobody gives himself a role."),
            ask=_("Another administrator can give it to you."),
            subject=person,
        )


def _scope_of(region: Region | None, team: Team | None) -> RoleGrant.Scope:
    if team is not None:
        return RoleGrant.Scope.TEAM
    return RoleGrant.Scope.REGION if region is not None else RoleGrant.Scope.EVERYTHING


def _append_granted(given: RoleGrant, by: Person | None) -> None:
    scope_id = given.team_id or given.region_id
    until = given.valid_until
    log.append(
        Action.ROLE_GRANTED,
        subject=given.person,
        facts={
            "grant": str(given.pk),
            "role": given.role,
            "scope": given.scope,
            "scope_id": str(scope_id) if scope_id else None,
            "until": f"{until:%Y-%m-%dT%H:%M:%SZ}" if until else None,
        },
        actor=by,
    )
