"""Receive an event of LiveKit once, and apply it, in whatever order events come.

Receiving is one INSERT. Applying holds the lock of the event's room, takes over the
facts it carries, and works out the room's calls anew (`grouping`). Nothing here starts
or stops a recorder: that is `capture.reconsider`, asked by the caller afterwards.
"""

import json
import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from compliance.models.statements import insert
from recordings import alerts, intake, parties, progress, rooms
from recordings.livekit import events
from recordings.livekit.facts import EgressFacts, Event, RoomFacts
from recordings.models import Alert, LiveKitEvent, Recording

logger = logging.getLogger(__name__)

LONGEST_EVENT_ID = 80
LONGEST_ID = 64
"""As wide as the columns; LiveKit's own ids have 15 characters."""
PAYLOAD_KEPT = timedelta(days=7)
FAILED_KEPT = timedelta(days=30)
"""Long enough to mend what stopped an event and apply it again; then it is no more than
personal data that nobody looks at."""
MOST_ATTEMPTS = 8
State = LiveKitEvent.State


def receive_event(*, verified: events.VerifiedEvent, now: datetime) -> str:
    """Store a verified webhook and return its id; one already seen changes nothing.

    The payload is scrubbed of secrets before it is written. An event without an id, or
    with one longer than any of LiveKit's, is known by the hash of its bytes. One that
    names something by too long an id is kept and not applied, however often it comes.
    """
    payload = events.scrub(verified.payload)
    event = events.read(payload)
    misfit = _misfit(event)
    applicable = is_applicable(event)
    row = LiveKitEvent(
        id=event.id if 0 < len(event.id) <= LONGEST_EVENT_ID else verified.body_sha256,
        name=event.name[:60],
        api_key=verified.key_id[:64],
        room_sid=_room_sid(event)[:64],
        egress_id=(event.egress.egress_id if event.egress else "")[:64],
        happened_at=event.created_at,
        signed_at=verified.signed_at,
        received_at=now,
        due_at=now,
        payload=json.dumps(payload, separators=(",", ":")),
        state=State.RECEIVED if applicable else State.UNKNOWN,
        applied_at=None if applicable else now,
        error=f"id_too_long:{misfit}" if misfit else "",
    )
    if misfit:
        logger.warning("inbox.id_too_long", extra={"event_id": row.id, "of": misfit})
    insert(row, unless_there=True)
    intake.arrived(happened_at=event.created_at, now=now)
    return row.id


def is_applicable(event: Event) -> bool:
    """Whether we understand this event, and have room for the ids in it."""
    return event.known and not _misfit(event)


def apply_event(*, event_id: str, now: datetime) -> set[UUID]:
    """Apply one stored event; returns the ids of the calls whose facts may have changed.

    An event that was applied before, or that another worker holds, changes nothing and
    returns an empty set.
    """
    with transaction.atomic():
        row = (
            LiveKitEvent.objects.select_for_update(skip_locked=True)
            .filter(id=event_id, state=State.RECEIVED)
            .first()
        )
        if row is None:
            return set()
        touched = _apply(events.read(json.loads(row.payload)), now)
        row.state = State.APPLIED
        row.applied_at = row.applied_at or now  # again: blanked no later for it
        row.save(update_fields=["state", "applied_at"])
        if row.error:
            alerts.close(Alert.Kind.EVENT_STUCK, subject=row.id, now=now)
    return touched


def put_back(*, event_id: str, error: Exception, now: datetime) -> bool:
    """Push an event that threw ahead, later each time, so that it blocks nobody.

    Returns False when it has been tried often enough: it then waits for a person.
    """
    with transaction.atomic():
        row = LiveKitEvent.objects.select_for_update().get(id=event_id)
        if row.state != State.RECEIVED:
            return True
        row.attempt += 1
        row.due_at = now + timedelta(seconds=2**row.attempt)
        row.error = type(error).__name__[:80]
        if row.attempt >= MOST_ATTEMPTS:
            row.state = State.FAILED
            alerts.open_once(Alert.Kind.EVENT_STUCK, subject=event_id, now=now)
        row.save(update_fields=["attempt", "due_at", "error", "state"])
    return row.state == State.RECEIVED


def due_events(*, now: datetime, limit: int) -> list[str]:
    """Ids of stored events that nobody has applied yet, oldest first."""
    waiting = LiveKitEvent.objects.filter(state=State.RECEIVED, due_at__lte=now)
    return list(waiting.order_by("due_at").values_list("id", flat=True)[:limit])


def blank_payloads(*, now: datetime) -> int:
    """Blank what was applied over a week ago, and what failed and came a month ago: it
    is personal data. Returns how many."""
    old = Q(applied_at__lt=now - PAYLOAD_KEPT)
    old |= Q(state=State.FAILED, received_at__lt=now - FAILED_KEPT)
    said = LiveKitEvent.objects.exclude(payload="").exclude(state=State.RECEIVED)
    return said.filter(old).update(payload="")


def _apply(event: Event, now: datetime) -> set[UUID]:
    touched: set[UUID] = set()
    if event.egress is not None:
        touched |= _apply_egress(event.egress, now)
    if event.room is not None and event.room.sid and event.egress is None:
        touched |= _apply_to_room(event, event.room, now)
    return touched


def _apply_to_room(event: Event, facts: RoomFacts, now: datetime) -> set[UUID]:
    room = rooms.locked(facts)
    person = event.participant
    if event.name == "room_finished":
        finished = event.created_at or now
        room.finished_at = min(room.finished_at or finished, finished)
        room.save(update_fields=["finished_at"])
    elif person is not None and parties.is_party(person):
        parties.learn(room, person, told_at=event.created_at)
    else:
        return set()  # it tells nothing of who was there
    return rooms.regroup(room, now=now)


def _apply_egress(facts: EgressFacts, now: datetime) -> set[UUID]:
    recording = find_recording(facts)
    if recording is None:
        return set()
    if progress.apply_egress(recording, facts, now=now):
        recording.save()
    return {recording.call_id}


def find_recording(facts: EgressFacts) -> Recording | None:
    """The locked row of this egress: by its id, else by the key we asked for."""
    rows = Recording.objects.select_for_update()
    if facts.egress_id:
        found = rows.filter(egress_id=facts.egress_id).first()
        if found is not None:
            return found
    if facts.request_filepath:
        return rows.filter(object_key=facts.request_filepath, egress_id="").first()
    return None


def _misfit(event: Event) -> str:
    """Whose id is too long for its column, '' when all fit: cut, it would be another's."""
    ids = {
        "room": _room_sid(event),
        "participant": event.participant.sid if event.participant else "",
        "egress": event.egress.egress_id if event.egress else "",
    }
    return next((whose for whose, id in ids.items() if len(id) > LONGEST_ID), "")


def _room_sid(event: Event) -> str:
    if event.room is not None and event.room.sid:
        return event.room.sid
    return event.egress.room_sid if event.egress is not None else ""
