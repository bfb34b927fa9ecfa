"""LiveKit's webhooks as JSON, written by hand, and a way to let the portal hear them."""

import hashlib
import itertools
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from recordings import ingest
from recordings.livekit.facts import VerifiedEvent

BEGAN = datetime(2026, 11, 2, 14, 32, 7, tzinfo=UTC)
"""When the calls of the tests begin, unless they say otherwise."""

ROOM = "RM_direct"
Payload = dict[str, Any]

_numbers = itertools.count(1)


def at(seconds: float) -> datetime:
    """An instant, counted from the beginning."""
    return BEGAN + timedelta(seconds=seconds)


def nanoseconds(seconds: float) -> str:
    """An instant as LiveKit writes it in an EgressInfo."""
    return f"{int(at(seconds).timestamp() * 1000)}000000"


@dataclass(frozen=True)
class Somebody:
    """A participant; `joins` counts from the beginning."""

    sid: str
    kind: str = "SIP"
    joins: float = 0
    name: str = ""
    attributes: dict[str, str] = field(default_factory=dict)

    def info(self) -> Payload:
        """The ParticipantInfo, as joined and left events carry it."""
        joined = int(at(self.joins).timestamp() * 1000)
        info = {
            "sid": self.sid,
            "identity": f"id-{self.sid}",
            "name": self.name,
            "joinedAt": str(joined // 1000),
            "joinedAtMs": str(joined),
            "attributes": self.attributes,
        }
        return info if self.kind == "STANDARD" else {**info, "kind": self.kind}


def caller(
    sid: str = "PA_caller",
    *,
    joins: float = 0,
    number: str = "+493023125042",
    trunk: str = "ST_claims",
    call_id: str = "",
    **labels: str,
) -> Somebody:
    """Somebody on the telephone."""
    attributes = {
        "sip.callID": call_id or f"SCL_{sid}",
        "sip.callIDFull": f"{sid}@carrier.example",
        "sip.trunkID": trunk,
        "sip.phoneNumber": number,
        "sip.ruleID": "SDR_1",
        **labels,
    }
    return Somebody(sid, "SIP", joins, f"Phone {number}", attributes)


def agent(sid: str = "PA_agent", *, joins: float = 1) -> Somebody:
    """A voice agent."""
    return Somebody(sid, "AGENT", joins, "Mia")


def event(name: str, seconds: float, **parts: Any) -> Payload:
    """Any event, under a new id."""
    return {
        "event": name,
        "id": f"EV_{next(_numbers):012d}",
        "createdAt": str(int(at(seconds).timestamp())),
        **parts,
    }


def room_info(sid: str = ROOM) -> Payload:
    """The full Room of room and participant events."""
    return {
        "sid": sid,
        "name": f"call-_+493023125042_{sid}",
        "creationTime": str(int(BEGAN.timestamp())),
        "turnPassword": "turn-secret",
    }


def room_started(sid: str = ROOM) -> Payload:
    """A room opens at the beginning."""
    return event("room_started", 0, room=room_info(sid))


def room_finished(seconds: float, sid: str = ROOM) -> Payload:
    """A room closes."""
    return event("room_finished", seconds, room=room_info(sid))


def joined(person: Somebody, *, room: str = ROOM) -> Payload:
    """Somebody comes."""
    return event(
        "participant_joined",
        person.joins,
        room=room_info(room),
        participant=person.info(),
    )


def left(person: Somebody, seconds: float, *, room: str = ROOM) -> Payload:
    """Somebody goes."""
    return event(
        "participant_left", seconds, room=room_info(room), participant=person.info()
    )


def track(person: Somebody, seconds: float, *, room: str = ROOM) -> Payload:
    """Somebody publishes a voice: the event says little of room and person."""
    return event(
        "track_published",
        seconds,
        room={"sid": room, "name": room_info(room)["name"]},
        participant={"sid": person.sid, "identity": f"id-{person.sid}"},
        track={"sid": f"TR_{person.sid}"},
    )


def egress(
    status: str,
    seconds: float,
    *,
    key: str,
    id: str = "EG_one",
    room: str = ROOM,
    file: Payload | None = None,
    **more: Any,
) -> Payload:
    """An event about a recorder. STARTING is zero, and zero is not written."""
    names = {"STARTING": "egress_started", "ACTIVE": "egress_updated"}
    name = names.get(status, "egress_updated" if status == "ENDING" else "egress_ended")
    info = {
        "egressId": id,
        "roomId": room,
        "roomName": room_info(room)["name"],
        "sourceType": "EGRESS_SOURCE_TYPE_SDK",
        "startedAt": nanoseconds(2),
        "updatedAt": nanoseconds(seconds),
        "roomComposite": {"fileOutputs": [{"filepath": key}]},
        **({} if status == "STARTING" else {"status": f"EGRESS_{status}"}),
        **({"fileResults": [file]} if file else {}),
        **more,
    }
    place = {"sid": room, "name": room_info(room)["name"]}
    return event(name, seconds, room=place, egressInfo=info)


def file(
    key: str, *, size: int = 96_000, since: float = 3, until: float = 60
) -> Payload:
    """What a recorder says of its file."""
    return {
        "filename": key,
        "size": str(size),
        "startedAt": nanoseconds(since),
        "endedAt": nanoseconds(until),
        "duration": str(int((until - since) * 1_000_000_000)),
    }


def again(payload: Payload) -> Payload:
    """The same fact under another id, as LiveKit's retries tell it."""
    return {**payload, "id": f"EV_{next(_numbers):012d}"}


def receive(payload: Payload, *, now: datetime | None = None) -> str:
    """Put one verified webhook into the inbox."""
    body = json.dumps(payload).encode()
    verified = VerifiedEvent(
        key_id="key-one", payload=payload, body_sha256=hashlib.sha256(body).hexdigest()
    )
    return ingest.receive_event(verified=verified, now=now or _now(payload))


def hear(*payloads: Payload, now: datetime | None = None) -> set[UUID]:
    """Receive and apply events one after another; the calls that were touched."""
    touched: set[UUID] = set()
    for payload in payloads:
        event_id = receive(payload, now=now)
        touched |= ingest.apply_event(event_id=event_id, now=now or _now(payload))
    return touched


def _now(payload: Payload) -> datetime:
    return datetime.fromtimestamp(int(payload["createdAt"]), tz=UTC)
