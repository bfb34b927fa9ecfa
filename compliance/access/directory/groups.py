"""Groups as the directory tells them: a name, and who is in. Their roles are given here."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.access import grants, groups, policy
from compliance.access.directory.errors import Taken, Unfit
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import DirectoryAccount, DirectoryGroup, Group, Person


def make(
    *, name: str, external_id: str, account_ids: Collection[UUID], now: datetime
) -> DirectoryGroup:
    """Make a group with these members; it has no role until somebody gives it one.

    Raises Taken: no group that stands here is taken over, it may have roles. Raises
    Unfit for members who are not there, Refused where their roles are kept apart.
    """
    with transaction.atomic():
        _refuse_taken(external_id, None)
        kept = DirectoryGroup(
            group=_named(name), external_id=external_id, made_at=now, changed_at=now
        )
        kept.save()
        log.append(Action.DIRECTORY_GROUP_ADDED, subject=kept.group)
        _follow(kept.group, account_ids, now)
    return kept


def change(
    *,
    kept: DirectoryGroup,
    name: str,
    external_id: str,
    account_ids: Collection[UUID],
    now: datetime,
) -> None:
    """Keep what the directory says of a group now. Raises as `make` does."""
    group = kept.group
    with transaction.atomic():
        _refuse_taken(external_id, kept)
        if group.name != name:
            if Group.objects.filter(name=name).exists():
                raise Taken("displayName", _("Another group has this name here."))
            group.name = name
            group.save(update_fields=["name"])
        _follow(group, account_ids, now)
        kept.external_id, kept.changed_at = external_id, now
        kept.save()


def remove(*, kept: DirectoryGroup, now: datetime) -> None:
    """Take everybody out and end the roles of the group; its row stays as evidence."""
    group = kept.group
    with transaction.atomic():
        for person in group.members.all():
            groups.leave(group=group, person=person, by=None)
        for grant in policy.not_over().filter(group=group):
            grants.end(grant=grant, by=None, now=now)
        kept.removed_at = kept.changed_at = now
        kept.save()
        log.append(Action.DIRECTORY_GROUP_REMOVED, subject=group)


def member_ids(group: Group) -> list[UUID]:
    """The accounts of its members."""
    accounts = DirectoryAccount.objects.filter(person__groups=group, removed_at=None)
    return list(accounts.order_by("pk").values_list("pk", flat=True))


def _named(name: str) -> Group:
    """A new group, or the one of this name that the directory removed before."""
    group = Group.objects.filter(name=name).select_related("directory_group").first()
    if group is None:
        return groups.make(name=name, by=None)
    old = getattr(group, "directory_group", None)
    if old is None or old.removed_at is None:
        raise Taken("displayName", _("Another group has this name here."))
    old.delete()
    return group


def _refuse_taken(external_id: str, kept: DirectoryGroup | None) -> None:
    others = DirectoryGroup.objects.filter(removed_at=None, external_id=external_id)
    if kept is not None:
        others = others.exclude(pk=kept.pk)
    if external_id and others.exists():
        raise Taken("externalId", _("Another group has this externalId."))


def _follow(group: Group, account_ids: Collection[UUID], now: datetime) -> None:
    """Put in and take out until just these are members."""
    wanted, present = set(account_ids), set(member_ids(group))
    coming = {
        person.directory_account.pk: person
        for person in Person.objects.filter(
            directory_account__in=wanted - present, directory_account__removed_at=None
        ).select_related("directory_account")
    }
    if coming.keys() != wanted - present:
        raise Unfit(_("A member is not known here."))
    going = Person.objects.filter(directory_account__in=present - wanted)
    for person in going:
        groups.leave(group=group, person=person, by=None)
    for person in coming.values():
        groups.join(group=group, person=person, by=None, now=now)
