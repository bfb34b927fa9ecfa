"""What a voice agent waits for: the 95th percentile while 50 requests come a second.

The load is open: each request has its time and is not held back by slow answers before
it, and its wait counts from that time.
"""

import http.client
import json
import statistics
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import transaction
from django.utils import timezone

from compliance.access import grants
from compliance.access.roles import Role
from compliance.models import Person, PhoneNumber, Purpose, ServiceKey, Team
from recordings import capture
from recordings.models import Call, Party, Room
from tests.bench import report
from tests.bench.load import Request

WORKERS = 2
"""As `make run` serves the portal."""
A_SECOND = 50
SECONDS = 10
CONNECTIONS = 16
LIMIT_MS = 150
Make = Callable[[str], Request]


def run(port: int, team: Team) -> None:
    """Measure plan and consent, each beside its floor, in turn."""
    with transaction.atomic():
        headers = {"Authorization": f"Api-Key {_key(team)}"}
        rooms = [_live_call(team) for _ in range(A_SECOND * SECONDS)]
    headers["Content-Type"] = "application/json"

    def plan(room: str) -> Request:
        return Request(f"/api/v1/rooms/{room}/consent-plan", headers=headers)

    def consent(room: str) -> Request:
        key = {"Idempotency-Key": uuid.uuid4().hex}
        body = json.dumps({"kind": "granted", "script": "ask_consent"}).encode()
        return Request(f"/api/v1/rooms/{room}/consents", body, headers | key)

    def select(room: str) -> Request:
        return Request(f"/floor/agent/{room}", headers=headers)

    def insert(room: str) -> Request:
        return Request(f"/floor/agent/{room}", b"{}", headers)

    _figure("consent_plan_p95", port, rooms, plan, select)
    _figure("consent_p95", port, rooms, consent, insert)


def _figure(name: str, port: int, rooms: list[str], ours: Make, floor: Make) -> None:
    for make in (ours, floor):
        _waits(port, [make(room) for room in rooms[:A_SECOND]])  # warm up
    bare = _p95(_waits(port, [floor(room) for room in rooms]))
    mine = _p95(_waits(port, [ours(room) for room in rooms]))
    report.within(name, mine, bare, limit=LIMIT_MS, unit="ms")


def _p95(waits: list[float]) -> float:
    return statistics.quantiles(waits, n=20)[-1]


def _waits(port: int, requests: list[Request]) -> list[float]:
    """Send each at its time; how long each took from then, in ms."""
    own = threading.local()
    begun = time.perf_counter() + 0.1

    def send(place: int, request: Request) -> float:
        due = begun + place / A_SECOND
        time.sleep(max(0.0, due - time.perf_counter()))
        if not hasattr(own, "connection"):
            own.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        method = "POST" if request.body else "GET"
        own.connection.request(method, request.path, request.body, request.headers)
        answer = own.connection.getresponse()
        text = answer.read()
        if answer.status not in (200, 201):
            raise RuntimeError(f"{request.path}: {answer.status} {text[:200]!r}")
        return (time.perf_counter() - due) * 1000

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return list(pool.map(send, range(len(requests)), requests))


def _key(team: Team) -> str:
    """A key of a voice agent of that team."""
    agent = Person.objects.create_user(
        "agents@demo.example", name="Agents", kind=Person.Kind.SERVICE
    )
    grants.grant(
        person=agent, role=Role.SERVICE, by=None, now=timezone.now(), team=team
    )
    _row, token = ServiceKey.objects.create_key(name="bench", service=agent)
    return str(token)


def _live_call(team: Team) -> str:
    """A call that goes on, with a German caller and an agent, and was thought about when
    they came; its room."""
    now = timezone.now()
    room = Room.objects.create(sid=f"RM_{uuid.uuid4().hex[:12]}", name="bench")
    call = Call.objects.create(
        room=room,
        sip_call_id="SCL_bench",
        team=team,
        purposes=[Purpose.QUALITY],
        started_at=now,
        noticed_at=now,
    )
    everybody = {
        "caller": PhoneNumber.from_raw("+493023125042"),
        "agent": None,
    }
    for role, number in everybody.items():
        Party.objects.create(
            room=room,
            call=call,
            participant_sid=f"PA_{role}",
            role=role,
            number=number,
            joined_at=now,
        )
    capture.reconsider(call_id=call.id, now=now)
    return room.sid
