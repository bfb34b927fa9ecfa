"""The plan of a request: everything about the person found, proposed for, and frozen.

Holds and floors propose that a thing stays, and so does what is still being recorded;
what nothing keeps goes, unless an officer names a ground and a day. Freezing puts a hash over the list, and a second person agrees to
that hash. What comes later is in no plan.
"""

from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from compliance import custody
from compliance.access import approving, policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.custody import Description, Subject
from compliance.models import (
    Approval,
    Person,
    PlanItem,
    PlanTrace,
    RequestPlan,
    SubjectRequest,
)
from compliance.requests import (
    clock,
    plan_approval,
    plan_contents,
    plan_decisions,
    plan_words,
    redacting,
    restricting,
    subject,
    traces,
)
from compliance.requests.clock import NotByLaw

State = RequestPlan.State
Treatment = PlanItem.Treatment
Ground = PlanItem.Ground
Asked = SubjectRequest.Kind
PLANNED = (Asked.ERASURE, Asked.WITHDRAWAL, Asked.OBJECTION)
"""Requests that end with something deleted."""
BATCH = 1_000
LONGEST = timedelta(days=366 * 30)


def make(*, request: SubjectRequest, by: Person, now: datetime) -> RequestPlan:
    """Ask every custodian what it has, and propose what is to become of each thing.

    An earlier draft is dropped; what an officer decided in it is carried over. Raises
    Refused, and NotByLaw while it is not known who asks, or a plan is being carried out.
    """
    with transaction.atomic():
        row = clock.lock_open(request, by)
        _require_ready(row)
        former = _drop_former(row, by, now)
        plan = RequestPlan.objects.create(request=row, made_by=by, made_at=now)
        restricting.look_again(row, now=now)  # they may have called since
        person = subject.of(row)
        for one in custody.custodians():
            items = one.about(person)
            for start in range(0, len(items), BATCH):
                told = one.describe(items[start : start + BATCH], now=now)
                PlanItem.objects.bulk_create(_proposed(plan, told, now))
        if former is not None:
            plan_decisions.carry_over(former, plan, now=now)
        _list_traces(plan, person)
        is_worded = former is not None and former.reasons != _reasons(former)
        plan.reasons = former.reasons if former and is_worded else _reasons(plan)
        plan.save(update_fields=["reasons"])
        facts: dict[str, Fact] = {"items": plan.items.count()}
        log.append(Action.REQUEST_PLAN_MADE, subject=row, actor=by, facts=facts)
    return plan


def treat(
    *,
    plan: RequestPlan,
    items: Collection[int],
    ground: str,
    until: datetime | None,
    by: Person,
    now: datetime,
) -> int:
    """Keep these on a ground until a day, or, without a ground, let them go.

    What a hold or a floor keeps is left as it is, and so are reasons that somebody has
    worded. Returns how many were changed. Raises Refused, and NotByLaw.
    """
    if (ground and ground in PlanItem.BY_ITSELF) or ground not in {"", *Ground.values}:
        raise NotByLaw(_("That ground counts by itself; nobody chooses it."))
    if ground and (until is None or not now < until < now + LONGEST):
        raise NotByLaw(_("Say until which later day it is kept."))
    with transaction.atomic():
        draft = _lock_draft(plan, by)
        is_as_proposed = draft.reasons == _reasons(draft)
        rows = draft.items.filter(pk__in=items).exclude(ground__in=PlanItem.BY_ITSELF)
        changed = rows.update(
            treatment=Treatment.KEEP if ground else Treatment.DESTROY,
            in_part=False,
            ground=ground,
            until=until if ground else None,
        )
        _follow(draft, changed, ground, is_as_proposed=is_as_proposed, by=by)
    return changed


def redact(
    *, plan: RequestPlan, items: Collection[int], by: Person, now: datetime
) -> tuple[int, Counter[str]]:
    """Have the person alone silenced in these, where the others can be told from them.

    What a hold or a floor keeps is left as it is: the original is destroyed. Returns how
    many were changed, and of the others, how many for which reason in words. Raises
    Refused, and NotByLaw.
    """
    with transaction.atomic():
        draft = _lock_draft(plan, by)
        is_as_proposed = draft.reasons == _reasons(draft)
        chosen = draft.items.filter(pk__in=items).exclude(ground__in=PlanItem.BY_ITSELF)
        rows = list(chosen)
        why: dict[int, str] = {}
        for start in range(0, len(rows), BATCH):
            some = rows[start : start + BATCH]
            why |= redacting.why_not(some, request=draft.request, now=now)
        fit = [one.pk for one in rows if one.pk not in why]
        changed = draft.items.filter(pk__in=fit).update(
            treatment=Treatment.REDACT, in_part=True, ground="", until=None
        )
        _follow(draft, changed, "redact", is_as_proposed=is_as_proposed, by=by)
    return changed, Counter(why.values())


def reword(*, plan: RequestPlan, reasons: str, by: Person) -> None:
    """Say in other words why things stay; they go into the letter. Raises Refused, and
    NotByLaw."""
    with transaction.atomic():
        draft = _lock_draft(plan, by)
        draft.reasons = reasons.strip()
        draft.save(update_fields=["reasons"])
        log.append(Action.REQUEST_PLAN_WORDED, subject=draft.request, actor=by)


def freeze(*, plan: RequestPlan, by: Person, now: datetime) -> Approval:
    """Put a hash over it, and ask a second person to have it carried out.

    Raises Refused, also where nobody is left who could approve it, and NotByLaw.
    """
    policy.require(by, Verb.ERASE_SUBJECT)
    with transaction.atomic():
        draft = _lock_draft(plan, by)
        if not draft.items.exists() and not draft.traces.filter(found__gt=0).exists():
            raise NotByLaw(_("Nothing was found: close the request and say so."))
        draft.state, draft.frozen_at = State.FROZEN, now
        draft.sha256 = plan_contents.fingerprint(draft)
        draft.save(update_fields=["state", "frozen_at", "sha256"])
        facts = plan_contents.frozen(draft)
        log.append(
            Action.REQUEST_PLAN_FROZEN, subject=draft.request, actor=by, facts=facts
        )
        content = {"plan": str(draft.pk), **facts}
        return approving.ask(kind=plan_approval.PLAN, content=content, by=by, now=now)


def reopen(*, plan: RequestPlan, by: Person) -> None:
    """Make a draft again of a frozen plan that the second person did not agree to, as it
    stands. Raises Refused, and NotByLaw while a second person is asked about it."""
    with transaction.atomic():
        clock.lock_open(plan.request, by)
        rows = RequestPlan.objects.select_for_update(of=("self",), no_key=True)
        row = rows.select_related("request").get(pk=plan.pk)
        if row.state != State.FROZEN:
            raise NotByLaw(_("Only a frozen plan can be taken up again."))
        _require_unasked(row)
        row.state, row.frozen_at, row.sha256 = State.DRAFT, None, ""
        row.save(update_fields=["state", "frozen_at", "sha256"])
        log.append(Action.REQUEST_PLAN_REOPENED, subject=row.request, actor=by)


def drop(*, plan: RequestPlan, by: Person, now: datetime) -> None:
    """Give up a plan that has not begun. Raises Refused, and NotByLaw while a second
    person is asked about it, and once it has begun."""
    with transaction.atomic():
        row = clock.lock_open(plan.request, by)
        _drop_former(row, by, now)


def _follow(
    draft: RequestPlan, changed: int, ground: str, *, is_as_proposed: bool, by: Person
) -> None:
    """Rows, reasons and the log follow what was changed in a draft."""
    draft.traces.all().delete()
    _list_traces(draft, subject.of(draft.request))
    if is_as_proposed:
        draft.reasons = _reasons(draft)
        draft.save(update_fields=["reasons"])
    facts: dict[str, Fact] = {"items": changed, "ground": ground or "-"}
    log.append(
        Action.REQUEST_PLAN_CHANGED, subject=draft.request, actor=by, facts=facts
    )


def _require_ready(row: SubjectRequest) -> None:
    if row.kind not in PLANNED:
        raise NotByLaw(_("What this request asks for deletes nothing."))
    if row.identity != SubjectRequest.Identity.VERIFIED:
        raise NotByLaw(_("It is not known yet who asks: verify that first."))


def _drop_former(row: SubjectRequest, by: Person, now: datetime) -> RequestPlan | None:
    former = row.plans.select_for_update().filter(state__in=RequestPlan.OPEN).first()
    if former is None:
        return None
    if former.state == State.RUNNING:
        raise NotByLaw(_("It is being carried out already."))
    _require_unasked(former)
    former.state, former.ended_at = State.DROPPED, now
    former.save(update_fields=["state", "ended_at"])
    log.append(Action.REQUEST_PLAN_DROPPED, subject=row, actor=by)
    return former


def _require_unasked(row: RequestPlan) -> None:
    if plan_approval.asked(row):
        raise NotByLaw(_("A second person is asked: withdraw that first."))


def _lock_draft(plan: RequestPlan, by: Person) -> RequestPlan:
    clock.lock_open(plan.request, by)
    rows = RequestPlan.objects.select_for_update(of=("self",), no_key=True)
    found = rows.select_related("request").get(pk=plan.pk)
    if found.state != State.DRAFT:
        raise NotByLaw(_("The plan is frozen."))
    return found


def _proposed(
    plan: RequestPlan, told: Collection[Description], now: datetime
) -> list[PlanItem]:
    return [
        PlanItem(
            plan=plan,
            kind=one.item.kind,
            item_id=one.item.id,
            group_id=one.group,
            at=one.at,
            bytes=one.bytes,
            **_proposal(one, now),
        )
        for one in told
    ]


def _proposal(one: Description, now: datetime) -> dict[str, object]:
    if one.held:
        return {"treatment": Treatment.KEEP, "ground": Ground.LEGAL}
    if one.unfinished:
        return {"treatment": Treatment.KEEP, "ground": Ground.UNFINISHED}
    if one.kept_until is not None and one.kept_until > now:
        return {
            "treatment": Treatment.KEEP,
            "ground": Ground.DUTY,
            "until": one.kept_until,
        }
    return {"treatment": Treatment.DESTROY, "ground": ""}


def _reasons(plan: RequestPlan) -> str:
    shares = plan_contents.shares(plan)
    return plan_words.reasons(plan.request.language, shares)


def _list_traces(plan: RequestPlan, person: Subject) -> None:
    found = traces.find_all(
        person, plan_contents.spared(plan), plan_contents.redacted(plan)
    )
    PlanTrace.objects.bulk_create(
        PlanTrace(plan=plan, kind=one.kind, found=told.count, spared=told.kept)
        for one, told in found
    )
