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
from zlib import crc32

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Count

from recordings import presence, rooms, worklist
from recordings.livekit import client
from recordings.livekit.facts import EgressFacts, RoomFacts
from recordings.models import Alert, Call, Party, Recording, Room

logger = logging.getLogger(__name__)

IN_TURN = 20
"""About so many rooms a minute are asked about although nothing differs."""

Sids = set[str]


@dataclass(frozen=True)
class _Listed:
    """What LiveKit lists: open rooms by sid, running recorders by id; None: no answer."""

    rooms: Mapping[str, RoomFacts] | None
    recorders: Mapping[str, EgressFacts] | None


def wanted(*, now: datetime, everywhere: bool = False) -> list[str]:
    """Sids of the rooms to look into now, each once.

    Those that differ from LiveKit's lists, and those whose turn it is; everywhere: every
    room with a live call or an open part. Rooms that we had not heard of are taken in.
    """
    busy = worklist.busy_rooms()
    listed = _ask()
    found: Sids = set()
    if listed.recorders is not None:
        found |= _parts_that_differ(listed.recorders, now)
        found |= _strangers(listed.recorders)
    if listed.rooms is not None:
        found |= _rooms_that_differ(listed.rooms, now)
        found |= _unheard_of(listed.rooms, now)
    found |= set(busy) if everywhere else _in_turn(busy, now)
    return sorted(found)


def _ask() -> _Listed:
    """Rooms and recorders each for themselves: a server without Egress has rooms too."""
    open_rooms = recorders = None
    try:
        open_rooms = {room.sid: room for room in client.rooms()}
        recorders = {one.egress_id: one for one in client.find(active=True)}
    except (client.LiveKitUnavailable, ImproperlyConfigured) as error:
        name = type(error).__name__
        logger.warning("reconciliation.no_answer", extra={"error": name})
    return _Listed(open_rooms, recorders)


def _parts_that_differ(recorders: Mapping[str, EgressFacts], now: datetime) -> Sids:
    """Rooms with an open part of which LiveKit says something else than we know."""
    rows = worklist.askable(now=now).values_list(
        "call__room_id", "egress_id", "egress_status", "stop_wanted"
    )
    return {
        room_sid
        for room_sid, egress_id, status, stop_wanted in rows
        if stop_wanted  # a stop takes seconds; one that does not may have lost its recorder
        or egress_id not in recorders
        or recorders[egress_id].status_raw != status
    }


def _strangers(recorders: Mapping[str, EgressFacts]) -> Sids:
    """Rooms of ours with a running recorder that is not ours, and nobody was told."""
    ours = Recording.objects.filter(state__in=worklist.ASKABLE).exclude(egress_id="")
    left = recorders.keys() - {*ours.values_list("egress_id", flat=True)}
    unknown = [recorders[egress_id] for egress_id in left if egress_id]
    if not unknown:
        return set()
    strange = {one.egress_id for one in unknown} - presence.ours(unknown)
    told = Alert.objects.filter(kind=Alert.Kind.FOREIGN_RECORDER, subject__in=strange)
    strange -= {*told.values_list("subject", flat=True)}
    sids = {recorders[egress_id].room_sid for egress_id in strange}
    calls = Call.objects.filter(room__in=sids).order_by()
    return {*calls.values_list("room_id", flat=True)}


def _rooms_that_differ(open_rooms: Mapping[str, RoomFacts], now: datetime) -> Sids:
    """Rooms of live calls that are closed, or where others are than we have heard of."""
    live = Call.objects.filter(ended_at=None, noticed_at__lt=now - presence.DOUBTED)
    there = _people(open_rooms)
    return {
        sid
        for sid in {*live.order_by().values_list("room_id", flat=True)}
        if sid not in open_rooms or open_rooms[sid].people != there.get(sid, 0)
    }


def _unheard_of(open_rooms: Mapping[str, RoomFacts], now: datetime) -> Sids:
    """Open rooms without a live call, in which somebody is who was not told of.

    Whoever came just now is left to his event, which may be on its way.
    """
    peopled = {sid: room for sid, room in open_rooms.items() if room.people}
    live = Call.objects.filter(ended_at=None, room__in=peopled).order_by()
    quiet = peopled.keys() - {*live.values_list("room_id", flat=True)}
    there = _people(quiet)
    found = {
        sid
        for sid in quiet
        if peopled[sid].people > there.get(sid, 0) and _is_settled(peopled[sid], now)
    }
    for sid in sorted(found - {*_known(found)}):
        rooms.take_in(peopled[sid])
    return found


def _is_settled(room: RoomFacts, now: datetime) -> bool:
    return room.created_at is None or room.created_at < now - presence.DOUBTED


def _known(sids: Collection[str]) -> Iterable[str]:
    return Room.objects.filter(sid__in=sids).values_list("sid", flat=True)


def _people(sids: Iterable[str]) -> dict[str, int]:
    """How many are in these rooms as far as we know, counted as LiveKit counts them."""
    staying = presence.staying().filter(room__in=sids).exclude(role=Party.Role.AGENT)
    counted = staying.order_by().values_list("room_id")
    return dict(counted.annotate(n=Count("participant_sid", distinct=True)))


def _in_turn(busy: Collection[str], now: datetime) -> Sids:
    """About IN_TURN of these, others each minute: all of them, where there are so few."""
    rounds = -(-len(busy) // IN_TURN) or 1
    minute = int(now.timestamp()) // 60
    return {sid for sid in busy if (crc32(sid.encode()) + minute) % rounds == 0}
