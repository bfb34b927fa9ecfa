"""Finds the rooms that are not as LiveKit says: two questions for all, not four a room.

Events that were lost leave a difference: a room that LiveKit does not list any more, or
that we never heard of; another number of people; a recorder that ended, or that is not
ours. `presence` and `recorder` then ask about those rooms one by one. What a list cannot
tell (one went and another came) is found by asking about every room in its turn.
"""

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from zlib import crc32

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Count, Q

from recordings import presence, rooms, worklist
from recordings.livekit import client
from recordings.livekit.facts import RoomFacts, RunningFacts
from recordings.models import Alert, Call, Party, Recording, Room

logger = logging.getLogger(__name__)

IN_TURN = 20
"""About so many rooms a minute are asked about although nothing differs."""
MOST_UNHEARD = 200
"""At most so many rooms that we had not heard of are taken in at a time: a server may
have had thousands before the portal came. The next minute goes on."""

Sids = set[str]
Live = Mapping[str, datetime]
"""Rooms with a live call, and when we first heard of the latest."""


@dataclass(frozen=True)
class _Listed:
    """What LiveKit lists: open rooms by sid, running recorders by id; None: no answer."""

    rooms: Mapping[str, RoomFacts] | None
    recorders: Mapping[str, RunningFacts] | None


class _Part(NamedTuple):
    """An open part, as far as it is compared."""

    room_sid: str
    state: str
    egress_id: str
    egress_status: str
    stop_wanted: str
    planned_at: datetime


def wanted(*, now: datetime, everywhere: bool = False) -> list[str]:
    """Sids of the rooms to look into now, each once.

    Those that differ from LiveKit's lists, and those whose turn it is; everywhere: every
    room with a live call or an open part. Rooms that we had not heard of are taken in.
    """
    listed = _ask()
    parts, live = _open_parts(), _live_rooms()
    busy = live.keys() | {part.room_sid for part in parts}
    found = busy if everywhere else _in_turn(busy, now)
    if listed.recorders is not None:
        found |= _parts_that_differ(listed.recorders, parts, now)
        found |= _strangers(listed.recorders, parts)
    if listed.rooms is not None:
        found |= _rooms_that_differ(listed.rooms, live, now)
        found |= _unheard_of(listed.rooms, live, now)
    return sorted(found)


def _ask() -> _Listed:
    """Rooms and recorders each for themselves: a server without Egress has rooms too."""
    open_rooms = recorders = None
    try:
        open_rooms = {room.sid: room for room in client.rooms()}
        recorders = {one.egress_id: one for one in client.running()}
    except (client.LiveKitUnavailable, ImproperlyConfigured) as error:
        name = type(error).__name__
        logger.warning("reconciliation.no_answer", extra={"error": name})
    return _Listed(open_rooms, recorders)


def _open_parts() -> list[_Part]:
    rows = Recording.objects.filter(state__in=Recording.OPEN).values_list(
        "call__room_id",
        "state",
        "egress_id",
        "egress_status",
        "stop_wanted",
        "planned_at",
    )
    return [_Part(*row) for row in rows]


def _live_rooms() -> Live:
    live = Call.objects.filter(ended_at=None).order_by("noticed_at")
    return dict(live.values_list("room_id", "noticed_at"))


def _parts_that_differ(
    recorders: Mapping[str, RunningFacts], parts: Iterable[_Part], now: datetime
) -> Sids:
    """Rooms with an open part of which LiveKit says something else than we know.

    A stop takes seconds: one that is still wanted may have lost its recorder.
    """
    return {
        part.room_sid
        for part in parts
        if part.state in worklist.ASKABLE
        and part.planned_at < now - worklist.QUIET
        and (
            part.stop_wanted
            or part.egress_id not in recorders
            or recorders[part.egress_id].status_raw != part.egress_status
        )
    }


def _strangers(recorders: Mapping[str, RunningFacts], parts: Iterable[_Part]) -> Sids:
    """Rooms of ours with a running recorder that we do not know, and nobody was told of.

    It may be ours by its key: `presence` looks.
    """
    strange = recorders.keys() - {part.egress_id for part in parts}
    if not strange:
        return set()
    ours = Recording.objects.filter(egress_id__in=strange)
    strange -= {*ours.values_list("egress_id", flat=True)}
    told = Alert.objects.filter(kind=Alert.Kind.FOREIGN_RECORDER, subject__in=strange)
    strange -= {*told.values_list("subject", flat=True)}
    sids = {recorders[egress_id].room_sid for egress_id in strange}
    calls = Call.objects.filter(room__in=sids).order_by()
    return {*calls.values_list("room_id", flat=True)}


def _rooms_that_differ(
    open_rooms: Mapping[str, RoomFacts], live: Live, now: datetime
) -> Sids:
    """Rooms of live calls that are closed, or where others are than we have heard of."""
    busy = Call.objects.filter(ended_at=None).order_by().values("room_id")
    there = _people(Q(room__in=busy))
    return {
        sid
        for sid, noticed_at in live.items()
        if noticed_at < now - presence.DOUBTED
        and (sid not in open_rooms or open_rooms[sid].people != there.get(sid, 0))
    }


def _unheard_of(open_rooms: Mapping[str, RoomFacts], live: Live, now: datetime) -> Sids:
    """Open rooms without a live call, in which somebody is who was not told of.

    Whoever came just now is left to his event, which may be on its way.
    """
    quiet = {sid for sid, room in open_rooms.items() if room.people} - live.keys()
    if not quiet:
        return set()
    there = _people(Q(room__in=quiet))
    fuller = sorted(
        sid
        for sid in quiet
        if open_rooms[sid].people > there.get(sid, 0)
        and _is_settled(open_rooms[sid], now)
    )
    found = set(fuller[:MOST_UNHEARD])
    known = Room.objects.filter(sid__in=found).values_list("sid", flat=True)
    for sid in sorted(found - {*known}):
        rooms.take_in(open_rooms[sid])
    return found


def _is_settled(room: RoomFacts, now: datetime) -> bool:
    return room.created_at is None or room.created_at < now - presence.DOUBTED


def _people(where: Q) -> dict[str, int]:
    """How many are in rooms as far as we know, counted as LiveKit counts them."""
    staying = presence.staying().filter(where).exclude(role=Party.Role.AGENT)
    counted = staying.order_by().values_list("room_id")
    return dict(counted.annotate(n=Count("participant_sid", distinct=True)))


def _in_turn(busy: Collection[str], now: datetime) -> Sids:
    """About IN_TURN of these, others each minute: all of them, where there are so few."""
    rounds = -(-len(busy) // IN_TURN) or 1
    minute = int(now.timestamp()) // 60
    return {sid for sid in busy if (crc32(sid.encode()) + minute) % rounds == 0}
