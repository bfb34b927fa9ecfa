"""Two LiveKits behind one face: the simulator, and a real livekit-server with real people.

The real one runs without egress workers (Egress cannot be installed from a package), so
recordings themselves are the simulator's alone.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal, Protocol

import av
from livekit import api, rtc
from livekit.protocol.models import ParticipantInfo

from recordings.livekit import events
from recordings.livekit.demo_audio import conversations
from recordings.livekit.facts import Event
from recordings.livekit.simulator import Simulator
from tests.services import LiveKitServer
from tests.waiting import until

RATE = 48_000
FRAME = 480  # 10 ms
KINDS: Mapping[int, Literal["standard", "sip", "agent"]] = {
    ParticipantInfo.Kind.STANDARD: "standard",
    ParticipantInfo.Kind.SIP: "sip",
    ParticipantInfo.Kind.AGENT: "agent",
}
"""How a token names them."""


@dataclass
class Portal:
    """Takes webhooks as they come, with what they were signed with."""

    url: str = ""
    posts: list[tuple[bytes, Mapping[str, str]]] = field(default_factory=list)

    def events(self, keys: Mapping[str, str]) -> list[Event]:
        """Prove and read all that has come so far."""
        return [
            events.read(
                events.verify(
                    body=body,
                    authorization=headers["Authorization"],
                    keys=keys,
                    now=datetime.now(UTC),
                ).payload
            )
            for body, headers in list(self.posts)
        ]


@contextmanager
def listening() -> Iterator[Portal]:
    """Run a portal that only listens."""
    portal = Portal()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            portal.posts.append((body, dict(self.headers)))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,)).start()
        portal.url = f"http://127.0.0.1:{server.server_address[1]}/webhooks/livekit"
        yield portal
        server.shutdown()


class LiveKit(Protocol):
    """What the contract needs of either."""

    portal: Portal

    @property
    def url(self) -> str:
        """Where its API is."""

    @property
    def keys(self) -> Mapping[str, str]:
        """Its API keys and their secrets."""

    def call(self, room: str, caller: ParticipantInfo) -> Callable[[], None]:
        """Let a caller join a room and speak; what is returned hangs up."""


@dataclass
class Simulated:
    """The simulator, on a port."""

    url: str
    keys: Mapping[str, str]
    portal: Portal
    simulator: Simulator

    def call(self, room: str, caller: ParticipantInfo) -> Callable[[], None]:
        """Open a room of the present, in real time."""
        opened = self.simulator.open_room(room, at=datetime.now(UTC), speed=1.0)
        self.simulator.join(opened, caller)
        return lambda: self.simulator.close_room(opened)


@dataclass
class Real:
    """A livekit-server; whoever calls joins it as the kind that they are."""

    server: LiveKitServer
    portal: Portal

    @property
    def url(self) -> str:
        """Return its API address."""
        return self.server.url

    @property
    def keys(self) -> Mapping[str, str]:
        """Return its keys."""
        return {self.server.api_key: self.server.api_secret}

    def call(self, room: str, caller: ParticipantInfo) -> Callable[[], None]:
        """Connect over WebRTC and publish speech until the call is hung up."""
        token = (
            api.AccessToken(self.server.api_key, self.server.api_secret)
            .with_identity(caller.identity)
            .with_name(caller.name)
            .with_kind(KINDS[caller.kind])
            .with_attributes(dict(caller.attributes))
            .with_grants(api.VideoGrants(room_join=True, room=room))
            .with_ttl(timedelta(minutes=5))
            .to_jwt()
        )
        return _connect(self.server.ws_url, token)


def _connect(url: str, token: str) -> Callable[[], None]:
    """Speak in a room from a thread of its own; what is returned leaves it."""
    speaking, leaving = threading.Event(), threading.Event()
    faults: list[BaseException] = []

    def stay() -> None:
        try:
            asyncio.run(_speak(url, token, speaking, leaving))
        except Exception as fault:  # noqa: BLE001 - shown by the test that waits
            faults.append(fault)

    thread = threading.Thread(target=stay)
    thread.start()
    until(lambda: speaking.is_set() or faults, seconds=30)
    assert not faults, faults

    def leave() -> None:
        leaving.set()
        thread.join(30)
        assert not faults, faults

    return leave


async def _speak(
    url: str, token: str, speaking: threading.Event, leaving: threading.Event
) -> None:
    room = rtc.Room()
    await room.connect(url, token)
    source = rtc.AudioSource(RATE, 1)
    track = rtc.LocalAudioTrack.create_audio_track("speech", source)
    await room.local_participant.publish_track(track)
    speaking.set()
    for frame in _frames():
        if leaving.is_set():
            break
        await source.capture_frame(frame)
    while not leaving.is_set():
        await asyncio.sleep(0.05)
    await room.disconnect()
    await source.aclose()


def _frames() -> Iterator[rtc.AudioFrame]:
    """Cut a demo conversation into frames of 10 ms, mixed to one channel."""
    path = str(conversations()["claims_de_refused"].path)
    resampler = av.AudioResampler("s16", "mono", RATE, frame_size=FRAME)
    with av.open(path, "r") as source:
        for decoded in source.decode(audio=0):
            for frame in resampler.resample(decoded):
                data = bytes(frame.planes[0])[: FRAME * 2]
                yield rtc.AudioFrame(data, RATE, 1, len(data) // 2)
