"""What lets anything go earlier takes two: asked for by one officer with a frozen list of
what would go, agreed to by another, who approves that list.

A draft of a policy, and a change of a list of numbers that policies go by. What only keeps
longer takes one.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance import approvals
from compliance.access import approving
from compliance.access.permissions import Verb
from compliance.approvals import Content, Kind
from compliance.models import (
    Approval,
    NumberList,
    NumberListChange,
    Person,
    RetentionPolicy,
    Team,
)
from compliance.retention import number_lists, policies, wording
from compliance.retention.number_lists import ListChange
from recordings import frozen, rehearsal
from recordings.models import Rehearsal
from recordings.rehearsal import Change


def put_in_force(
    *, draft: RetentionPolicy, by: Person, now: datetime, seen: Rehearsal | None = None
) -> RetentionPolicy | Approval:
    """Put a draft in force, or ask for a second person where it takes one, once.

    seen: the frozen list the author has looked at; None freezes one. Raises Refused,
    PolicyRefused, and NotOpen where the list is not of this draft any more.
    """
    if not policies.takes_two(draft, by=by):
        return policies.publish(draft=draft, by=by, now=now)
    if waiting := policies.asked(draft):
        return waiting
    content = {"policy": str(draft.pk), "draft": policies.fingerprint(draft)}
    return _ask(POLICY, draft, content, draft.team, seen, by, now)


def change_list(
    *, wanted: ListChange, by: Person, now: datetime, seen: Rehearsal | None = None
) -> NumberListChange | Approval | None:
    """Change a list, or ask for a second person where it takes one; None where the list
    says so already. Raises as `put_in_force` does."""
    if not wanted or not number_lists.takes_two(wanted, by=by):
        return number_lists.carry_out(wanted=wanted, by=by, now=now)
    if waiting := asked(wanted):
        return waiting
    content = {
        "list": str(wanted.number_list.pk),
        "added": [str(one) for one in sorted(wanted.added)],
        "removed": [str(one) for one in sorted(wanted.removed)],
    }
    team = wanted.number_list.team
    return _ask(NUMBERS, wanted, content, team, seen, by, now)


def asked(change: ListChange) -> Approval | None:
    """The open question whether a list may be changed just so, if there is one."""
    rows = Rehearsal.objects.filter(
        about=change.number_list.pk, change=change.fingerprint(), is_asked=True
    )
    ids = [str(pk) for pk in rows.values_list("pk", flat=True)]
    held = Approval.objects.filter(kind=number_lists.KIND, state__in=Approval.OPEN)
    return held.filter(content__rehearsal__in=ids).first()


@transaction.atomic
def _ask(
    kind: Kind,
    change: Change,
    content: Mapping[str, Any],
    team: Team | None,
    seen: Rehearsal | None,
    by: Person,
    now: datetime,
) -> Approval:
    """Ask with the list that the asker has seen, as long as it has not grown."""
    if seen is None:
        seen = frozen.freeze(change, by=by, now=now)
    elif not frozen.fits(seen, change):
        raise approvals.NotOpen(_("The draft has changed since: rehearse it again."))
    else:
        frozen.require_not_grown(seen, change, now=now)
    figures = rehearsal.effect(change, now=now).figures()
    told = {**content, **figures, "rehearsal": str(seen.pk), **frozen.facts(seen)}
    Rehearsal.objects.filter(pk=seen.pk).update(is_asked=True)
    return approving.ask(kind=kind, content=told, team=team, by=by, now=now)


def _publish(approval: Approval, now: datetime) -> None:
    policies.in_line()  # first: no list changes behind what is compared
    draft = RetentionPolicy.objects.filter(pk=approval.content["policy"]).first()
    if draft is None or policies.fingerprint(draft) != approval.content["draft"]:
        raise approvals.NotOpen(_("The draft has changed since: ask for it again."))
    frozen.require_not_grown(_list_of(approval), draft, now=now)
    try:
        policies.publish(draft=draft, by=approval.asked_by, now=now, approved=approval)
    except policies.PolicyRefused as refused:
        raise approvals.NotOpen(str(refused)) from refused


def _change(approval: Approval, now: datetime) -> None:
    said = approval.content
    number_list = NumberList.objects.select_related("team").get(pk=said["list"])
    policies.in_line()
    added, removed = (map(UUID, said[name]) for name in ("added", "removed"))
    wanted = number_lists.change(number_list, add=added, remove=removed)
    frozen.require_not_grown(_list_of(approval), wanted, now=now)
    number_lists.carry_out(
        wanted=wanted, by=approval.asked_by, now=now, approved=approval
    )


def _list_of(approval: Approval) -> Rehearsal:
    """The list that was approved: its hash stands in what was approved."""
    said = approval.content
    found = Rehearsal.objects.filter(pk=said["rehearsal"], sha256=said["sha256"])
    row = found.first()
    if row is None:
        raise approvals.NotOpen(_("The list is not there any more: rehearse it again."))
    return row


def _tell_policy(content: Content) -> list[tuple[str, str]]:
    row = RetentionPolicy.objects.filter(pk=content["policy"]).first()
    told = [(_("Policy"), row.name), *wording.said(row)] if row else []
    return [*told, *_tell_list(content)]


def _tell_numbers(content: Content) -> list[tuple[str, str]]:
    row = NumberList.objects.filter(pk=content["list"]).first()
    told = [(_("List of numbers"), row.name)] if row else []
    return [
        *told,
        (_("Numbers to be added"), str(len(content["added"]))),
        (_("Numbers to be taken off"), str(len(content["removed"]))),
        *_tell_list(content),
    ]


def _tell_list(content: Content) -> list[tuple[str, str]]:
    frozen_list = Rehearsal.objects.filter(pk=content["rehearsal"]).first()
    size = filesizeformat(frozen_list.bytes) if frozen_list else ""
    return [
        (_("Recordings it covers"), str(content["covers"])),
        (_("Of them go earlier"), str(content["earlier"])),
        (_("Of them go within 30 days"), str(content["soon"])),
        (_("Size of what goes earlier"), size),
        (_("SHA-256 of the frozen list"), content["sha256"]),
    ]


def _where(content: Content) -> tuple[str, str]:
    return "rehearsal", str(content["rehearsal"])


POLICY = Kind(
    name=policies.KIND,
    label=gettext_lazy("put a policy in force that lets recordings go earlier"),
    verb=Verb.EDIT_POLICY,
    tell=_tell_policy,
    carry_out=_publish,
    of_a_team=True,
    page=_where,
)
NUMBERS = Kind(
    name=number_lists.KIND,
    label=gettext_lazy("change a list of numbers, which lets recordings go earlier"),
    verb=number_lists.VERB,
    tell=_tell_numbers,
    carry_out=_change,
    of_a_team=True,
    page=_where,
)
