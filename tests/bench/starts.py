"""From LiveKit's event to the request for a recorder: web, broker, worker, all real.

LiveKit is the simulator, on a port of this process. The floor is a task that makes the
same request as soon as a worker has it.
"""

import base64
import http.client
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.test import override_settings
from django.utils import timezone
from livekit import api
from livekit.protocol.egress import EncodedFileOutput, RoomCompositeEgressRequest

from compliance.models import Level, Team
from recordings.livekit.simulator import Simulator, serve
from recordings.livekit.simulator.world import Room
from recordings.models import Call, LiveKitEvent, Recording, Trunk
from tests.bench import load, report, webhooks
from tests.bench.worker import app, ask

ROUNDS = 40
LIMIT_MS = 500
PATIENCE_SECONDS = 120
TRUNK = "ST_starts"
START = "/twirp/livekit.Egress/StartRoomCompositeEgress"
Tell = Callable[[Room], None]


def run(of: Team) -> None:
    """Measure in turn, each time in a room of its own. of: the team to be like."""
    with transaction.atomic():
        team = Team.objects.create(
            name="Starts",
            region=of.region,
            seat=of.seat,
            purposes=of.purposes,
            fallback_level=Level.ONE_PARTY,  # nobody needs to be told anything first
        )
        Trunk.objects.create(livekit_id=TRUNK, name="Starts", team=team)
        LiveKitEvent.objects.all().delete()  # what other figures left in the inbox
    app.control.purge()
    with _workplace() as (simulator, port, netloc):
        _wait(simulator, lambda room: _bare(netloc, room))  # until the worker is there
        _wait(simulator, lambda room: _event(port, room))
        mine, bare = [], []
        for _round in range(ROUNDS):
            mine.append(_wait(simulator, lambda room: _event(port, room)))
            bare.append(_wait(simulator, lambda room: _bare(netloc, room)))
    _tidy_up()
    report.within(
        "room_event_to_start", _p95(mine), _p95(bare), limit=LIMIT_MS, unit="ms"
    )


@contextmanager
def _workplace() -> Iterator[tuple[Simulator, int, str]]:
    """A LiveKit, the product's web and one worker; yields it, web's port, its address."""
    with ExitStack() as stack:
        stack.enter_context(override_settings(LIVEKIT_SIMULATOR=True))
        simulator = Simulator(
            keys=settings.LIVEKIT_API_KEYS,
            deliver=lambda body, headers: 200,
            put=lambda *_given: None,
        )
        server = stack.enter_context(serve(simulator))
        before = os.environ.get("LIVEKIT_URL", "")
        stack.callback(os.environ.update, LIVEKIT_URL=before)
        os.environ["LIVEKIT_URL"] = server.url
        port = stack.enter_context(load.server())
        stack.enter_context(_worker())
        yield simulator, port, urlsplit(server.url).netloc


@contextmanager
def _worker() -> Iterator[None]:
    command = [
        *(sys.executable, "-W", "ignore", "-m", "celery", "-A", "tests.bench.worker"),
        *("--quiet", "worker", "--concurrency=2", "--loglevel=ERROR"),
        *("--without-mingle", "--without-gossip"),
    ]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, env=os.environ, stdout=log, stderr=log)
        try:
            yield
        finally:
            process.terminate()
            process.wait(20)


def _wait(simulator: Simulator, tell: Tell) -> float:
    """Tell of a new room; how many ms until a recorder is asked for in it."""
    name = f"bench-{time.monotonic_ns()}"
    room = simulator.open_room(name, at=timezone.now(), speed=1.0)
    began = time.perf_counter()
    tell(room)
    asked = simulator.wait_for(
        lambda: room.starts_asked > 0, timeout_seconds=PATIENCE_SECONDS
    )
    took = (time.perf_counter() - began) * 1000
    if not asked:
        raise RuntimeError("No recorder was asked for.")
    return took


def _event(port: int, room: Room) -> None:
    """LiveKit posts that a caller has joined."""
    request = webhooks.event(
        "/webhooks/livekit",
        room={"sid": room.sid, "name": room.info.name},
        attributes={"sip.trunkID": TRUNK, "sip.phoneNumber": "anonymous"},
    )
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", request.path, request.body, request.headers)
    answer = connection.getresponse()
    if answer.status != 200:
        raise RuntimeError(f"{request.path}: {answer.status}")
    connection.close()


def _bare(netloc: str, room: Room) -> None:
    """A worker is told to ask, and knows all that it needs."""
    output = EncodedFileOutput(filepath=f"{room.sid}.ogg")
    request = RoomCompositeEgressRequest(
        room_name=room.info.name, audio_only=True, file_outputs=[output]
    )
    key, secret = next(iter(settings.LIVEKIT_API_KEYS.items()))
    grant = api.VideoGrants(room_record=True)
    token = api.AccessToken(key, secret).with_grants(grant).to_jwt()
    body = base64.b64encode(request.SerializeToString()).decode()
    ask.delay(netloc, START, body, token)


def _p95(waits: list[float]) -> float:
    return statistics.quantiles(waits, n=20)[-1]


def _tidy_up() -> None:
    """Leave no call that goes on to the figures that follow."""
    app.control.purge()
    calls = Call.objects.filter(trunk__livekit_id=TRUNK)
    Recording.objects.filter(call__in=calls).update(state=Recording.State.FAILED)
    calls.update(ended_at=timezone.now())
