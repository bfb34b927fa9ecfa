"""Who belongs to which group: kept by hand, or told by an identity provider."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from compliance.access import apart, approving, policy
from compliance.access.permissions import Verb
from compliance.access.roles import is_broad
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import Approval, DirectoryGroup, Group, Person, RoleGrant

KIND = "group_member"
"""Of approvals: who joins a group with a broad role is given that role."""


def make(*, name: str, by: Person | None, external_id: str = "") -> Group:
    """Make a group without members.

    by: None is the installation itself or the identity provider. external_id: what
    the provider calls it; empty for one whose members are kept here. Raises Refused.
    """
    if by is not None:
        policy.require(by, Verb.GRANT_ROLE)
    with transaction.atomic():
        return Group.objects.create(name=name, external_id=external_id)


def join(
    *,
    group: Group,
    person: Person,
    by: Person | None,
    now: datetime,
    approved: Approval | None = None,
) -> bool:
    """Put somebody into a group; he holds its roles from his next request on.

    by: None is the identity provider. approved: what a second person agreed to, where
    the group holds a broad role. Returns False if he was in it. Raises Refused:
    nobody puts himself in, nor comes to hold roles that are kept apart.
    """
    if by is not None:
        apart.refuse_oneself(person, by)
        policy.require(by, Verb.GRANT_ROLE)
        if is_broad_group(group, now=now):
            approving.refuse_alone(
                Verb.GRANT_ROLE, None, kind=KIND, by=by, approved=approved
            )
    for grant in _to_come(group, now):
        since, until = max(grant.valid_from, now), grant.valid_until
        apart.refuse_both([person], grant.role, since=since, until=until)
    with transaction.atomic():
        if group.members.filter(pk=person.pk).exists():
            return False
        group.members.add(person)
        _append(Action.GROUP_JOINED, group, person, by)
    policy.forget(person)
    return True


def is_broad_group(group: Group, *, now: datetime) -> bool:
    """Whether its members hold, or will hold, a role that takes two people to give."""
    everything = RoleGrant.Scope.EVERYTHING
    return any(
        is_broad(grant.role, reaches_everything=grant.scope == everything)
        for grant in _to_come(group, now)
    )


def leave(*, group: Group, person: Person, by: Person | None) -> bool:
    """Take somebody out of a group. Returns False if he was not in it. Raises Refused."""
    if by is not None:
        policy.require(by, Verb.GRANT_ROLE)
    with transaction.atomic():
        if not group.members.filter(pk=person.pk).exists():
            return False
        group.members.remove(person)
        _append(Action.GROUP_LEFT, group, person, by)
    policy.forget(person)
    return True


def is_told(group: Group) -> bool:
    """Whether the identity provider or the directory says who is in it."""
    kept = DirectoryGroup.objects.filter(group=group, removed_at=None)
    return bool(group.external_id) or kept.exists()


def known(external_ids: Collection[str]) -> bool:
    """Whether the identity provider names a group that stands here."""
    return _named(external_ids).exists()


def follow(*, person: Person, external_ids: Collection[str], now: datetime) -> None:
    """Make somebody a member of just the groups the identity provider names.

    Called with what it says at every login and check of a session. Groups that are
    kept here are left alone. Raises Refused where their roles are kept apart: then
    nothing has changed.
    """
    with transaction.atomic():
        # two logins at once: one after the other
        Person.objects.select_for_update(no_key=True).get(pk=person.pk)
        told = person.groups.exclude(external_id="")
        for group in told.exclude(external_id__in=list(external_ids)):
            leave(group=group, person=person, by=None)
        for group in _named(external_ids).exclude(members=person):
            join(group=group, person=person, by=None, now=now)


def _named(external_ids: Collection[str]) -> QuerySet[Group]:
    return Group.objects.exclude(external_id="").filter(
        external_id__in=list(external_ids)
    )


def _to_come(group: Group, now: datetime) -> list[RoleGrant]:
    """The grants of a group that are not over."""
    grants = RoleGrant.objects.filter(group=group)
    return [g for g in grants if g.valid_until is None or g.valid_until > now]


def _append(action: Action, group: Group, person: Person, by: Person | None) -> None:
    log.append(action, subject=person, facts={"group": str(group.pk)}, actor=by)
