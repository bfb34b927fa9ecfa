"""A simulated LiveKit and the worker's use cases, run by hand in the test's own thread.

Webhooks pile up until `listen`, so that the test decides what is known when; nothing
here is decided by the clock of the machine.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from django.db import transaction
from pytest_django.fixtures import Settings

from compliance.models import Level, Person, Team
from recordings import (
    capture,
    consent,
    indexing,
    ingest,
    media_store,
    presence,
    recorder,
    worklist,
)
from recordings.livekit import client, events
from recordings.livekit.demo_audio import conversations
from recordings.livekit.simulator import Faults, Scenario, Simulator, serve
from recordings.livekit.simulator.world import Recording as Egress
from recordings.livekit.simulator.world import Room
from recordings.models import Call, ConsentRecord, Party, Recording
from tests.cast import Cast
from tests.factories.compliance import RetentionPolicyFactory
from tests.factories.recordings import TrunkFactory
from tests.telling import BEGAN
from tests.waiting import until

KEYS = {"key-one": "a secret of at least thirty-two letters"}
TRUNK = "ST_line"
Kind = ConsentRecord.Kind


@dataclass
class Line:
    """One telephone line of one team. `place` is where every caller says to be."""

    simulator: Simulator
    team: Team
    service: Person
    place: str = "US-TX"
    posts: list[tuple[bytes, Mapping[str, str]]] = field(default_factory=list)
    now: datetime = BEGAN

    # the call

    def ring(self, faults: Faults | None = None, *, with_agent: bool = True) -> Room:
        """A caller comes in, an agent answers, and the portal hears of both."""
        scenario = Scenario(trunk_id=TRUNK, caller_number="+15125550142")
        room = self.simulator.open_room(
            scenario.room_name(), at=self.now, speed=None, faults=faults
        )
        room.speech, room.speech_from = conversations()["sales_us_upgrade"], self.now
        self.simulator.join(room, scenario.caller())
        if with_agent:
            self.simulator.join(room, scenario.answering())
        self.now += timedelta(seconds=1)
        self.listen()
        return room

    def join_agent(self, room: Room) -> None:
        """An agent comes later, and the portal hears of it."""
        self.simulator.join(room, Scenario(trunk_id=TRUNK).answering())
        self.listen()

    def wait(self, room: Room, seconds: float) -> None:
        """Let time pass in the room, and for us."""
        room.clock.wait(timedelta(seconds=seconds))
        self.now += timedelta(seconds=seconds)

    def hang_up(self, room: Room) -> None:
        """Everybody goes; the portal hears of it."""
        self.simulator.close_room(room)
        self.listen()

    def say(self, kind: str, *, party: Party | None = None) -> None:
        """Somebody reports an act of consent, and the portal thinks again."""
        call = self.call()
        told = consent.Told(kind=Kind(kind), occurred_at=self.now, party=party)
        consent.record(call=call, told=told, by=self.service)
        self.reconsider()

    # the portal

    def listen(self) -> None:
        """Hear all that LiveKit has sent until now, and think about it."""
        assert self.simulator.webhooks.drain(timeout_seconds=20)
        touched: set[UUID] = set()
        while self.posts:
            body, headers = self.posts.pop(0)
            verified = events.verify(
                body=body,
                authorization=headers["Authorization"],
                keys=KEYS,
                now=datetime.now(UTC),
            )
            event_id = ingest.receive_event(verified=verified, now=self.now)
            touched |= ingest.apply_event(event_id=event_id, now=self.now)
        Party.objects.filter(role="caller").update(declared_place=self.place)
        for call_id in touched:
            capture.reconsider(call_id=call_id, now=self.now)

    def reconsider(self) -> capture.Work:
        """Think about the call once more."""
        return capture.reconsider(call_id=self.call().id, now=self.now)

    def sweep(self) -> list[str]:
        """Do what a sweep would publish now; the steps that were done."""
        steps = worklist.due(now=self.now, limit=99)
        for recording_id, step in steps:
            if getattr(recorder, step)(recording_id=recording_id, now=self.now):
                self.reconsider()
        if capture.restless_calls(now=self.now, limit=99):
            self.reconsider()
        checks = indexing.due(now=self.now, limit=99)
        for recording_id in checks:
            indexing.index(recording_id=recording_id, now=self.now)
        return [step for _id, step in steps] + ["index"] * len(checks)

    def look_into(self, room: Room) -> set[UUID]:
        """Do what the minute's task does for a room; the calls it changed."""
        for recording_id in worklist.quiet_parts(room_sid=room.sid, now=self.now):
            recorder.resolve(recording_id=recording_id, now=self.now)
        touched = presence.look(room_sid=room.sid, now=self.now)
        for call_id in touched | capture.unsettled_calls(room_sid=room.sid):
            capture.reconsider(call_id=call_id, now=self.now)
        return touched

    def record(self, room: Room) -> Recording:
        """Begin what is planned and wait until LiveKit records; the part."""
        self.sweep()
        self.until_active(room)
        self.listen()
        return self.part()

    def until_active(self, room: Room) -> None:
        """Wait until the newest recorder of the room hears it, and has said so."""
        assert self.simulator.wait_for(
            lambda: bool(room.recordings) and room.recordings[-1].active_at is not None,
            timeout_seconds=20,
        )
        if "egress_updated" not in room.faults.lost:
            until(lambda: self._was_told(room.recordings[-1], "egress_updated"))

    def until_ended(self, egress: Egress) -> None:
        """Wait until a recorder has ended and has said so; hear of it."""
        until(lambda: self._was_told(egress, "egress_ended"))
        self.listen()

    def _was_told(self, egress: Egress, event: str) -> bool:
        with self.simulator.webhooks._changed:
            sent = list(self.simulator.webhooks.sent)
        return any((one.queue, one.event) == (egress.id, event) for one in sent)

    def call(self) -> Call:
        """The call."""
        return Call.objects.get()

    def part(self, number: int = 1) -> Recording:
        """A part of it, as it is in the database now."""
        return Recording.objects.get(part=number)


@contextmanager
def a_line(
    settings: Settings, folder: Path, *, team: Team, service: Person
) -> Iterator[Line]:
    """Put a simulator on a port; settings and a store in `folder` point at it."""
    settings.LIVEKIT_SIMULATOR = True
    settings.LIVEKIT_API_KEYS = KEYS
    settings.MEDIA_STORE = {"kind": "local", "root": folder}
    TrunkFactory.create(livekit_id=TRUNK, team=team)
    RetentionPolicyFactory.create(team=team)
    posts: list[tuple[bytes, Mapping[str, str]]] = []

    def deliver(body: bytes, headers: Mapping[str, str]) -> int:
        posts.append((body, headers))
        return 200

    simulator = Simulator(
        keys=KEYS, deliver=deliver, put=media_store.store().put, retry_seconds=()
    )
    with serve(simulator) as server:
        settings.LIVEKIT_URL = server.url
        yield Line(simulator, team, service, posts=posts)


@pytest.fixture
def line(cast: Cast, settings: Settings, tmp_path: Path) -> Iterator[Line]:
    """The line of a team in Texas, where nobody needs to be told."""
    team = cast.sales
    team.seat, team.fallback_level = "US-TX", Level.ONE_PARTY
    with transaction.atomic():
        team.save()
    with a_line(settings, tmp_path, team=team, service=cast.service) as line:
        yield line


def be_impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait half a second for LiveKit's answer to a start, where we wait for 75."""
    impatient = partial(client.start_recording, timeout_seconds=0.5)
    monkeypatch.setattr(client, "start_recording", impatient)
