"""Webhooks accepted a second, beside a bare view that verifies and INSERTs."""

import base64
import hashlib
import json
import time
import uuid
from collections.abc import Mapping

import jwt
from django.conf import settings

from tests.bench import report
from tests.bench.load import Request, rate

PER_ROUND = 600
TARGET = 1.5


def run(port: int) -> None:
    """Measure in turn, with events that are all different."""
    ours, floors = [], []
    rate(port, [event("/webhooks/livekit") for _ in range(50)])
    rate(port, [event("/floor/webhook") for _ in range(50)])
    for _round in range(report.ROUNDS):
        ours.append(rate(port, [event("/webhooks/livekit") for _ in range(PER_ROUND)]))
        floors.append(rate(port, [event("/floor/webhook") for _ in range(PER_ROUND)]))
    report.rates("webhooks_accepted", ours, floors, TARGET)


def event(
    path: str,
    *,
    room: Mapping[str, str] | None = None,
    attributes: Mapping[str, str] | None = None,
) -> Request:
    """A signed event that a caller has joined; by default in a room of its own."""
    identity = uuid.uuid4().hex[:12]
    now = int(time.time())
    told = {
        "sip.callID": f"SCL_{identity}",
        "sip.trunkID": "ST_bench",
        "sip.phoneNumber": "+493023125000",
    }
    body = json.dumps(
        {
            "event": "participant_joined",
            "id": f"EV_{identity}",
            "createdAt": str(now),
            "room": room or {"sid": f"RM_{identity}", "name": f"call-{identity}"},
            "participant": {
                "sid": f"PA_{identity}",
                "identity": f"sip_{identity}",
                "kind": "SIP",
                "joinedAt": str(now),
                "attributes": told | dict(attributes or {}),
            },
        }
    ).encode()
    claims = {
        "iss": "bench",
        "nbf": now - 5,
        "exp": now + 300,
        "sha256": base64.b64encode(hashlib.sha256(body).digest()).decode(),
    }
    token = jwt.encode(claims, settings.LIVEKIT_API_KEYS["bench"], algorithm="HS256")
    headers = {"Authorization": token, "Content-Type": "application/webhook+json"}
    return Request(path, body, headers)
