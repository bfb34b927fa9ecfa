"""A policy that lets anything go earlier is put in force by two: asked for by one officer,
agreed to by another, with the figures that the first one saw."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance import approvals
from compliance.access import approving
from compliance.access.permissions import Verb
from compliance.approvals import Content, Kind
from compliance.models import Approval, Person, RetentionPolicy
from compliance.retention import policies, wording


def put_in_force(
    *, draft: RetentionPolicy, seen: Mapping[str, int], by: Person, now: datetime
) -> RetentionPolicy | Approval:
    """Put a draft in force, or ask for a second person where it takes one.

    seen: what it would do, in figures, as the author saw it. Raises Refused,
    PolicyRefused.
    """
    if not policies.takes_two(draft, by=by):
        return policies.publish(draft=draft, by=by, now=now)
    content = {
        "policy": str(draft.pk),
        "draft": policies.fingerprint(draft),
        "covers": seen["covers"],
        "earlier": seen["earlier"],
        "soon": seen["soon"],
    }
    return approving.ask(kind=POLICY, content=content, team=draft.team, by=by, now=now)


def _carry_out(approval: Approval, now: datetime) -> None:
    draft = RetentionPolicy.objects.filter(pk=approval.content["policy"]).first()
    if draft is None or policies.fingerprint(draft) != approval.content["draft"]:
        raise approvals.NotOpen(_("The draft has changed since: ask for it again."))
    try:
        policies.publish(draft=draft, by=approval.asked_by, now=now, approved=approval)
    except policies.PolicyRefused as refused:
        raise approvals.NotOpen(str(refused)) from refused


def _tell(content: Content) -> list[tuple[str, str]]:
    row = RetentionPolicy.objects.filter(pk=content["policy"]).first()
    told = [(_("Policy"), row.name), *wording.said(row)] if row else []
    return [
        *told,
        (_("Recordings it covers"), str(content["covers"])),
        (_("Of them go earlier"), str(content["earlier"])),
        (_("Of them go within 30 days"), str(content["soon"])),
    ]


POLICY = Kind(
    name=policies.KIND,
    label=gettext_lazy("put a policy in force that lets recordings go earlier"),
    verb=Verb.EDIT_POLICY,
    tell=_tell,
    carry_out=_carry_out,
    of_a_team=True,
)
