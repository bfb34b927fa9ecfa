"""Carries out what `capture` decided: asks LiveKit to record, to stop, and what it does.

Each step holds a lease on the part's row, so that a worker may die at any line:

- Row and key were committed before LiveKit is asked. A start whose answer was lost is
  looked up by its key: never a second recorder, never a forgotten one.
- A stop waits until LiveKit records: stopped earlier, a start is aborted without a file.
- What LiveKit says of an egress goes through `progress`, whoever heard it.
"""

import logging
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from compliance.audit import log
from compliance.audit.actions import Action, Fact
from recordings import alerts, media_store, progress, summary
from recordings.livekit import client
from recordings.livekit.facts import EgressFacts
from recordings.media_store.base import EgressUpload
from recordings.models import Alert, Call, Recording

logger = logging.getLogger(__name__)

State = Recording.State

LEASE = timedelta(seconds=120)
"""Longer than the longest start (75 s), so that a lease ends only with its worker."""
START_SETTLES = timedelta(seconds=120)
"""After this an unanswered start that LiveKit does not list was never made."""
MOST_STARTS = 4
_ASKABLE = (State.STARTING, State.UNCLEAR, State.RECORDING, State.STOPPING)


def begin(*, recording_id: UUID, now: datetime) -> None:
    """Ask LiveKit to record a planned part. Takes up to 75 s: for a worker only.

    Another worker's claim, or a state past planning, makes this a no-op.
    """
    part = _claim(
        recording_id,
        (State.PLANNED,),
        becomes=State.STARTING,
        action=Action.CAPTURE_BEGUN,
    )
    if part is None:
        return
    try:
        facts = client.start_recording(
            room_name=part.call.room.name,
            key=part.object_key,
            separate_sides=part.separate_sides,
            upload=_upload(part),
        )
    except client.StartRefused as refused:
        _refused(part, refused, now)
    except client.StartUnclear:
        _release(part, state=State.UNCLEAR, due_at=now + timedelta(seconds=3))
        _append(part, Action.CAPTURE_UNCLEAR, reason="no_answer")
    else:
        _apply(part, facts, now)
        _append(part, Action.CAPTURE_STARTED, egress=facts.egress_id)


def _upload(part: Recording) -> EgressUpload | None:
    """What Egress is told about the store: nothing where it has its own settings."""
    target = media_store.store(part.store).upload_target()
    return None if target is None or target.credentials == "own" else target


def _claim(
    recording_id: UUID,
    states: tuple[State, ...],
    *,
    becomes: State | None = None,
    action: Action | None = None,
) -> Recording | None:
    """Lease a row for this worker by the database's clock; None when it is taken.

    action: what the worker is about to do outside, entered in the audit log first.
    """
    with transaction.atomic():
        rows = Recording.objects.filter(
            Q(claimed_until=None) | Q(claimed_until__lt=Now()),
            id=recording_id,
            state__in=states,
        )
        change: dict[str, Any] = {
            "claimed_until": Now() + LEASE,
            "attempt": F("attempt") + 1,
        }
        if becomes is not None:
            change["state"] = becomes
        if rows.update(**change) != 1:
            return None
        part = Recording.objects.select_related("call__room", "call__team").get(
            id=recording_id
        )
        if action is Action.CAPTURE_BEGUN:
            log.append(action, subject=part, facts={"part": part.part})
        elif action is not None:
            facts: dict[str, Fact] = {"part": part.part, "reason": part.stop_wanted}
            log.append(action, subject=part, facts=facts)
        return part


def _release(part: Recording, **change: Any) -> bool:
    """Write a result if the row is still ours; a late worker changes nothing."""
    mine = Recording.objects.filter(id=part.id, attempt=part.attempt)
    return mine.update(claimed_until=None, **change) == 1


def _append(part: Recording, action: Action, **facts: Fact) -> None:
    with transaction.atomic():
        log.append(action, subject=part, facts={"part": part.part, **facts})


def _refused(part: Recording, refused: client.StartRefused, now: datetime) -> None:
    reason = refused.reason.value
    again = refused.retryable and part.attempt < MOST_STARTS
    logger.warning(
        "capture.refused",
        extra={"recording": str(part.id), "reason": reason, "again": again},
    )
    with transaction.atomic():
        call = summary.locked(part.call_id)
        if again:
            due_at = now + timedelta(seconds=2**part.attempt)
            _release(part, state=State.PLANNED, due_at=due_at)
        else:
            _release(part, state=State.FAILED, reason=reason, due_at=None)
            _give_up(part, call, reason, now)
        log.append(
            Action.CAPTURE_FAILED,
            subject=part,
            facts={"part": part.part, "reason": reason},
        )


def _give_up(part: Recording, call: Call, reason: str, now: datetime) -> None:
    alerts.open_once(
        Alert.Kind.NOT_RECORDED,
        subject=str(call.id),
        now=now,
        call=call,
        recording=part,
        detail=reason,
    )
    summary.refresh(call)


def _apply(part: Recording, facts: EgressFacts, now: datetime) -> None:
    """Take over what LiveKit answered, under the row lock: a webhook may have been first."""
    with transaction.atomic():
        call = summary.locked(part.call_id)
        row = Recording.objects.select_for_update().get(id=part.id)
        row.claimed_until = None
        row.due_at = now if row.stop_wanted else None
        progress.apply_egress(row, facts, now=now)
        row.save()
        summary.refresh(call)


def stop(*, recording_id: UUID, now: datetime) -> None:
    """Ask LiveKit to end a part that is being recorded; before ACTIVE it waits."""
    part = _claim(recording_id, (State.RECORDING,), action=Action.CAPTURE_STOP_BEGUN)
    if part is None:
        return
    try:
        facts = client.stop(part.egress_id)
    except client.AlreadyEnded:
        _release(part, due_at=now)
        resolve(recording_id=recording_id, now=now)
    except client.EgressUnknown:
        _forgotten(part, now)
    except client.LiveKitUnavailable:
        _release(part, due_at=now + timedelta(seconds=5))
        _append(part, Action.CAPTURE_STOP_FAILED, reason="no_answer")
    else:
        _apply(part, facts, now)
        _append(part, Action.CAPTURE_STOPPED, reason=part.stop_wanted)


def resolve(*, recording_id: UUID, now: datetime) -> UUID | None:
    """Ask LiveKit what became of an open part, and apply the answer like a webhook.

    Returns the call to reconsider, or None when another worker holds the part.
    """
    part = _claim(recording_id, _ASKABLE)
    if part is None:
        return None
    try:
        facts = _look_up(part)
    except client.LiveKitUnavailable:
        _release(part, due_at=now + timedelta(seconds=10))
        return part.call_id
    if facts is not None:
        _apply(part, facts, now)
    elif part.egress_id:
        _forgotten(part, now)
    else:
        _not_listed(part, now)
    return part.call_id


def _look_up(part: Recording) -> EgressFacts | None:
    """By id, else by our key among the recordings of the room."""
    if part.egress_id:
        return next(iter(client.find(egress_id=part.egress_id)), None)
    listed = client.find(room_name=part.call.room.name)
    return next((f for f in listed if f.request_filepath == part.object_key), None)


def _not_listed(part: Recording, now: datetime) -> None:
    """LiveKit lists no egress with our key: too early to tell, or never started."""
    if now - part.planned_at < START_SETTLES:
        _release(part, state=State.UNCLEAR, due_at=now + timedelta(seconds=5))
        return
    with transaction.atomic():
        call = summary.locked(part.call_id)
        _release(part, state=State.FAILED, reason="never_started", due_at=None)
        _give_up(part, call, "never_started", now)
        log.append(
            Action.CAPTURE_FAILED,
            subject=part,
            facts={"part": part.part, "reason": "never_started"},
        )


def _forgotten(part: Recording, now: datetime) -> None:
    with transaction.atomic():
        row = Recording.objects.select_for_update().get(id=part.id)
        row.claimed_until = None
        progress.end_unheard(row, reason="forgotten", now=now)
        row.save()


def due(*, now: datetime, limit: int) -> list[tuple[UUID, str]]:
    """Open parts that want attention: (id, 'begin' | 'stop' | 'resolve')."""
    rows = (
        Recording.objects.filter(state__in=Recording.OPEN)
        .filter(Q(claimed_until=None) | Q(claimed_until__lt=Now()))
        .filter(Q(due_at__lte=now) | Q(claimed_until__lt=Now()))
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


def quiet_parts(*, now: datetime, limit: int) -> list[UUID]:
    """Ids of open parts that LiveKit should be asked about: webhooks may be missing."""
    rows = Recording.objects.filter(
        state__in=_ASKABLE, planned_at__lt=now - timedelta(seconds=45)
    )
    return list(rows.order_by("planned_at").values_list("id", flat=True)[:limit])
