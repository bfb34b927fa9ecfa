"""Carries out what `capture` decided: asks LiveKit to record, to stop, and what it does.

Each step holds a lease on the part's row, so that a worker may die at any line:

- Row and key were committed before LiveKit is asked. A start whose answer was lost is
  looked up by its key: never a second recorder, never a forgotten one.
- A stop waits until LiveKit records: stopped earlier, a start is aborted without a file.
- What LiveKit says of an egress goes through `progress`, whoever heard it.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.db.models import Q

from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from recordings import alerts, media_store, part_plans, progress, summary
from recordings.livekit import client
from recordings.livekit.facts import EgressFacts, Mixing
from recordings.media_store.egress import EgressUpload
from recordings.media_store.errors import StoreError
from recordings.models import Alert, Recording
from recordings.worklist import ASKABLE, claim, release

logger = logging.getLogger(__name__)

State = Recording.State

LOOKED_UP = (3, 5, 7, 15, 30, 60)
"""Seconds before each look for a start without answer. LiveKit itself gives up within
90 s; what it does not list after all of these was never made."""
MOST_STARTS = 4
ORPHANED_AFTER = timedelta(minutes=10)
"""A recorder that still runs so long after its call has died with its machine."""
EGRESS = "egress"
"""What a want of capacity is about."""
CALM = timedelta(minutes=15)
"""A start that was made ends the alarm over capacity, once it has stood so long."""
_UNPROVEN = (State.STARTING, State.UNCLEAR)


def begin(*, recording_id: UUID, now: datetime) -> UUID | None:
    """Ask LiveKit to record a planned part. Takes up to 75 s: for a worker only.

    Returns the call to reconsider. Another worker's claim, a state past planning, a
    stop or a later date make this a no-op: None.
    """
    part = claim(
        recording_id,
        Q(state=State.PLANNED, stop_wanted=""),
        Q(due_at=None) | Q(due_at__lte=now),
        change={"state": State.STARTING, "reason": "", "looks": 0},
        action=Action.CAPTURE_BEGUN,
    )
    if part is None:
        return None
    try:
        facts = client.start_recording(
            room_name=part.call.room.name,
            key=part.object_key,
            mixing=Mixing(part.sides),
            upload=_upload(part),
        )
    except client.StartRefused as refused:
        if not part_plans.make_do(part, refused.reason, now=now):
            _refused(part, refused.reason.value, now, retryable=refused.retryable)
    except StoreError:
        _refused(part, "store", now, retryable=True)
    except ImproperlyConfigured:
        _refused(part, "not_set_up", now, retryable=False)
    except client.StartUnclear:
        _look_up_again(part, now)
        _append(part, Action.CAPTURE_UNCLEAR, reason="no_answer")
    else:
        with transaction.atomic():
            _apply(part, facts, now)
            _append(part, Action.CAPTURE_STARTED, egress=facts.egress_id)
        alerts.close(Alert.Kind.NO_CAPACITY, subject=EGRESS, now=now, after=CALM)
    return part.call_id


def _upload(part: Recording) -> EgressUpload | None:
    """What Egress is told about the store: nothing where it has its own settings."""
    target = media_store.store(part.store).upload_target()
    return None if target is None or target.credentials == "own" else target


def _append(part: Recording, action: Action, **facts: Fact) -> None:
    with transaction.atomic():
        log.append(action, subject=part, facts={"part": part.part, **facts})


def _refused(part: Recording, reason: str, now: datetime, *, retryable: bool) -> None:
    """LiveKit is certainly not recording: try again a little later, or give up."""
    again = retryable and part.attempt < MOST_STARTS
    logger.warning(
        "capture.refused",
        extra={"recording": str(part.id), "reason": reason, "again": again},
    )
    if reason == client.Refusal.NO_CAPACITY and not again:
        alerts.open_once(Alert.Kind.NO_CAPACITY, subject=EGRESS, now=now)
    _not_made(part, reason, now, again_in=2**part.attempt if again else None)


def _not_made(
    part: Recording, reason: str, now: datetime, *, again_in: int | None
) -> None:
    """Write down that a start was not made, unless a webhook has shown that it was.

    again_in: seconds until the next try, None to give up. A stop that was asked for
    meanwhile ends the part here and now.
    """
    with _locked(part) as row:
        is_mine = row.attempt == part.attempt
        if is_mine and row.state in _UNPROVEN and not row.egress_id:
            _fall_back(row, reason, now, again_in)
            if row.state == State.FAILED:
                _alert(row, reason, now)
            _append(row, Action.CAPTURE_FAILED, reason=reason)


def _fall_back(
    row: Recording, reason: str, now: datetime, again_in: int | None
) -> None:
    row.reason = reason
    row.looks = 0
    row.due_at = None
    if row.stop_wanted and row.stop_wanted != "call_ended":
        row.state, row.reason = State.ABORTED, row.stop_wanted
    elif row.stop_wanted or again_in is None:
        row.state = State.FAILED
    else:
        row.state = State.PLANNED
        row.due_at = now + timedelta(seconds=again_in)


def _alert(row: Recording, reason: str, now: datetime) -> None:
    if row.state == State.ABORTED:
        return  # nobody is to be recorded any more
    alerts.open_once(
        Alert.Kind.NOT_RECORDED,
        subject=str(row.call_id),
        now=now,
        call=row.call,
        recording=row,
        detail=reason,
    )


def _apply(
    part: Recording, facts: EgressFacts, now: datetime, *, is_found: bool = False
) -> None:
    """Take over what LiveKit answered; is_found: we asked because no event had told."""
    with _locked(part) as row:
        before = row.state
        if row.state in Recording.OPEN:
            row.due_at = now if row.stop_wanted else None
        progress.apply_egress(row, facts, now=now)
        if is_found and row.state != before:
            _append(row, Action.CAPTURE_FOUND, state=row.state)


@contextmanager
def _locked(part: Recording) -> Iterator[Recording]:
    """The part's row, free of our claim, saved at the end: a webhook may have been first."""
    with transaction.atomic():
        call = summary.locked(part.call_id)
        row = Recording.objects.select_for_update().get(id=part.id)
        if row.attempt == part.attempt:
            row.claimed_until = None
        row.call = call
        yield row
        row.save()
        summary.refresh(call)


def stop(*, recording_id: UUID, now: datetime) -> UUID | None:
    """Ask LiveKit to end a part that is being recorded; before ACTIVE it waits.

    Returns the call to reconsider, or None when there is nothing to stop.
    """
    part = claim(
        recording_id,
        Q(state=State.RECORDING) & ~Q(stop_wanted=""),
        action=Action.CAPTURE_STOP_BEGUN,
    )
    if part is None:
        return None
    try:
        facts = client.stop(part.egress_id)
    except client.AlreadyEnded:
        release(part, due_at=now)
        _append(part, Action.CAPTURE_STOPPED, reason=part.stop_wanted)
        resolve(recording_id=recording_id, now=now)
    except client.EgressUnknown:
        _unheard(part, "forgotten", now)
    except client.LiveKitUnavailable:
        _append(part, Action.CAPTURE_STOP_FAILED, reason="no_answer")
        if _is_orphan(part, now):
            _unheard(part, "orphaned", now)
        else:
            release(part, due_at=now + timedelta(seconds=5))
    else:
        with transaction.atomic():
            _apply(part, facts, now)
            _append(part, Action.CAPTURE_STOPPED, reason=part.stop_wanted)
    return part.call_id


def resolve(*, recording_id: UUID, now: datetime) -> UUID | None:
    """Ask LiveKit what became of an open part, and apply the answer like a webhook.

    Returns the call to reconsider, or None when another worker holds the part or it is
    too early to ask again.
    """
    part = claim(
        recording_id,
        Q(state__in=ASKABLE),
        ~Q(state=State.UNCLEAR) | Q(due_at__lte=now),
    )
    if part is None:
        return None
    try:
        facts = _look_up(part)
    except client.LiveKitUnavailable:
        release(part, due_at=now + timedelta(seconds=10))
        return part.call_id
    if facts is None:
        _not_listed(part, now)
    elif not facts.status.has_ended and part.stop_wanted and _is_orphan(part, now):
        _unheard(part, "orphaned", now)
    else:
        _apply(part, facts, now, is_found=True)
    return part.call_id


def _look_up(part: Recording) -> EgressFacts | None:
    """By id, else by our key among the recordings of the room."""
    if part.egress_id:
        return next(iter(client.find(egress_id=part.egress_id)), None)
    listed = client.find(room_name=part.call.room.name)
    return next((f for f in listed if f.request_filepath == part.object_key), None)


def _not_listed(part: Recording, now: datetime) -> None:
    """LiveKit knows no such egress: forgotten, too early to tell, or never started.

    A part that is found STARTING without an egress was left by a worker that died: its
    lease has run out, and that is as long as all looks together.
    """
    if part.egress_id:
        _unheard(part, "forgotten", now)
    elif part.state == State.UNCLEAR and part.looks < len(LOOKED_UP):
        _look_up_again(part, now)
    else:
        # the next try is a part of its own: should this start come late, its key is known
        _not_made(part, "never_started", now, again_in=None)


def _look_up_again(part: Recording, now: datetime) -> None:
    """Wait before asking LiveKit by our key; a webhook may have told us by now."""
    wait = timedelta(seconds=LOOKED_UP[part.looks])
    mine = Recording.objects.filter(id=part.id, attempt=part.attempt)
    if not mine.filter(state__in=_UNPROVEN, egress_id="").update(
        claimed_until=None,
        state=State.UNCLEAR,
        looks=part.looks + 1,
        due_at=now + wait,
    ):
        release(part)


def _unheard(part: Recording, reason: str, now: datetime) -> None:
    with _locked(part) as row:
        if progress.end_unheard(row, reason=reason, now=now):
            _append(row, Action.CAPTURE_FOUND, state=reason)


def _is_orphan(part: Recording, now: datetime) -> bool:
    """The call is long over and its room gone, and yet LiveKit says that it records."""
    call = part.call
    if call.ended_at is None or call.now(now) - call.ended_at < ORPHANED_AFTER:
        return False
    try:
        room = client.live_room(call.room.name)
    except client.LiveKitUnavailable:
        return False
    return room is None or room.sid != call.room_id
