"""The second person: agrees to the hash of a plan, and with that it begins."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance import approvals
from compliance.access.permissions import Verb
from compliance.approvals import Content, Kind
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import Approval, RequestPlan
from compliance.requests import plan_contents

State = RequestPlan.State
KIND = "request_plan"


def asked(plan: RequestPlan) -> Approval | None:
    """The open approval of it, if a second person is asked."""
    rows = Approval.objects.filter(kind=KIND, state__in=Approval.OPEN)
    return rows.filter(content__plan=str(plan.pk)).first()


def _begin(approval: Approval, now: datetime) -> None:
    rows = RequestPlan.objects.select_for_update(of=("self",), no_key=True)
    plan = rows.select_related("request").get(pk=approval.content["plan"])
    if plan.state != State.FROZEN or not plan.request.is_open:
        raise approvals.NotOpen(_("It was carried out already, or dropped."))
    agreed = {name: approval.content[name] for name in ("goes", "stays", "sha256")}
    if (
        agreed != plan_contents.frozen(plan)
        or plan_contents.fingerprint(plan) != plan.sha256
    ):
        raise approvals.Tampered
    plan.state, plan.begun_at = State.RUNNING, now
    plan.save(update_fields=["state", "begun_at"])
    facts = plan_contents.frozen(plan)
    actor = approval.asked_by
    log.append(
        Action.REQUEST_PLAN_BEGUN, subject=plan.request, actor=actor, facts=facts
    )


def _tell(content: Content) -> list[tuple[str, str]]:
    rows = RequestPlan.objects.select_related("request")
    plan = rows.filter(pk=content["plan"]).first()
    if plan is None:
        return []
    return [
        (_("Request"), plan.request.reference),
        (_("Recordings that are deleted for ever"), str(content["goes"])),
        (_("Recordings that stay"), str(content["stays"])),
        (_("Rows about the person"), str(sum(t.found for t in plan.traces.all()))),
        (_("SHA-256 of the plan"), str(content["sha256"])),
    ]


PLAN = Kind(
    name=KIND,
    label=gettext_lazy("delete what is kept about a person who asks"),
    verb=Verb.ERASE_SUBJECT,
    tell=_tell,
    carry_out=_begin,
)
