"""A plan that two people agreed to, carried out page by page.

The journal first; then things are destroyed, each judged once more under its lock; then
the rows about the person go, kind by kind. Every step is a row in a state: a worker that
dies leaves the plan to the next one, which does the same again. What is kept is looked at
on its day, and goes by itself when nothing keeps it any more.
"""

from collections.abc import Collection, Iterator
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
from compliance.custody import Ending, Item, Order
from compliance.leases import FREE
from compliance.models import (
    DestructionReceipt,
    PlanItem,
    RequestPlan,
    SubjectRequest,
)
from compliance.requests import (
    erasure_journal,
    externals,
    plan_contents,
    redacting,
    subject,
    traces,
)
from compliance.retention import restrictions, stops

State = RequestPlan.State
Treatment = PlanItem.Treatment
Ground = PlanItem.Ground
Fate = PlanItem.Fate

ORDER = Order(reason=restrictions.BY_REQUEST)
AT_ONCE = 50
ROWS = 500
LEASE = timedelta(minutes=10)
AGAIN = timedelta(days=1)
"""What something keeps without an end that is known is looked at so often."""
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
    stays.filter(until=None).update(until=now + AGAIN)
    stays.update(fate=Fate.KEPT)
    found.journalled_at = now
    found.save(update_fields=["journalled_at", "commitments"])


def _page(found: RequestPlan) -> list[PlanItem]:
    """What a worker that died had in hand, and the next ones; at last what failed."""
    rows = found.items.order_by("id")
    planned = rows.filter(fate=Fate.PLANNED)
    page = [
        *rows.filter(fate=Fate.GOING),
        *planned.exclude(treatment=Treatment.REDACT)[:AT_ONCE],
    ]
    # sound is written anew for minutes: one at a time, within the lease
    page = page or list(planned[:1])
    return page or list(rows.filter(fate=Fate.FAILED)[:AT_ONCE])


def _destroy(found: RequestPlan, page: Collection[PlanItem], now: datetime) -> bool:
    was_failed = all(one.fate == Fate.FAILED for one in page)
    by_kind: dict[str, list[PlanItem]] = {}
    for one in page:
        if one.treatment == Treatment.REDACT:
            redacting.carry_out(one, request=found.request, now=now)
        elif _judged(one, now) == Fate.GOING:
            by_kind.setdefault(one.kind, []).append(one)
    for kind, going in by_kind.items():
        items = [Item(kind, one.item_id) for one in going]
        custody.custodian_of(kind).destroy(items, ORDER, now=now)
        _tell_fates(kind, going)
    return not was_failed


@transaction.atomic
def _judged(one: PlanItem, now: datetime) -> Fate:
    """Give it its end, unless something keeps it by now."""
    item = Item(one.kind, one.item_id)
    ending = custody.custodian_of(one.kind).end(item, ORDER, now=now)
    if ending in (Ending.HELD, Ending.FLOORED):
        ground = Ground.LEGAL if ending == Ending.HELD else Ground.DUTY
        one.treatment, one.ground = Treatment.KEEP, ground
        one.fate, one.until = Fate.KEPT, now + AGAIN
    else:
        one.fate = Fate.GONE if ending == Ending.GONE else Fate.GOING
    one.save(update_fields=["treatment", "ground", "fate", "until"])
    return Fate(one.fate)


def _tell_fates(kind: str, going: Collection[PlanItem]) -> None:
    ids = [one.item_id for one in going]
    receipts = DestructionReceipt.objects.filter(item_kind=kind, item_id__in=ids)
    gone = set(receipts.values_list("item_id", flat=True))
    for one in going:
        one.fate = Fate.GONE if one.item_id in gone else Fate.FAILED
    PlanItem.objects.bulk_update(going, ["fate"])


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


@transaction.atomic
def _review(plan_id: UUID, now: datetime) -> bool:
    rows = RequestPlan.objects.select_for_update(of=("self",), no_key=True)
    found = rows.select_related("request").get(pk=plan_id)
    others = found.request.plans.filter(state__in=RequestPlan.OPEN)
    if found.state != State.DONE or others.exists():
        return False
    due = list(found.items.filter(fate=Fate.KEPT, until__lte=now).order_by("id"))
    free = [one for one in due if not _still_kept(one, found.request, now)]
    for one in free:
        one.treatment = Treatment.REDACT if one.in_part else Treatment.DESTROY
        one.ground, one.until, one.fate = "", None, Fate.PLANNED
    PlanItem.objects.bulk_update(due, ["treatment", "ground", "until", "fate"])
    if not free:
        return False
    found.traces.filter(Q(spared__gt=0) | Q(found__gt=0)).update(done_at=None)
    # less stays now: a restored database must not spare what went later
    found.state, found.ended_at, found.journalled_at = State.RUNNING, None, None
    found.save(update_fields=["state", "ended_at", "journalled_at"])
    facts: dict[str, Fact] = {"items": len(free)}
    log.append(Action.REQUEST_PLAN_RESUMED, subject=found.request, facts=facts)
    return True


def _still_kept(one: PlanItem, request: SubjectRequest, now: datetime) -> bool:
    item = Item(one.kind, one.item_id)
    told = custody.custodian_of(one.kind).describe([item], now=now)
    for found in told:
        floor = found.kept_until
        if found.held:
            one.ground, one.until = Ground.LEGAL, now + AGAIN
        elif floor is not None and floor > now:
            one.ground, one.until = Ground.DUTY, floor
        elif one.in_part and not redacting.is_possible(one, request=request, now=now):
            one.ground, one.until = Ground.OTHERS, now + AGAIN
        else:
            return False
        return True
    return False
