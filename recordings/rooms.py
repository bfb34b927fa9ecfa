"""Works out the calls of a room anew from all that is known of it, and stores them."""

from datetime import datetime
from uuid import UUID

from django.db.models import ProtectedError

from compliance.models import Team
from recordings import alerts
from recordings.grouping import FOREVER, Group, Presence, group
from recordings.models import Alert, Call, CallLabel, Party, Room, Trunk


def regroup(room: Room, *, now: datetime) -> set[UUID]:
    """Bring calls and parties in line with what is known; returns the calls' ids.

    The caller holds the room's row lock. Idempotent: the same facts give the same rows.
    """
    rows = list(Party.objects.filter(room=room).select_related("number"))
    known = {row.participant_sid: row for row in rows if row.joined_at is not None}
    presences = [_presence(row, room) for row in known.values()]
    existing = list(Call.objects.select_for_update().filter(room=room))
    touched: set[UUID] = set()
    for found in group(presences):
        call = _call_for(found, existing, room, known, now)
        _seat(call, found, room, known)
        touched.add(call.id)
    _drop_empty(existing)
    return touched


def _presence(row: Party, room: Room) -> Presence:
    left = row.left_at
    if room.finished_at is not None and (left is None or left > room.finished_at):
        left = room.finished_at
    joined = row.joined_at
    if joined is None:
        raise ValueError("a presence needs the time of joining")
    return Presence(
        participant_sid=row.participant_sid,
        is_caller=row.role == Party.Role.CALLER,
        joined_at=joined,
        left_at=left,
        sip_call_id=row.sip_call_id,
    )


def _call_for(
    found: Group,
    existing: list[Call],
    room: Room,
    known: dict[str, Party],
    now: datetime,
) -> Call:
    """The stored call of this group: the one opened by it, else one it swallowed."""
    opening = known[found.opening.participant_sid]
    sip_call_id = opening.sip_call_id or opening.participant_sid
    match = [c for c in existing if c.sip_call_id == sip_call_id] or [
        c for c in existing if c.sip_call_id in found.sip_call_ids
    ]
    call = match[0] if match else Call(room=room, noticed_at=now)
    if match:
        existing.remove(call)
    call.sip_call_id = sip_call_id
    _describe(call, found, opening, now)
    call.save()
    return call


def _describe(call: Call, found: Group, opening: Party, now: datetime) -> None:
    call.trunk_livekit_id = opening.trunk_livekit_id
    call.trunk = (
        Trunk.objects.select_related("team")
        .filter(livekit_id=opening.trunk_livekit_id)
        .first()
    )
    call.team = call.trunk.team if call.trunk else Team.unassigned()
    call.purposes = (call.trunk and call.trunk.purposes) or call.team.purposes
    call.direction = opening.direction
    call.provider_call_id = opening.provider_call_id
    call.started_at = found.start
    call.ended_at = None if found.end == FOREVER else found.end
    call.duration_ms = 0
    if call.ended_at is not None:
        length = call.ended_at - call.started_at
        call.duration_ms = max(0, round(length.total_seconds() * 1000))
    if call.trunk is None:
        alerts.open_once(
            Alert.Kind.UNKNOWN_TRUNK,
            subject=opening.trunk_livekit_id or "no trunk",
            now=now,
        )


def _seat(call: Call, found: Group, room: Room, known: dict[str, Party]) -> None:
    """See that everybody of the group has a row in the call, and the call its labels."""
    for presence in [*found.callers, *found.others]:
        source = known[presence.participant_sid]
        _seat_one(call, room, source)
        for key, value in source.labels.items():
            CallLabel.objects.get_or_create(
                call=call, key=key, defaults={"value": value}
            )
    wanted = {p.participant_sid for p in [*found.callers, *found.others]}
    for party in Party.objects.filter(call=call).exclude(participant_sid__in=wanted):
        party.call = None
        if Party.objects.filter(
            room=room, participant_sid=party.participant_sid, call=None
        ).exists():
            party.delete()
        else:
            party.save(update_fields=["call"])


def _seat_one(call: Call, room: Room, source: Party) -> None:
    sid = source.participant_sid
    if Party.objects.filter(call=call, participant_sid=sid).exists():
        return
    waiting = Party.objects.filter(room=room, participant_sid=sid, call=None).first()
    if waiting is None:
        waiting = Party.objects.get(id=source.id)
        waiting.pk = None
        waiting._state.adding = True
    waiting.call = call
    waiting.save()


def _drop_empty(leftover: list[Call]) -> None:
    """Delete a call that turned out to be part of another, unless it has a history."""
    for call in leftover:
        if call.recordings.exists() or call.consents.exists() or call.verdicts.exists():
            continue
        call.parties.update(call=None)
        try:
            call.delete()
        except ProtectedError:
            continue
