"""The inventory: what lies in a store, compared with what the database knows, both ways.

A run is a row with the last key that was compared. Each step compares some thousand
keys more and writes down, in one transaction, what it found and how far it is; a worker
that dies in between leaves nothing half done, and the next one goes on from there. The
step itself holds no lock while it talks to the store: it holds a lease.

Between the two readings of a key things happen: a part is finished, another is
destroyed. So what differs is looked at once more, by itself, before it is written down.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.leases import FREE
from compliance.models import Person
from recordings import comparison, discrepancies, media_store
from recordings.comparison import Judgement, Kind, Pair
from recordings.media_store.errors import StoreError
from recordings.models import Discrepancy, Inventory, Recording

logger = logging.getLogger(__name__)

State = Inventory.State
STEP = 5000
"""Keys that are compared before the place is written down."""
LEASE = timedelta(minutes=10)
STALLED = timedelta(seconds=30)
"""A run that nobody has in hand for so long lost its worker or its task."""
MOST_FAILURES = 5
RESTS = timedelta(minutes=1)
"""After a failure, times the number of failures."""
_COUNTED = {
    Kind.ORPHAN: "orphans",
    Kind.LOST: "lost",
    Kind.ALTERED: "altered",
    Kind.EXTRA: "extra",
}


@dataclass
class _Step:
    """What one step has seen."""

    looked: int = 0
    keys: int = 0
    bytes: int = 0
    files: int = 0
    sound: int = 0
    young: int = 0
    reached: str = ""
    doubtful: list[UUID] = field(default_factory=list)
    found: list[tuple[Pair, Judgement]] = field(default_factory=list)

    @property
    def is_last(self) -> bool:
        """Whether both streams ended."""
        return self.looked < STEP


def begin(*, store: str, by: Person | None, now: datetime) -> Inventory:
    """Begin a run over a store; the one that runs already goes on.

    store: one of `stores()`. by: None for the schedule. Raises Refused.
    """
    if by is not None:
        policy.require(by, Verb.TAKE_INVENTORY)
    try:
        with transaction.atomic():
            run = Inventory.objects.create(
                store=store,
                asked_by=by,
                asked_at=now,
                moved_at=now,
                expected=comparison.count(store),
            )
            log.append(Action.INVENTORY_BEGUN, subject=run, actor=by)
            return run
    except IntegrityError:
        return Inventory.objects.get(store=store, state=State.RUNNING)


def advance(*, inventory_id: UUID, now: datetime) -> bool:
    """Compare the next keys of a run; whether there are more.

    False too where another worker has it. A store that does not answer is asked again
    later, and after some times in a row the run is given up.
    """
    lease = {"claimed_until": Now() + LEASE, "attempt": F("attempt") + 1}
    mine = Inventory.objects.filter(FREE, id=inventory_id, state=State.RUNNING)
    if mine.update(**lease) != 1:
        return False
    run = Inventory.objects.get(id=inventory_id)
    try:
        step = _compare(run, now)
    except StoreError as error:
        _stumbled(run, error, now)
        return False
    return _write_down(run, step, now)


def stores() -> list[str]:
    """The names of the stores that can be compared."""
    return media_store.names()


def wanted(*, now: datetime) -> list[str]:
    """The stores whose next run is due by the schedule."""
    every = settings.INVENTORY.every
    if every is None:
        return []
    lately = Inventory.objects.filter(asked_at__gt=now - every)
    done = set(lately.values_list("store", flat=True))
    return [name for name in stores() if name not in done]


def due(*, now: datetime, limit: int) -> list[UUID]:
    """Ids of runs that nobody has in hand."""
    rows = Inventory.objects.filter(
        FREE, state=State.RUNNING, moved_at__lt=now - STALLED
    )
    return list(rows.order_by("moved_at").values_list("id", flat=True)[:limit])


def last_done(store: str) -> Inventory | None:
    """The newest run over this store that came to its end."""
    rows = Inventory.objects.filter(store=store, state=State.DONE)
    return rows.order_by("-asked_at").first()


def _compare(run: Inventory, now: datetime) -> _Step:
    step = _Step()
    for pair in islice(_pairs(run.store, run.reached), STEP):
        _weigh(pair, step, now)
    step.found = [
        again
        for pair, _judged in step.found
        if (again := _confirmed(run.store, pair)) is not None
    ]
    return step


def _pairs(store: str, after: str) -> Iterator[Pair]:
    listed = media_store.store(store).listed(comparison.PREFIX, after=after)
    return comparison.pairs(listed, comparison.known(store, after=after))


def _weigh(pair: Pair, step: _Step, now: datetime) -> None:
    step.looked += 1
    step.reached = pair.key
    step.keys += bool(pair.stored.versions or pair.stored.markers)
    step.bytes += pair.stored.bytes
    step.files += pair.known is not None
    judged = comparison.judge(pair)
    if judged is None:
        step.sound += pair.known is not None and pair.known.has_to_be_there
    elif judged.kind == Kind.ORPHAN and _is_young(pair, now):
        step.young += 1
    else:
        step.found.append((pair, judged))
    if comparison.has_other_tag(pair) and pair.known:
        step.doubtful.append(pair.known.recording)


def _is_young(pair: Pair, now: datetime) -> bool:
    written = pair.stored.modified_at
    return written is not None and written > now - settings.INVENTORY.grace


def _confirmed(store: str, pair: Pair) -> tuple[Pair, Judgement] | None:
    """The same key once more, from both sides, now."""
    listed = media_store.store(store).listed(pair.key)
    same = (one for one in listed if one.key == pair.key)
    known = comparison.known_at(store, pair.key)
    again = next(comparison.pairs(same, iter([known] if known else [])), None)
    judged = comparison.judge(again) if again else None
    return (again, judged) if again and judged else None


def _write_down(run: Inventory, step: _Step, now: datetime) -> bool:
    with transaction.atomic():
        mine = Inventory.objects.select_for_update().filter(
            id=run.id, attempt=run.attempt, state=State.RUNNING
        )
        current = mine.first()
        if current is None:
            return False
        discrepancies.note(step.found, store=run.store, now=now, inventory=current)
        Recording.objects.filter(id__in=step.doubtful).update(verify_at=now)
        _move(current, step, now)
        if step.is_last:
            _finish(current, now)
        current.save()
    return current.state == State.RUNNING


def _move(run: Inventory, step: _Step, now: datetime) -> None:
    for name in ("keys", "bytes", "files", "sound", "young"):
        setattr(run, name, getattr(run, name) + getattr(step, name))
    for _pair, judged in step.found:
        name = _COUNTED[judged.kind]
        setattr(run, name, getattr(run, name) + 1)
    run.reached = step.reached or run.reached
    run.failures, run.moved_at, run.claimed_until = 0, now, None


def _finish(run: Inventory, now: datetime) -> None:
    """The end: what earlier runs found and this one did not is over."""
    run.state, run.done_at = State.DONE, now
    earlier = Discrepancy.objects.filter(store=run.store, inventory__isnull=False)
    gone = discrepancies.over(earlier.exclude(inventory=run), now=now)
    counted = {name: getattr(run, name) for name in _COUNTED.values()}
    facts: dict[str, Fact] = {"keys": run.keys, "sound": run.sound, "over": gone}
    log.append(Action.INVENTORY_DONE, subject=run, facts={**facts, **counted})


def _stumbled(run: Inventory, error: StoreError, now: datetime) -> None:
    logger.warning(
        "inventory.store", extra={"run": str(run.id), "error": type(error).__name__}
    )
    with transaction.atomic():
        rows = Inventory.objects.filter(id=run.id, attempt=run.attempt)
        failures = run.failures + 1
        rows.update(
            failures=failures, claimed_until=None, moved_at=now + RESTS * failures
        )
        if failures < MOST_FAILURES:
            return
        reason = type(error).__name__[:60]
        rows.update(state=State.FAILED, reason=reason, done_at=now)
        log.append(Action.INVENTORY_FAILED, subject=run, facts={"reason": reason})
