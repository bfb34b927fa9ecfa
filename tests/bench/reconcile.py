"""Comparing 1,000 open rows with LiveKit, beside the two lists and one SELECT.

LiveKit is the simulator on a port of this process: what it costs is in both figures.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.test import override_settings
from django.utils import timezone
from livekit import api
from livekit.protocol.egress import (
    EgressStatus,
    EncodedFileOutput,
    RoomCompositeEgressRequest,
)
from livekit.protocol.models import ParticipantInfo

from compliance.models import Purpose, Team
from recordings import reconciliation, tasks
from recordings.livekit.simulator import Faults, Scenario, Simulator, serve
from recordings.livekit.simulator.clock import Clock
from recordings.livekit.simulator.world import Room, new_recording, new_room
from recordings.models import Call, Party, Recording
from recordings.models import Room as RoomRow
from tests.bench import report

ROWS = 1_000
TARGET = 3.0
OLD = timedelta(minutes=10)


def run(of: Team) -> None:
    """Measure in turn, as the beat asks for it; nothing is left behind."""
    began = timezone.now() - OLD
    live = Call.objects.filter(ended_at=None)  # what other figures left
    live.update(ended_at=timezone.now())
    with _livekit() as simulator:
        with transaction.atomic():
            for number in range(ROWS):
                _rows(of, _room(simulator, number, began), began)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        differing = len(reconciliation.wanted(now=timezone.now()))
        if differing > 3 * reconciliation.IN_TURN:
            raise RuntimeError(f"{differing} rooms differ from LiveKit")
        report.times("reconcile_1000", tasks.reconcile, _floor, TARGET)
        sids = [room.sid for room in simulator.rooms]
    Recording.objects.filter(call__room__in=sids).delete()
    Call.objects.filter(room__in=sids).delete()
    RoomRow.objects.filter(sid__in=sids).delete()


@contextmanager
def _livekit() -> Iterator[Simulator]:
    with override_settings(LIVEKIT_SIMULATOR=True):
        simulator = Simulator(
            keys=settings.LIVEKIT_API_KEYS,
            deliver=lambda body, headers: 200,
            put=lambda *_given: None,
        )
        with serve(simulator) as server, override_settings(LIVEKIT_URL=server.url):
            yield simulator


def _room(simulator: Simulator, number: int, began: datetime) -> Room:
    """A room with a caller and an agent, and a recorder that hears them."""
    clock = Clock(start=began, speed=1.0, stopping=simulator.stopping)
    room = new_room(f"bench-{number}", clock=clock, faults=Faults())
    scenario = Scenario(trunk_id="ST_bench", caller_number="+12125550142")
    for person in (scenario.caller(), scenario.answering()):
        room.participants[person.identity] = ParticipantInfo.FromString(
            person.SerializeToString()
        )
    room.info.num_participants = room.people
    output = EncodedFileOutput(filepath=f"recordings/bench/{room.sid}/01.ogg")
    request = RoomCompositeEgressRequest(
        room_name=room.info.name, audio_only=True, file_outputs=[output]
    )
    recorder = new_recording(room, request)
    recorder.info.status = EgressStatus.EGRESS_ACTIVE
    room.recordings.append(recorder)
    simulator.rooms.append(room)
    return room


def _rows(of: Team, room: Room, began: datetime) -> None:
    """What we know of it: the same."""
    recorder = room.recordings[0]
    row = RoomRow.objects.create(sid=room.sid, name=room.info.name, started_at=began)
    call = Call.objects.create(
        room=row,
        sip_call_id="SCL_bench",
        team=of,
        purposes=[Purpose.QUALITY],
        started_at=began,
        noticed_at=began,
    )
    for role in (Party.Role.CALLER, Party.Role.AGENT):
        Party.objects.create(
            room=row,
            call=call,
            participant_sid=f"PA_{role}",
            role=role,
            joined_at=began,
        )
    Recording.objects.create(
        call=call,
        part=1,
        state=Recording.State.RECORDING,
        object_key=recorder.key,
        egress_id=recorder.id,
        egress_status="EGRESS_ACTIVE",
        planned_at=began,
        started_at=began,
    )


def _floor() -> None:
    """The same two questions, and the rows as they lie."""
    asyncio.run(_lists())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM recordings_recording WHERE state = ANY(%s)",
            [list(Recording.OPEN)],
        )
        cursor.fetchall()


async def _lists() -> None:
    key, secret = next(iter(settings.LIVEKIT_API_KEYS.items()))
    async with api.LiveKitAPI(settings.LIVEKIT_URL, key, secret) as livekit:
        await livekit.room.list_rooms(api.ListRoomsRequest())
        await livekit.egress.list_egress(api.ListEgressRequest(active=True))
