"""What a plan keeps: by what, until when, and that it goes when nothing keeps it any more."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from compliance import custody
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.custody import Description, Ending, Item
from compliance.models import PlanItem, RequestPlan
from compliance.models.statements import update_rows
from compliance.requests import redacting

State = RequestPlan.State
Treatment = PlanItem.Treatment
Ground = PlanItem.Ground
Fate = PlanItem.Fate

BY = {
    Ending.HELD: Ground.LEGAL,
    Ending.FLOORED: Ground.DUTY,
    Ending.UNFINISHED: Ground.UNFINISHED,
}
AGAIN, SOON = timedelta(days=1), timedelta(minutes=10)
"""What something keeps without an end that is known is looked at so often; what is still
being recorded, so soon."""


def wait(ground: str) -> timedelta:
    """When to look again at what has no end that is known."""
    return SOON if ground == Ground.UNFINISHED else AGAIN


def described(kept: Collection[PlanItem], now: datetime) -> dict[Item, Description]:
    """What their custodians say of these; what is gone is left out."""
    found: dict[Item, Description] = {}
    for kind in {one.kind for one in kept}:
        same = [Item(kind, one.item_id) for one in kept if one.kind == kind]
        told = custody.custodian_of(kind).describe(same, now=now)
        found |= {one.item: one for one in told}
    return found


def is_kept(one: PlanItem, told: Description | None, now: datetime) -> bool:
    """Note in it what keeps it, and until when; False where nothing does."""
    if told is None:
        return False
    floor = told.kept_until
    if told.held or told.unfinished:
        one.ground = Ground.LEGAL if told.held else Ground.UNFINISHED
        one.until = now + wait(one.ground)
    elif floor is not None and floor > now:
        one.ground, one.until = Ground.DUTY, floor
    else:
        return False
    return True


def review(*, now: datetime) -> int:
    """Look at what was kept until now: what nothing keeps any more is to go.

    Returns how many plans are gone on with.
    """
    due = PlanItem.objects.filter(
        fate=Fate.KEPT, until__lte=now, plan__state=State.DONE
    )
    ids = due.values_list("plan", flat=True).order_by().distinct()
    return sum(_review(plan_id, now) for plan_id in ids)


@transaction.atomic
def _review(plan_id: UUID, now: datetime) -> bool:
    rows = RequestPlan.objects.select_for_update(of=("self",), no_key=True)
    found = rows.select_related("request").get(pk=plan_id)
    others = found.request.plans.filter(state__in=RequestPlan.OPEN)
    if found.state != State.DONE or others.exists():
        return False
    due = list(found.items.filter(fate=Fate.KEPT, until__lte=now).order_by("id"))
    free = _free(found, due, now)
    for one in free:
        one.treatment = Treatment.REDACT if one.in_part else Treatment.DESTROY
        one.ground, one.until, one.fate = "", None, Fate.PLANNED
    update_rows(due, ["treatment", "ground", "until", "fate"])
    if not free:
        return False
    found.traces.filter(Q(spared__gt=0) | Q(found__gt=0)).update(done_at=None)
    # less stays now: a restored database must not spare what went later
    found.state, found.ended_at, found.journalled_at = State.RUNNING, None, None
    found.save(update_fields=["state", "ended_at", "journalled_at"])
    facts: dict[str, Fact] = {"items": len(free)}
    log.append(Action.REQUEST_PLAN_RESUMED, subject=found.request, facts=facts)
    return True


def _free(
    found: RequestPlan, due: Collection[PlanItem], now: datetime
) -> list[PlanItem]:
    """Those that nothing keeps. Where the person alone is to be silenced and cannot be,
    it stays for the others who are on it."""
    why = described(due, now)
    free: list[PlanItem] = []
    for one in due:
        told = why.get(Item(one.kind, one.item_id))
        if is_kept(one, told, now):
            continue
        if (
            told
            and one.in_part
            and not redacting.is_possible(one, request=found.request, now=now)
        ):
            one.ground, one.until = Ground.OTHERS, now + AGAIN
        else:
            free.append(one)
    return free
