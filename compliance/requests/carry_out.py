"""A plan that two people agreed to, carried out page by page.

The journal first; then things are destroyed, each judged once more under its lock; then
the rows about the person go, kind by kind. Every step is a row in a state: a worker that
dies leaves the plan to the next one, which does the same again. What is kept is looked at
on its day, and goes by itself when nothing keeps it any more.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from compliance import custody
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.custody import Description, Ending, Item, Order
from compliance.leases import FREE
from compliance.models import DestructionReceipt, PlanItem, RequestPlan
from compliance.models.statements import update_rows
from compliance.requests import erasure_journal, plan_contents, subject, traces
from compliance.retention import restrictions, stops

logger = logging.getLogger(__name__)

State = RequestPlan.State
Treatment = PlanItem.Treatment
Ground = PlanItem.Ground
Fate = PlanItem.Fate

ORDER = Order(reason=restrictions.BY_REQUEST)
KEPT_BY = {
    Ending.HELD: Ground.LEGAL,
    Ending.FLOORED: Ground.DUTY,
    Ending.UNFINISHED: Ground.UNFINISHED,
}
AT_ONCE = 200
"""So many things go together; after these the pause is asked about again."""
ROWS = 500
LEASE = timedelta(minutes=10)
AGAIN, SOON = timedelta(days=1), timedelta(minutes=10)
"""What something keeps without an end that is known is looked at so often; what is still
being recorded, so soon."""
_OPEN = (Fate.PLANNED, Fate.GOING, Fate.FAILED)


def running() -> list[UUID]:
    """Ids of plans that no worker is at now."""
    rows = RequestPlan.objects.filter(FREE, state=State.RUNNING)
    return list(rows.order_by("begun_at").values_list("pk", flat=True))


def advance(*, plan_id: UUID, now: datetime) -> bool:
    """Carry out the next step of a plan; returns whether there is more to do at once.

    May be repeated and done by two at once. While the sweep is paused or stopped nothing
    goes. Raises what a custodian raises; the plan is then gone on with later.
    """
    with _leased(plan_id) as found:
        if found is None or stops.halted(now=now):
            return False
        if found.journalled_at is None:
            _tell_first(found, now)
        page = _page(found)
        if page:
            return _destroy(page, now)
        if found.items.filter(fate__in=_OPEN).exists():
            return False  # what failed is tried again with the next beat
        if _erase_rows(found, now):
            return True
        _done(found, now)
    return False


def review(*, now: datetime) -> int:
    """Look at what was kept until now: what nothing keeps any more is to go.

    Returns how many plans are gone on with.
    """
    due = PlanItem.objects.filter(
        fate=Fate.KEPT, until__lte=now, plan__state=State.DONE
    )
    ids = due.values_list("plan", flat=True).order_by().distinct()
    return sum(_review(plan_id, now) for plan_id in ids)


@contextmanager
def _leased(plan_id: UUID) -> Iterator[RequestPlan | None]:
    """The running plan for one worker alone; None where another has it. A worker that
    dies leaves it to the next one."""
    rows = RequestPlan.objects.filter(id=plan_id, state=State.RUNNING)
    lease = {"claimed_until": Now() + LEASE, "attempt": F("attempt") + 1}
    if rows.filter(FREE).update(**lease) != 1:
        yield None
        return
    found = RequestPlan.objects.select_related("request").get(id=plan_id)
    try:
        yield found
    finally:
        mine = RequestPlan.objects.filter(id=plan_id, attempt=found.attempt)
        mine.update(claimed_until=None)


@transaction.atomic
def _tell_first(found: RequestPlan, now: datetime) -> None:
    """What a restored database would have forgotten; and what stays, stays from now."""
    erasure_journal.write(found, now=now)
    stays = found.items.filter(treatment=Treatment.KEEP, fate=Fate.PLANNED)
    undated = stays.filter(until=None)
    undated.filter(ground=Ground.UNFINISHED).update(until=now + SOON)
    undated.filter(until=None).update(until=now + AGAIN)
    stays.update(fate=Fate.KEPT)
    found.journalled_at = now
    found.save(update_fields=["journalled_at", "commitments"])


def _page(found: RequestPlan) -> list[PlanItem]:
    """What a worker that died had in hand, and the next ones; at last what failed."""
    rows = found.items.order_by("id")
    page = list(rows.filter(fate=Fate.GOING)[:AT_ONCE])
    page += rows.filter(fate=Fate.PLANNED)[: AT_ONCE - len(page)]
    return page or list(rows.filter(fate=Fate.FAILED)[:AT_ONCE])


def _destroy(page: Sequence[PlanItem], now: datetime) -> bool:
    """Returns whether to go on at once: what failed before and again waits a beat."""
    was_failed = all(one.fate == Fate.FAILED for one in page)
    for kind in dict.fromkeys(one.kind for one in page):
        going = _going(kind, [one for one in page if one.kind == kind], now)
        if going:
            items = [Item(kind, one.item_id) for one in going]
            custody.custodian_of(kind).destroy(items, ORDER, now=now)
            _tell_fates(kind, going)
    return not was_failed or any(one.fate == Fate.GONE for one in page)


def _going(kind: str, page: Sequence[PlanItem], now: datetime) -> list[PlanItem]:
    """Those that nothing keeps by now. Where all at once fails, each by itself: one that
    is broken is found, and holds up none of the others."""
    try:
        return _judged(kind, page, now)
    except Exception:  # noqa: BLE001  each is tried again, and tells what it is
        logger.warning("request_plan.one_by_one", extra={"items": len(page)})
    going: list[PlanItem] = []
    for one in page:
        try:
            going += _judged(kind, [one], now)
        except Exception as error:  # noqa: BLE001  tried again with the next beat
            facts = {"item": str(one.item_id), "error": type(error).__name__}
            logger.warning("request_plan.failed", extra=facts)
            PlanItem.objects.filter(pk=one.pk).update(fate=Fate.FAILED)
    return going


@transaction.atomic
def _judged(kind: str, page: Sequence[PlanItem], now: datetime) -> list[PlanItem]:
    """Give these their end, unless something keeps one by now; returns those that go."""
    items = [Item(kind, one.item_id) for one in page]
    told = custody.custodian_of(kind).end(items, ORDER, now=now)
    stays = [item for item, ending in told.items() if ending in KEPT_BY]
    why = _described(stays, now)
    for one, item in zip(page, items, strict=True):
        if (ending := told[item]) in KEPT_BY:
            one.treatment, one.fate = Treatment.KEEP, Fate.KEPT
            if not _stays(one, why.get(item), now):
                one.ground = KEPT_BY[ending]
                one.until = now + _wait(one.ground)
        else:
            one.fate = Fate.GONE if ending == Ending.GONE else Fate.GOING
    update_rows(page, ["treatment", "ground", "fate", "until"])
    return [one for one in page if one.fate == Fate.GOING]


def _wait(ground: str) -> timedelta:
    return SOON if ground == Ground.UNFINISHED else AGAIN


def _tell_fates(kind: str, going: Sequence[PlanItem]) -> None:
    ids = [one.item_id for one in going]
    receipts = DestructionReceipt.objects.filter(item_kind=kind, item_id__in=ids)
    gone = set(receipts.values_list("item_id", flat=True))
    for one in going:
        one.fate = Fate.GONE if one.item_id in gone else Fate.FAILED
    update_rows(going, ["fate"])


def _erase_rows(found: RequestPlan, now: datetime) -> bool:
    """Erase the next rows; returns whether there may be more."""
    listed = {one.kind: one for one in found.traces.filter(done_at=None)}
    person = subject.of(found.request, before=found.frozen_at)
    spare = plan_contents.spared(found)
    for kept in traces.registered():
        if (row := listed.get(kept.kind)) is None:
            continue
        rows = kept.erase(person, spare=spare, now=now, limit=ROWS)
        row.erased += rows
        row.done_at = None if rows else now
        row.save(update_fields=["erased", "done_at"])
        if rows:
            return True
    return False


@transaction.atomic
def _done(found: RequestPlan, now: datetime) -> None:
    rows = RequestPlan.objects.select_for_update(of=("self",), no_key=True)
    row = rows.filter(pk=found.pk, state=State.RUNNING).first()
    if row is None:
        return
    row.state, row.ended_at = State.DONE, now
    row.save(update_fields=["state", "ended_at"])
    told = plan_contents.fates(row)
    facts: dict[str, Fact] = {
        "gone": told[Fate.GONE],
        "kept": told[Fate.KEPT],
        "rows": sum(row.traces.values_list("erased", flat=True)),
    }
    log.append(Action.REQUEST_PLAN_DONE, subject=found.request, facts=facts)


@transaction.atomic
def _review(plan_id: UUID, now: datetime) -> bool:
    rows = RequestPlan.objects.select_for_update(of=("self",), no_key=True)
    found = rows.select_related("request").get(pk=plan_id)
    others = found.request.plans.filter(state__in=RequestPlan.OPEN)
    if found.state != State.DONE or others.exists():
        return False
    due = list(found.items.filter(fate=Fate.KEPT, until__lte=now).order_by("id"))
    why = _described([Item(one.kind, one.item_id) for one in due], now)
    free = [
        one for one in due if not _stays(one, why.get(Item(one.kind, one.item_id)), now)
    ]
    for one in free:
        one.treatment, one.ground, one.until = Treatment.DESTROY, "", None
        one.fate = Fate.PLANNED
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


def _described(items: Sequence[Item], now: datetime) -> dict[Item, Description]:
    """What their custodians say of these; what is gone is left out."""
    found: dict[Item, Description] = {}
    for kind in {item.kind for item in items}:
        same = [item for item in items if item.kind == kind]
        told = custody.custodian_of(kind).describe(same, now=now)
        found |= {one.item: one for one in told}
    return found


def _stays(one: PlanItem, told: Description | None, now: datetime) -> bool:
    """Write down what keeps it, and until when; False where nothing does."""
    if told is None:
        return False
    floor = told.kept_until
    if told.held or told.unfinished:
        one.ground = Ground.LEGAL if told.held else Ground.UNFINISHED
        one.until = now + _wait(one.ground)
    elif floor is not None and floor > now:
        one.ground, one.until = Ground.DUTY, floor
    else:
        return False
    return True
