"""A purge that two people agreed to, carried out: the next ones of its list.

Each is judged once more under its lock: what a hold or a floor keeps, or what changed
since the list was frozen, is left alone and counted. What is not listed is never touched.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.custody import Item
from compliance.leases import FREE
from compliance.retention import holds, restrictions, stops
from recordings import destruction, ending, purges, summary
from recordings.models import Purge, PurgeItem, Recording

State = Purge.State
Fate = PurgeItem.Fate

AT_ONCE = 50
LEASE = timedelta(minutes=10)


def running() -> list[UUID]:
    """Ids of purges that no worker is at now."""
    rows = Purge.objects.filter(FREE, state=State.RUNNING)
    return list(rows.order_by("begun_at").values_list("pk", flat=True))


def advance(*, purge_id: UUID, now: datetime) -> bool:
    """Carry out the next ones of the list; returns whether there are more.

    May be repeated and done by two at once. While the sweep is paused or stopped nothing goes.
    """
    with _leased(purge_id) as purge:
        if purge is None or stops.halted(now=now):
            return False
        page = [
            *purge.items.filter(fate=Fate.GOING),
            *purge.items.filter(fate=Fate.LISTED).order_by("id")[:AT_ONCE],
        ]
        if not page:
            _done(purge, now)
            return False
        going = [item for item in page if _judge(item, now) == Fate.GOING]
        ids = [item.item_id for item in going]
        ended = destruction.destroy_several(ids=ids, reason=purges.KIND, now=now)
        _tell_fates(going, ended.failed)
    return True


@contextmanager
def _leased(purge_id: UUID) -> Iterator[Purge | None]:
    """The running purge for one worker alone; None where another has it. A worker that
    dies leaves it to the next one."""
    rows = Purge.objects.filter(id=purge_id, state=State.RUNNING)
    if rows.filter(FREE).update(claimed_until=Now() + LEASE) != 1:
        yield None
        return
    purge = Purge.objects.filter(id=purge_id)
    try:
        yield purge.get()
    except Exception:
        purge.update(claimed_until=None)
        raise
    purge.update(claimed_until=None)


@transaction.atomic
def _judge(item: PurgeItem, now: datetime) -> Fate:
    """Give one of the list its end, unless something keeps it; under its lock."""
    if item.fate == Fate.GOING:
        return Fate.GOING  # a worker died behind this line
    call = summary.locked(item.call_id)
    rows = Recording.objects.select_for_update(of=("self",)).select_related("call")
    part = rows.filter(id=item.item_id).first()
    fate = _fate(part, item, now)
    if part is not None and fate == Fate.GOING:
        ending.set_end([part], calls=[call], reason=purges.KIND, now=now)
    item.fate = fate
    item.save(update_fields=["fate"])
    return fate


def _fate(part: Recording | None, item: PurgeItem, now: datetime) -> Fate:
    if part is None or (part.state, part.expires_at) != (item.state, item.goes_at):
        return Fate.CHANGED
    if holds.keeps(Item(Recording.ITEM, part.id), now=now):
        return Fate.HELD
    if restrictions.is_restricted(Item(Recording.ITEM, part.id)):
        return Fate.STORED
    until = ending.kept_until(part)
    if until is not None and until > now:
        return Fate.FLOORED
    return Fate.GOING


def _tell_fates(going: Collection[PurgeItem], failed: Collection[UUID]) -> None:
    gone = Recording.objects.filter(
        id__in=[item.item_id for item in going], state=Recording.State.DESTROYED
    )
    destroyed = set(gone.values_list("id", flat=True))
    for item in going:
        if item.item_id in destroyed:
            item.fate = Fate.GONE
        elif item.item_id in failed:
            item.fate = Fate.FAILED
        else:  # in another's hands, or a hold came in between: the sweep sees to it
            item.fate = Fate.CHANGED
    PurgeItem.objects.bulk_update(going, ["fate"])


def _done(purge: Purge, now: datetime) -> None:
    with transaction.atomic():
        rows = Purge.objects.select_for_update(of=("self",), no_key=True)
        found = rows.filter(pk=purge.pk, state=State.RUNNING).first()
        if found is None:
            return
        purges.end(found, State.DONE, None, now)
        told = purges.fates(found)
        names = set(Fate) - {Fate.LISTED, Fate.GOING}
        facts: dict[str, Fact] = {one.value: told[one] for one in names}
        log.append(Action.PURGE_DONE, subject=found, facts=facts)
