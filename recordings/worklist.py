"""Which parts want a worker now, and the lease by which one worker takes one.

A claim is a lease by the database's clock: a worker that dies frees its part by dying,
one that comes back late changes nothing, because the part's attempt has gone on.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.leases import FREE
from recordings.models import Call, Recording, Room

State = Recording.State

LEASE = timedelta(seconds=120)
"""Longer than the longest start (75 s), so that a lease ends only with its worker."""
QUIET = timedelta(seconds=45)
"""A part is left alone for so long after it was planned."""
ASKABLE = (State.STARTING, State.UNCLEAR, State.RECORDING, State.STOPPING)
"""States in which LiveKit can be asked about a part."""


def claim(
    recording_id: UUID,
    *conditions: Q,
    change: dict[str, Any] | None = None,
    action: Action | None = None,
) -> Recording | None:
    """Lease a row for this worker by the database's clock; None when it is taken.

    action: what the worker is about to do outside, entered in the audit log first.
    """
    with transaction.atomic():
        rows = Recording.objects.filter(FREE, *conditions, id=recording_id)
        lease = {"claimed_until": Now() + LEASE, "attempt": F("attempt") + 1}
        if rows.update(**lease, **(change or {})) != 1:
            return None
        part = Recording.objects.select_related("call__room", "call__team").get(
            id=recording_id
        )
        if action is not None:
            facts: dict[str, Fact] = {"part": part.part}
            if action is Action.CAPTURE_STOP_BEGUN:
                facts["reason"] = part.stop_wanted
            log.append(action, subject=part, facts=facts)
        return part


def release(part: Recording, **change: Any) -> bool:
    """Write a result if the row is still ours; a late worker changes nothing."""
    mine = Recording.objects.filter(id=part.id, attempt=part.attempt)
    return mine.update(claimed_until=None, **change) == 1


def due(*, now: datetime, limit: int) -> list[tuple[UUID, str]]:
    """Open parts that want attention: (id, 'begin' | 'stop' | 'resolve')."""
    rows = (
        Recording.objects.filter(state__in=Recording.OPEN)
        .filter(FREE, Q(due_at__lte=now) | Q(claimed_until__lt=Now()))
        .order_by("due_at")
        .values_list("id", "state", "stop_wanted")[:limit]
    )
    return [(pk, _next_step(state, wanted)) for pk, state, wanted in rows]


def _next_step(state: str, stop_wanted: str) -> str:
    if state == State.PLANNED:
        return "begin"
    if state == State.RECORDING and stop_wanted:
        return "stop"
    return "resolve"


def rooms(*, now: datetime, limit: int) -> list[str]:
    """Rooms with a live call or an open part, those first that waited longest.

    Each is marked as looked into, so that all have their turn, however many there are.
    """
    live = Call.objects.filter(ended_at=None).order_by().values("room_id")
    recorded = Recording.objects.filter(state__in=Recording.OPEN)
    busy = live.union(recorded.order_by().values("call__room_id"))
    waiting = Room.objects.filter(sid__in=busy).order_by(
        F("looked_at").asc(nulls_first=True), "sid"
    )
    sids = list(waiting.values_list("sid", flat=True)[:limit])
    for sid in sids:  # one by one: never two rooms' locks at a time
        Room.objects.filter(sid=sid).update(looked_at=now)
    return sids


def quiet_parts(*, room_sid: str, now: datetime) -> list[UUID]:
    """Ids of the room's open parts that LiveKit should be asked about: webhooks may be
    missing."""
    rows = Recording.objects.filter(
        call__room=room_sid, state__in=ASKABLE, planned_at__lt=now - QUIET
    )
    return list(rows.order_by("planned_at").values_list("id", flat=True))
