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
from compliance.audit.facts import Fact
from compliance.models import GroupRole, Person, Region, RoleGrant, Team


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
            scope=scope_of(region, team),
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


def follow(*, person: Person, role_of: GroupRole, now: datetime) -> RoleGrant:
    """Give a person the role of a group that the identity provider says he is in.

    Who wrote down what the group gives counts as the giver: the database refuses
    that he gives himself a role by it.
    """
    with transaction.atomic():
        given = RoleGrant.objects.create(
            person=person,
            role=role_of.role,
            scope=role_of.scope,
            region=role_of.region,
            team=role_of.team,
            valid_from=now,
            granted_by=role_of.made_by,
            granted_at=now,
            via=role_of,
        )
        log.append(
            Action.ROLE_FOLLOWED,
            subject=person,
            facts={**_told(given), "group_role": str(role_of.pk)},
        )
    policy.forget(person)
    return given


def end(*, grant: RoleGrant, by: Person | None, now: datetime) -> None:
    """Take a role away from now on; the row stays as evidence. Raises Refused.

    A role that came from a group is only taken away with the group: the next login
    would give it again. Doing it twice changes nothing.
    """
    if by is not None:
        policy.require(by, Verb.GRANT_ROLE, grant.team)
        _refuse_group(grant)
    _end(grant, by, now)


def leave(*, grant: RoleGrant, by: Person | None, now: datetime) -> None:
    """End a role that came from a group: the person left it, or it gives it no more.

    by: who ended the role of the group; None when the provider said so.
    """
    _end(grant, by, now)


def _end(grant: RoleGrant, by: Person | None, now: datetime) -> None:
    with transaction.atomic():
        current = RoleGrant.objects.select_for_update().get(pk=grant.pk)
        if current.valid_until is not None and current.valid_until <= now:
            return
        current.valid_until = now
        current.save(update_fields=["valid_until"])
        facts = {"grant": str(current.pk), "role": current.role}
        if current.via_id is not None:
            facts["group_role"] = str(current.via_id)
        log.append(
            Action.ROLE_LEFT if current.via_id else Action.ROLE_ENDED,
            subject=current.person,
            facts=facts,
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


def _refuse_group(grant: RoleGrant) -> None:
    if grant.via_id is not None:
        raise Refused(
            verb=Verb.GRANT_ROLE,
            code="from_group",
            reason=_("This role comes from a group at the identity provider."),
            ask=_("Take the person out of the group there, or end the group's role."),
            subject=grant.person,
        )


def scope_of(region: Region | None, team: Team | None) -> RoleGrant.Scope:
    """How far a role reaches that names this region or team, or neither."""
    if team is not None:
        return RoleGrant.Scope.TEAM
    return RoleGrant.Scope.REGION if region is not None else RoleGrant.Scope.EVERYTHING


def _append_granted(given: RoleGrant, by: Person | None) -> None:
    log.append(Action.ROLE_GRANTED, subject=given.person, facts=_told(given), actor=by)


def _told(given: RoleGrant) -> dict[str, Fact]:
    scope_id = given.team_id or given.region_id
    until = given.valid_until
    return {
        "grant": str(given.pk),
        "role": given.role,
        "scope": given.scope,
        "scope_id": str(scope_id) if scope_id else None,
        "until": f"{until:%Y-%m-%dT%H:%M:%SZ}" if until else None,
    }
