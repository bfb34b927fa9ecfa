"""The second person: agrees to the hash of a plan, and with that it begins."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance import approvals
from compliance.access.permissions import Verb
from compliance.approvals import Content, Kind
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import Approval, Person, RequestPlan
from compliance.requests import externals, notices, plan_contents, subject, traces

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
    frozen = plan_contents.frozen(plan)
    agreed = {name: approval.content[name] for name in frozen}
    if agreed != frozen or plan_contents.fingerprint(plan) != plan.sha256:
        raise approvals.Tampered
    plan.state, plan.begun_at = State.RUNNING, now
    plan.save(update_fields=["state", "begun_at"])
    _tell_others(plan, approval.asked_by, now)
    actor = approval.asked_by
    log.append(
        Action.REQUEST_PLAN_BEGUN, subject=plan.request, actor=actor, facts=frozen
    )


def _tell_others(plan: RequestPlan, by: Person, now: datetime) -> None:
    """Who holds data outside is to be asked; who was given some is to be told (GDPR Art.
    19): both are found while it is still known whom it is about."""
    person = subject.of(plan.request, before=plan.frozen_at)
    externals.tasks_for(request=plan.request, by=by, now=now)
    given = [one for one in traces.recipients(person) if one.outside]
    notices.write_for(request=plan.request, recipients=given, by=by, now=now)


def _tell(content: Content) -> list[tuple[str, str]]:
    rows = RequestPlan.objects.select_related("request")
    plan = rows.filter(pk=content["plan"]).first()
    if plan is None:
        return []
    return [
        (_("Request"), plan.request.reference),
        (_("Recordings that are deleted for ever"), str(content["goes"])),
        (
            _("Recordings in which this person alone is silenced for ever"),
            str(content["redacted"]),
        ),
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
