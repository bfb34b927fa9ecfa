"""What the tests of the client ask, and of what."""

from dataclasses import dataclass
from typing import Any

from recordings.livekit import client
from recordings.livekit.facts import Mixing
from recordings.livekit.simulator import Faults
from recordings.livekit.simulator.world import Room
from tests.unit.recordings.livekit.conftest import LONG_AGO, LiveKit

KEY = "recordings/team/2026/03/04/call/1.ogg"


@dataclass(frozen=True)
class Bucket:
    """Where a recorder shall write."""

    bucket: str = "calls"
    region: str = "eu-central-1"
    endpoint: str = ""
    force_path_style: bool = True
    access_key: str = "AK"
    secret_key: str = "SK"
    session_token: str = ""
    role_arn: str = ""
    external_id: str = ""


def start(name: str = "claims", *, timeout_seconds: float = 10, **changes: Any) -> Any:
    usual = {"key": KEY, "mixing": Mixing.AGENT_LEFT, "upload": None}
    return client.start_recording(
        room_name=name, timeout_seconds=timeout_seconds, **(usual | changes)
    )


def open_room(livekit: LiveKit, **faults: Any) -> Room:
    return livekit.simulator.open_room("claims", at=LONG_AGO, faults=Faults(**faults))


def becomes_active(livekit: LiveKit, room: Room) -> None:
    assert livekit.simulator.wait_for(
        lambda: room.recordings[0].active_at is not None, timeout_seconds=10
    )
