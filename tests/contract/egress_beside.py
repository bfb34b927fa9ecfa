"""A real livekit-server with the simulator's Egress beside it, behind one address.

Rooms, people and their webhooks are the real server's. Whatever the portal asks of Egress
is answered by the simulator, for the rooms that the real server has.
"""

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from recordings.livekit import client
from recordings.livekit.demo_audio import conversations
from recordings.livekit.simulator import Faults, Simulator, over_http, serve
from recordings.livekit.simulator.clock import Clock
from recordings.livekit.simulator.server import Handler
from recordings.livekit.simulator.world import Room, new_room
from recordings.media_store.local import LocalStore
from tests.services import LiveKitServer

EGRESS = "/twirp/livekit.Egress/"


class Egress(Simulator):
    """Records in rooms that somebody else keeps."""

    def live_room(self, name: str) -> Room | None:
        """The room of this name, as far as a recorder needs it; None: it is closed."""
        real = client.live_room(name)
        if real is None:
            return None
        with self.changed:
            known = next((one for one in self.rooms if one.sid == real.sid), None)
            return known or self._mirror(name, real.sid)

    def _mirror(self, name: str, sid: str) -> Room:
        clock = Clock(start=datetime.now(UTC), speed=1.0, stopping=self.stopping)
        room = new_room(name, clock=clock, faults=Faults())
        room.info.sid = sid
        room.had_agent = True
        room.speech = conversations()["sales_us_upgrade"]
        room.speech_from = clock.now()
        self.rooms.append(room)
        return room


class Front(Handler):
    """Sends each question to whom it is for."""

    upstream = ""

    def do_POST(self) -> None:
        """Answer what is Egress's; pass everything else on."""
        if self.path.startswith(EGRESS):
            super().do_POST()
            return
        body = self.rfile.read(int(self.headers["Content-Length"]))
        connection = http.client.HTTPConnection(self.upstream, timeout=30)
        names = ("Authorization", "Content-Type")
        headers = {name: self.headers[name] for name in names}
        connection.request("POST", self.path, body, headers)
        answer = connection.getresponse()
        content_type = answer.getheader("Content-Type") or "text/plain"
        self._reply(answer.status, answer.read(), content_type)
        connection.close()


@contextmanager
def egress_beside(
    real: LiveKitServer, *, portal_url: str, media: Path
) -> Iterator[LiveKitServer]:
    """The same server at an address where it has Egress; it writes into that folder."""
    media.mkdir(parents=True, exist_ok=True)
    simulator = Egress(
        keys={real.api_key: real.api_secret},
        deliver=over_http(portal_url),
        put=LocalStore(media).put,
    )
    front = type("_Front", (Front,), {"upstream": urlsplit(real.url).netloc})
    with serve(simulator) as server:
        server.RequestHandlerClass = front
        yield replace(real, url=server.url)
