"""A simulated LiveKit on a port, with a portal that only listens and a store in memory."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import BinaryIO

import pytest
from pytest_django import Settings

from recordings.livekit import events
from recordings.livekit.facts import Event
from recordings.livekit.simulator import Simulator, serve

KEYS = {"key-one": "a secret of at least thirty-two letters"}
LONG_AGO = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


@dataclass
class LiveKit:
    """What a test sees of it: `heard` are the events a portal was sent and proved."""

    simulator: Simulator
    url: str
    heard: list[Event] = field(default_factory=list)
    objects: dict[str, bytes] = field(default_factory=dict)
    answers: list[int] = field(default_factory=list)

    def names(self) -> list[str]:
        """Wait until all is told, and return what was told."""
        assert self.simulator.webhooks.drain(timeout_seconds=20)
        return [event.name for event in self.heard]


@pytest.fixture
def livekit(settings: Settings) -> Iterator[LiveKit]:
    """Settings point at it; `answers` are HTTP statuses to give before 200."""
    settings.LIVEKIT_SIMULATOR = True
    settings.LIVEKIT_API_KEYS = KEYS
    heard: list[Event] = []
    objects: dict[str, bytes] = {}
    answers: list[int] = []

    def deliver(body: bytes, headers: Mapping[str, str]) -> int:
        if answers:
            return answers.pop(0)
        proved = events.verify(
            body=body,
            authorization=headers["Authorization"],
            keys=KEYS,
            now=datetime.now(UTC),
        )
        heard.append(events.read(proved.payload))
        return 200

    def put(key: str, stream: BinaryIO, content_type: str) -> None:
        assert content_type == "audio/ogg"
        objects[key] = stream.read()

    simulator = Simulator(
        keys=KEYS, deliver=deliver, put=put, retry_seconds=(0.01, 0.01, 0.01, 0.01)
    )
    with serve(simulator) as server:
        settings.LIVEKIT_URL = server.url
        yield LiveKit(simulator, server.url, heard, objects, answers)
