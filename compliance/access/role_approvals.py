"""Broad roles are given by two: asked for by one administrator, approved by another.

A role is broad when it reaches everything, gives access to others or reads the audit
log. Joining a group that holds one comes to the same.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance import approvals
from compliance.access import approving, grants, groups
from compliance.access.permissions import Verb
from compliance.access.roles import Role, is_broad, name_of
from compliance.approvals import Content, Kind
from compliance.models import Approval, Group, Person, Region, RoleGrant, Team

Told = list[tuple[str, str]]


def give(
    *,
    role: Role,
    by: Person,
    now: datetime,
    person: Person | None = None,
    group: Group | None = None,
    region: Region | None = None,
    team: Team | None = None,
    is_own: bool = False,
    until: datetime | None = None,
) -> RoleGrant | Approval:
    """Give a role, or ask for a second person where it is broad. Raises Refused."""
    broad = is_broad(role, reaches_everything=not (team or region or is_own))
    if not broad or not approving.needed(Verb.GRANT_ROLE, None, by=by):
        return grants.grant(
            role=role,
            by=by,
            now=now,
            person=person,
            group=group,
            region=region,
            team=team,
            is_own=is_own,
            until=until,
        )
    grants.refuse_unfit(
        person=person,
        group=group,
        role=role,
        by=by,
        now=now,
        team=team,
        is_own=is_own,
        until=until,
    )
    content = {
        "role": role.value,
        "person": _key(person),
        "group": _key(group),
        "region": _key(region),
        "team": _key(team),
        "until": until.isoformat() if until else None,
    }
    return approving.ask(kind=ROLE, content=content, by=by, now=now)


def join(*, group: Group, person: Person, by: Person, now: datetime) -> bool | Approval:
    """Put somebody into a group, or ask for a second person. Raises Refused."""
    broad = groups.is_broad_group(group, now=now)
    if not broad or not approving.needed(Verb.GRANT_ROLE, None, by=by):
        return groups.join(group=group, person=person, by=by, now=now)
    content = {"group": _key(group), "person": _key(person)}
    return approving.ask(kind=MEMBER, content=content, by=by, now=now)


def _give(approval: Approval, now: datetime) -> None:
    content = approval.content
    until = datetime.fromisoformat(content["until"]) if content["until"] else None
    if until is not None and until <= now:
        raise approvals.NotOpen(_("The time that it was asked for is over."))
    grants.grant(
        role=Role(content["role"]),
        by=approval.asked_by,
        now=now,
        person=Person.objects.filter(pk=content["person"]).first(),
        group=Group.objects.filter(pk=content["group"]).first(),
        region=Region.objects.filter(pk=content["region"]).first(),
        team=Team.objects.filter(pk=content["team"]).first(),
        until=until,
        approved=approval,
    )


def _join(approval: Approval, now: datetime) -> None:
    groups.join(
        group=Group.objects.get(pk=approval.content["group"]),
        person=Person.objects.get(pk=approval.content["person"]),
        by=approval.asked_by,
        now=now,
        approved=approval,
    )


def _tell_role(content: Content) -> Told:
    until = content["until"]
    place = Team.objects.filter(pk=content["team"]).first() or (
        Region.objects.filter(pk=content["region"]).first()
    )
    return [
        *_tell_holder(content),
        (_("Role"), name_of(str(content["role"]))),
        (_("Reaches"), str(place or _("everything"))),
        (_("Until"), _moment(str(until)) if until else _("no end")),
    ]


def _tell_member(content: Content) -> Told:
    held = RoleGrant.objects.filter(group=content["group"])
    roles = sorted({name_of(grant.role) for grant in held})
    return [*_tell_holder(content), (_("Roles of the group"), ", ".join(roles))]


def _tell_holder(content: Content) -> Told:
    person = Person.objects.filter(pk=content["person"]).first()
    group = Group.objects.filter(pk=content["group"]).first()
    told = [(_("Who"), person.name)] if person else []
    return told + ([(_("Group"), group.name)] if group else [])


def _moment(text: str) -> str:
    local = timezone.localtime(datetime.fromisoformat(text))
    return f"{date_format(local, 'DATETIME_FORMAT')} {local.tzname()}"


def _gain(content: Content) -> Collection[UUID]:
    """Whoever would hold the role: nobody approves what he gains."""
    person = content["person"]
    if person is not None:
        return [UUID(str(person))]
    members = Person.objects.filter(groups=content["group"])
    return list(members.values_list("pk", flat=True))


def _key(row: Person | Group | Region | Team | None) -> str | None:
    return str(row.pk) if row else None


ROLE = Kind(
    name=grants.KIND,
    label=gettext_lazy("give a role"),
    verb=Verb.GRANT_ROLE,
    tell=_tell_role,
    carry_out=_give,
    concerns=_gain,
)
MEMBER = Kind(
    name=groups.KIND,
    label=gettext_lazy("put somebody into a group with a broad role"),
    verb=Verb.GRANT_ROLE,
    tell=_tell_member,
    carry_out=_join,
    concerns=_gain,
)
