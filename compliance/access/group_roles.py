"""What the identity provider's groups give here, and who gets it at each login.

The one place that knows how a group of a token becomes a role.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import models, transaction
from django.db.models import Q

from compliance.access import grants, policy
from compliance.access.permissions import Verb
from compliance.access.roles import Role
from compliance.models import GroupRole, Person, Region, RoleGrant, Team


def give(
    *,
    group: str,
    role: Role,
    by: Person | None,
    region: Region | None = None,
    team: Team | None = None,
) -> GroupRole:
    """Write down that everybody in a group holds a role, from the next login on.

    For a team, a region, or (neither given) everything. by: None is the installation
    itself. Who writes it down gets nothing from it. Raises Refused.
    """
    if by is not None:
        policy.require(by, Verb.GRANT_ROLE, team)
    with transaction.atomic():
        return GroupRole.objects.create(
            group=group,
            role=Role(role),
            scope=grants.scope_of(region, team),
            region=region,
            team=team,
            made_by=by,
        )


def end(*, role_of: GroupRole, by: Person, now: datetime) -> None:
    """The group gives this role no more, and who has it from there loses it now.

    Raises Refused. Doing it twice changes nothing.
    """
    policy.require(by, Verb.GRANT_ROLE, role_of.team)
    with transaction.atomic():
        current = GroupRole.objects.select_for_update().get(pk=role_of.pk)
        if current.ended_at is not None:
            return
        current.ended_at = now
        current.save(update_fields=["ended_at"])
        for grant in _running(RoleGrant.objects.filter(via=current), now):
            grants.leave(grant=grant, by=by, now=now)
    role_of.ended_at = now


def known(groups: Collection[str]) -> bool:
    """Whether one of these groups gives anything here."""
    return _giving(groups).exists()


def follow(*, person: Person, groups: Collection[str], now: datetime) -> None:
    """Give what these groups give, and take what came from groups that are left.

    Called with what the provider says at every login and check of a session. Roles
    that people gave by hand are left alone.
    """
    with transaction.atomic():
        # two logins at once: one after the other
        Person.objects.select_for_update(no_key=True).get(pk=person.pk)
        wanted = {row.pk: row for row in _giving(groups).exclude(made_by=person)}
        for grant in _running(person.grants.filter(via__isnull=False), now):
            if wanted.pop(grant.via_id, None) is None:  # type: ignore[arg-type]
                grants.leave(grant=grant, by=None, now=now)
        for role_of in wanted.values():
            grants.follow(person=person, role_of=role_of, now=now)


def _giving(groups: Collection[str]) -> models.QuerySet[GroupRole]:
    return GroupRole.objects.filter(group__in=list(groups), ended_at=None)


def _running(
    held: models.QuerySet[RoleGrant], now: datetime
) -> models.QuerySet[RoleGrant]:
    return held.filter(Q(valid_until=None) | Q(valid_until__gt=now)).order_by("pk")
