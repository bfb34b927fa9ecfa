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
from recordings import keeping, kept, summary
from recordings.models import Recording

State = Recording.State
_WHOLE = (*keeping.DATED, State.LOST)
"""States of what can have an end; the others are still being written or looked for."""
_NOTHING = (State.DESTROYED, State.ABORTED)


def kept_until(part: Recording) -> datetime | None:
    """The latest floor of a part: of its policies, and of the store's own lock."""
    return max(filter(None, (part.keep_until, part.locked_until)), default=None)


@transaction.atomic
def end(part_id: UUID, *, reason: str, now: datetime) -> Ending:
    """Give a part its end now, unless a hold or a floor keeps it; under its lock.

    May be repeated: what has its end already, or is being destroyed, goes on.
    """
    found = Recording.objects.filter(id=part_id).values_list("call", flat=True).first()
    if found is None:
        return Ending.GONE
    call = summary.locked(found)
    rows = Recording.objects.select_for_update(of=("self",)).select_related("call")
    part = rows.get(id=part_id)
    ending = judge(part, reason, now)
    if ending == Ending.GOING and part.state != State.EXPIRED:
        set_end(part, now=now)
        log.append(Action.RECORDING_EXPIRED, subject=part, facts={"reason": reason})
        summary.refresh(call)
    return ending


def set_end(part: Recording, *, now: datetime) -> None:
    """Its time is over, and no grace follows. The caller holds its lock."""
    part.expires_at, part.gone_by, part.spared_until = now, None, None
    part.save(update_fields=["expires_at", "gone_by", "spared_until"])


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
            When(state__in=(*_WHOLE, State.EXPIRED), then=False),
            default=True,
        ),
        Greatest("keep_until", "locked_until"),
    )
    return [
        Description(Item(Recording.ITEM, pk), call, team, at, size, held, until)
        for pk, call, team, at, size, held, until in told
    ]


def judge(part: Recording, reason: str, now: datetime) -> Ending:
    """What would become of a part that is to end now; asked under its lock, for sure."""
    if part.state in _NOTHING:
        return Ending.GONE
    if part.state == State.EXPIRED:
        return Ending.GOING
    if part.state not in _WHOLE:
        return Ending.HELD
    if kept.from_destruction([part.id], reason=reason, now=now):
        return Ending.HELD
    until = kept_until(part)
    return Ending.FLOORED if until is not None and until > now else Ending.GOING
