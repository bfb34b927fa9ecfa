"""A plan that two people agreed to, carried out page by page.

The journal first; then things are destroyed, each judged once more under its lock; then
the rows about the person go, kind by kind. Every step is a row in a state: a worker that
dies leaves the plan to the next one, which does the same again. What is kept waits for its
day (`plan_keeping`).
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from compliance import custody
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.custody import Ending, Item, Order
from compliance.leases import FREE
from compliance.models import DestructionReceipt, PlanItem, RequestPlan
from compliance.models.statements import update_rows
from compliance.requests import (
    erasure_journal,
    externals,
    plan_contents,
    plan_keeping,
    redacting,
    subject,
    traces,
)
from compliance.retention import restrictions, stops

logger = logging.getLogger(__name__)

State = RequestPlan.State
Treatment = PlanItem.Treatment
Ground = PlanItem.Ground
Fate = PlanItem.Fate

ORDER = Order(reason=restrictions.BY_REQUEST)
AT_ONCE = 200
"""So many things go together; after these the pause is asked about again."""
ROWS = 500
LEASE = timedelta(minutes=10)
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
            return _destroy(found, page, now)
        if found.items.filter(fate__in=_OPEN).exists():
            return False  # what failed is tried again with the next beat
        if _erase_rows(found, now):
            return True
        _done(found, now)
    return False


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
    undated.filter(ground=Ground.UNFINISHED).update(until=now + plan_keeping.SOON)
    undated.filter(until=None).update(until=now + plan_keeping.AGAIN)
    stays.update(fate=Fate.KEPT)
    found.journalled_at = now
    found.save(update_fields=["journalled_at", "commitments"])


def _page(found: RequestPlan) -> list[PlanItem]:
    """What a worker that died had in hand, and the next ones; at last what failed."""
    rows = found.items.order_by("id")
    planned = rows.filter(fate=Fate.PLANNED)
    page = list(rows.filter(fate=Fate.GOING)[:AT_ONCE])
    page += planned.exclude(treatment=Treatment.REDACT)[: AT_ONCE - len(page)]
    # sound is written anew for minutes: one at a time, within the lease
    page = page or list(planned[:1])
    return page or list(rows.filter(fate=Fate.FAILED)[:AT_ONCE])


def _destroy(found: RequestPlan, page: Sequence[PlanItem], now: datetime) -> bool:
    """Returns whether to go on at once: what failed before and again waits a beat."""
    was_failed = all(one.fate == Fate.FAILED for one in page)
    whole = [one for one in page if one.treatment != Treatment.REDACT]
    for one in page:
        if one.treatment == Treatment.REDACT:
            redacting.carry_out(one, request=found.request, now=now)
    for kind in dict.fromkeys(one.kind for one in whole):
        going = _going(kind, [one for one in whole if one.kind == kind], now)
        if going:
            items = [Item(kind, one.item_id) for one in going]
            custody.custodian_of(kind).destroy(items, ORDER, now=now)
            _tell_fates(kind, going)
    ended = (Fate.GONE, Fate.REDACTED)
    return not was_failed or any(one.fate in ended for one in page)


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
    kept = [
        one for one, it in zip(page, items, strict=True) if told[it] in plan_keeping.BY
    ]
    why = plan_keeping.described(kept, now)
    for one, item in zip(page, items, strict=True):
        if (ending := told[item]) in plan_keeping.BY:
            one.treatment, one.fate = Treatment.KEEP, Fate.KEPT
            if not plan_keeping.is_kept(one, why.get(item), now):
                one.ground = plan_keeping.BY[ending]
                one.until = now + plan_keeping.wait(one.ground)
        else:
            one.fate = Fate.GONE if ending == Ending.GONE else Fate.GOING
    update_rows(page, ["treatment", "ground", "fate", "until"])
    return [one for one in page if one.fate == Fate.GOING]


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
    stays, redacted = plan_contents.spared(found), plan_contents.redacted(found)
    for kept in traces.registered():
        if (row := listed.get(kept.kind)) is None:
            continue
        spare = traces.spared(kept, stays, redacted)
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
    externals.count_anew(request=found.request, now=now)
    told = plan_contents.fates(row)
    facts: dict[str, Fact] = {
        "gone": told[Fate.GONE],
        "redacted": told[Fate.REDACTED],
        "kept": told[Fate.KEPT],
        "rows": sum(row.traces.values_list("erased", flat=True)),
    }
    log.append(Action.REQUEST_PLAN_DONE, subject=found.request, facts=facts)
