"""A subscriber on this machine: keeps what is posted to it, and answers as it is told."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pytest
from pytest_django.fixtures import Settings


@dataclass
class Receiver:
    """`answers`: the statuses to come, then 200 (0: it hangs up without one); `holds`: let
    nobody have an answer; `wish`: its Retry-After; `most`: bytes, above which it says 413.
    """

    url: str
    answers: list[int] = field(default_factory=list)
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    wish: str = ""
    most: int = 0
    holds: Event = field(default_factory=Event)
    goes_on: Event = field(default_factory=Event)


@contextmanager
def listening() -> Iterator[Receiver]:
    """A receiver at http://127.0.0.1:…/events."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            if receiver.most and len(body) > receiver.most:
                receiver.answers.insert(0, 413)
            else:
                receiver.got.append((self.path, headers, body))
            if receiver.holds.is_set():
                receiver.goes_on.wait(timeout=30)
            status = receiver.answers.pop(0) if receiver.answers else 200
            if not status:
                self.close_connection = True
                return
            self.send_response(status)
            if status == 302:
                self.send_header("Location", f"{receiver.url}/elsewhere")
            if receiver.wish:
                self.send_header("Retry-After", receiver.wish)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing on the console."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver = Receiver(f"http://127.0.0.1:{server.server_address[1]}/events")
        Thread(target=server.serve_forever, daemon=True).start()
        yield receiver
        receiver.goes_on.set()
        server.shutdown()


@pytest.fixture(name="receiver")
def _receiver(settings: Settings) -> Iterator[Receiver]:
    """Somebody who listens, and the portal's permission to talk to this machine."""
    settings.EVENTS_ALLOW_PRIVATE = True
    with listening() as found:
        yield found
