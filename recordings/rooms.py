"""Works out the calls of a room anew from all that is known of it, and stores them."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import ProtectedError

from compliance.keys import keyring
from compliance.models import Team
from recordings import alerts, duties, outbox
from recordings.grouping import FOREVER, Group, Presence, group
from recordings.livekit.facts import RoomFacts
from recordings.models import Alert, Call, CallLabel, Party, Room, Trunk

Ended = Call.EndedBy

AHEAD = timedelta(minutes=5)
"""By as much clocks may differ before a call is dated by ours."""


def locked(facts: RoomFacts, *, is_declared: bool = False) -> Room:
    """The room under its row lock, with what is told of it; made when it is new.

    is_declared: a voice agent tells it, so LiveKit's own word for its name will stand.
    """
    Room.objects.get_or_create(sid=facts.sid)
    room = Room.objects.select_for_update().get(sid=facts.sid)
    if facts.name and (not room.name or (room.is_declared and not is_declared)):
        room.name = facts.name
        room.name_lookup = keyring("number_lookup").digest(facts.name)
        room.is_declared = is_declared
        room.save(update_fields=["name", "name_lookup", "is_declared"])
    if facts.created_at and room.started_at is None:
        room.started_at = facts.created_at
        room.save(update_fields=["started_at"])
    return room


def take_in(facts: RoomFacts) -> None:
    """Have a row of a room that LiveKit lists, and of which no event has told."""
    with transaction.atomic():
        locked(facts)


def regroup(room: Room, *, now: datetime) -> set[UUID]:
    """Bring calls and parties in line with what is known; returns the calls' ids.

    The caller holds the room's row lock. Idempotent: the same facts give the same rows.
    """
    rows = _credible(list(Party.objects.filter(room=room).select_related("number")))
    known = {row.participant_sid: row for row in rows if row.joined_at is not None}
    presences = [_presence(row, room) for row in known.values()]
    mine = Call.objects.select_for_update().filter(room=room)
    existing = list(mine.order_by("id"))  # several locks of one kind: by id, everywhere
    calls = [
        (_call_for(found, existing, room, known, now), found)
        for found in group(presences)
    ]
    for call in existing:
        if not call.recordings.exists():  # what was recorded keeps its parties
            _vacate(call, wanted=set())
    for call, found in calls:
        _vacate(call, wanted={one.participant_sid for one in found.everybody})
    for call, found in calls:
        people = [known[one.participant_sid] for one in found.everybody]
        for somebody in people:
            _seat(call, somebody)
        _label(call, people)
    _clear_waiting(room)
    for call in existing:
        _end_swallowed(call, room, now)
    return {call.id for call, _found in calls}


def _credible(rows: list[Party]) -> list[Party]:
    """All but the declared whom LiveKit contradicts: it told of a caller of another team
    at that time. A call never gets into another team by what an agent says."""
    if not any(row.is_declared for row in rows):
        return rows
    teams = _teams(rows)
    told = [row for row in rows if row.joined_at and _is_told_caller(row)]
    return [
        row
        for row in rows
        if not row.is_declared
        or not any(_is_contradicted(row, other, teams) for other in told)
    ]


def _is_told_caller(row: Party) -> bool:
    return row.role == Party.Role.CALLER and not row.is_declared


def _is_contradicted(declared: Party, told: Party, teams: dict[str, UUID]) -> bool:
    if teams.get(declared.trunk_livekit_id) == teams.get(told.trunk_livekit_id):
        return False
    since = declared.joined_at
    return told.until is None or (since is not None and told.until >= since)


def _teams(rows: list[Party]) -> dict[str, UUID]:
    """Whose the trunks are that these rows name."""
    trunks = Trunk.objects.filter(livekit_id__in={row.trunk_livekit_id for row in rows})
    return dict(trunks.values_list("livekit_id", "team_id"))


def _presence(row: Party, room: Room) -> Presence:
    told = row.left_at
    if room.finished_at is not None and (told is None or told > room.finished_at):
        told = room.finished_at
    joined = row.joined_at
    if joined is None:
        raise ValueError("a presence needs the time of joining")
    return Presence(
        participant_sid=row.participant_sid,
        is_caller=row.role == Party.Role.CALLER,
        joined_at=joined,
        left_at=told or row.gone_at,
        sip_call_id=row.sip_call_id,
        is_told=told is not None,
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
    known_as = found.sip_call_ids | {one.participant_sid for one in found.callers}
    match = [c for c in existing if c.sip_call_id == sip_call_id] or [
        c for c in existing if c.sip_call_id in known_as
    ]
    match = match or [
        c for c in existing if c.is_provisional and c.id == opening.call_id
    ]
    if match and _is_anothers(match[0], opening):
        _set_aside(match[0])
        match = []
    call = match[0] if match else Call(room=room, noticed_at=now)
    if match:
        existing.remove(call)
    call.sip_call_id = sip_call_id
    was_live = call.is_live
    _describe(call, found, opening, now)
    marks = {known[one.participant_sid].staff_mark for one in found.others}
    call.staff = sorted(marks - {""})
    call.save()
    if was_live and not call.is_live:
        outbox.call_ended(call, now=now)
    return call


def _is_anothers(call: Call, opening: Party) -> bool:
    """It was declared for one team, and LiveKit tells that it is another's."""
    if not call.is_provisional or opening.is_declared:
        return False
    return _teams([opening]).get(opening.trunk_livekit_id) != call.team_id


def _set_aside(call: Call) -> None:
    """Let a call that was declared wrongly keep what was reported on it, and its team."""
    call.sip_call_id = f"declared:{call.id}"
    call.save(update_fields=["sip_call_id"])


def _describe(call: Call, found: Group, opening: Party, now: datetime) -> None:
    call.direction = opening.direction
    call.provider_call_id = opening.provider_call_id
    call.is_provisional = opening.is_declared
    is_same = call.trunk_livekit_id == opening.trunk_livekit_id
    was_over = call.ended_at is not None and call.trunk_id is not None
    _date(call, found)
    if not (was_over and is_same):  # whose it was stands, whoever has the trunk by now
        _assign(call, opening, now)


def _assign(call: Call, opening: Party, now: datetime) -> None:
    """Give the call to whom its trunk belongs, with what the team records for."""
    call.trunk_livekit_id = opening.trunk_livekit_id
    call.trunk = (
        Trunk.objects.select_related("team")
        .filter(livekit_id=opening.trunk_livekit_id)
        .first()
    )
    call.team = call.trunk.team if call.trunk else Team.unassigned()
    call.purposes = duties.purposes(call)
    if call.trunk is None:
        alerts.open_once(
            Alert.Kind.UNKNOWN_TRUNK,
            subject=opening.trunk_livekit_id or "no trunk",
            now=now,
        )


def _date(call: Call, found: Group) -> None:
    """Say when the call was, and how long: as LiveKit says, unless that is yet to come.

    A call that begins after we have heard of it was dated by a clock that is ahead. It
    would head every list until then, so it begins when we heard of it; its parties keep
    the times that LiveKit gave them.
    """
    ahead = found.start - call.noticed_at
    shift = ahead if ahead > AHEAD else timedelta()
    call.started_at = found.start - shift
    call.ended_at, call.ended_by, call.duration_ms = None, "", 0
    if found.end != FOREVER:
        call.ended_by = Ended.TOLD if found.end_is_told else Ended.FOUND
        length = max(timedelta(), found.end - found.start)
        call.ended_at = call.started_at + length
        call.duration_ms = round(length.total_seconds() * 1000)


def _vacate(call: Call, *, wanted: set[str]) -> None:
    """Let parties that belong elsewhere wait for their seat."""
    for party in call.parties.exclude(participant_sid__in=wanted):
        waits = Party.objects.filter(
            room_id=party.room_id, participant_sid=party.participant_sid, call=None
        )
        if not waits.exists():
            party.call = None
            party.save(update_fields=["call"])
        else:
            _delete(party)


def _seat(call: Call, source: Party) -> None:
    """See that somebody has a row in the call."""
    rows = Party.objects.filter(
        room_id=source.room_id, participant_sid=source.participant_sid
    )
    if rows.filter(call=call).exists() or rows.filter(call=None).update(call=call):
        return
    copy = rows.earliest("id")
    copy.pk = uuid4()
    copy._state.adding = True
    copy.call = call
    copy.save()


def _label(call: Call, people: list[Party]) -> None:
    """Give the call the newest labels of its people; what a person set stays."""
    newest: dict[str, tuple[str, str]] = {}
    for party in people:
        for key, value in party.labels.items():
            told = (party.told_at[key], value)
            newest[key] = max(told, newest.get(key, told))
    rows = {row.key: row for row in CallLabel.objects.filter(call=call)}
    for key, (told_at, value) in newest.items():
        row = rows.pop(key, None)
        moment = datetime.fromisoformat(told_at)
        if row is None:
            CallLabel.objects.create(call=call, key=key, value=value, told_at=moment)
        elif row.told_at and (row.told_at, row.value) != (moment, value):
            row.told_at, row.value = moment, value
            row.save(update_fields=["told_at", "value"])
    gone = [row.id for row in rows.values() if row.told_at]
    CallLabel.objects.filter(id__in=gone).delete()


def _clear_waiting(room: Room) -> None:
    """Whoever has a seat waits no longer."""
    seated = Party.objects.filter(room=room, call__isnull=False)
    for party in Party.objects.filter(
        room=room, call=None, participant_sid__in=seated.values("participant_sid")
    ):
        _delete(party)


def _delete(row: Party | Call) -> bool:
    """Delete a row that nothing speaks of; one with a history stays."""
    try:
        with transaction.atomic():
            row.delete()
    except ProtectedError:
        return False
    return True


def _end_swallowed(call: Call, room: Room, now: datetime) -> None:
    """Delete a call that turned out to be part of another; one with a history ends."""
    if _delete(call) or call.ended_at is not None:
        return
    call.ended_at = room.finished_at or call.started_at
    call.ended_by = Ended.TOLD if room.finished_at else Ended.FOUND
    call.save(update_fields=["ended_at", "ended_by"])
    outbox.call_ended(call, now=now)
