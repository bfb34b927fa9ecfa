"""The time of a part, ended by a decision of people: a purge, or a person who asks."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Case, When
from django.db.models.functions import Coalesce, Greatest

from compliance.audit import log
from compliance.audit.actions import Action
from compliance.custody import Description, Ending, Item
from compliance.retention.periods import OPEN_END
from recordings import keeping, kept, summary
from recordings.models import Call, Recording

State = Recording.State
_WHOLE = (*keeping.DATED, State.LOST)
"""States of what can have an end; the others are still being written or looked for."""
_NOTHING = (State.DESTROYED, State.ABORTED)


def kept_until(part: Recording) -> datetime | None:
    """The latest floor of a part: of its policies, and of the store's own lock."""
    return max(filter(None, (part.keep_until, part.locked_until)), default=None)


@transaction.atomic
def end(
    part_ids: Collection[UUID], *, reason: str, now: datetime
) -> dict[UUID, Ending]:
    """Give parts their end now, unless a hold or a floor keeps one; under their locks,
    all or none. Of each what came of it.

    May be repeated: what has its end already, or is being destroyed, goes on.
    """
    found = Recording.objects.filter(id__in=part_ids)
    calls = summary.locked_several(set(found.values_list("call", flat=True)))
    rows = found.select_for_update(of=("self",)).select_related("call")
    parts = list(rows.order_by("call", "part"))
    waiting = [part.id for part in parts if part.state in _WHOLE]
    keeps = kept.from_destruction(waiting, reason=reason, now=now)
    told = dict.fromkeys(part_ids, Ending.GONE)
    told |= {part.id: _judge(part, keeps, now) for part in parts}
    goes = [part for part in parts if told[part.id] == Ending.GOING]
    fresh = [part for part in goes if part.state != State.EXPIRED]
    set_end(fresh, calls=calls, reason=reason, now=now)
    return told


def set_end(
    parts: Collection[Recording],
    *,
    calls: Collection[Call],
    reason: str,
    now: datetime,
) -> None:
    """The time of these is over, no grace follows, and the log says why. The caller holds
    their locks, and those of their calls."""
    if not parts:
        return
    rows = Recording.objects.filter(id__in=[part.id for part in parts])
    rows.update(expires_at=now, gone_by=None, spared_until=None)
    facts = {"reason": reason}
    log.append_several(Action.RECORDING_EXPIRED, [(part, facts) for part in parts])
    touched = {part.call_id for part in parts}
    summary.refresh_several([call for call in calls if call.id in touched])


def describe(part_ids: Collection[UUID], *, now: datetime) -> list[Description]:
    """What an officer has to know of these parts, the oldest first."""
    rows = Recording.objects.filter(id__in=part_ids).exclude(state__in=_NOTHING)
    told = rows.order_by("call__started_at", "part").values_list(
        "id",
        "call",
        "call__team",
        "call__started_at",
        Coalesce("bytes", 0),
        Case(
            When(kept.from_request(now), then=True),
            When(keep_until=OPEN_END, then=True),  # its clock stands still
            default=False,
        ),
        Greatest("keep_until", "locked_until"),
        Case(When(state__in=(*_WHOLE, State.EXPIRED), then=False), default=True),
    )
    return [Description(Item(Recording.ITEM, pk), *rest) for pk, *rest in told]


def judge(part: Recording, *, reason: str, now: datetime) -> Ending:
    """What would become of a part that is to end now; asked under its lock, for sure."""
    return _judge(part, kept.from_destruction([part.id], reason=reason, now=now), now)


def _judge(part: Recording, keeps: Collection[UUID], now: datetime) -> Ending:
    if part.state in _NOTHING:
        return Ending.GONE
    if part.state == State.EXPIRED:
        return Ending.GOING
    if part.state not in _WHOLE:
        return Ending.UNFINISHED
    if part.id in keeps:
        return Ending.HELD
    until = kept_until(part)
    return Ending.FLOORED if until is not None and until > now else Ending.GOING
