"""The simulated server on a port.

`/twirp/...` answers as LiveKit does, in protobuf. `POST /simulator/calls` takes a JSON list of
scenarios to play, `GET /simulator/calls/ID` says how one went.
"""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

import jwt

from recordings.livekit.simulator.core import Simulator
from recordings.livekit.simulator.twirp import NoAnswer, Refused, Twirp

_MOST_BYTES = 4_000_000
_STATUS = {
    "invalid_argument": 400,
    "unauthenticated": 401,
    "not_found": 404,
    "bad_route": 404,
    "malformed": 400,
    "failed_precondition": 412,
    "unavailable": 503,
    "deadline_exceeded": 408,
}


class Desk(Protocol):
    """Plays calls on request."""

    def take(self, scenarios: Any) -> Any:
        """Begin to play a JSON list of scenarios. Raises ValueError or TypeError."""

    def show(self, call_id: str) -> Any:
        """Say how a call goes. Raises KeyError."""


class Server(ThreadingHTTPServer):
    """A simulator on a port."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, address: tuple[str, int], simulator: Simulator, desk: Desk | None
    ) -> None:
        """Bind; port 0 picks a free one."""
        super().__init__(address, Handler)
        self.twirp = Twirp(simulator)
        self.keys: Mapping[str, str] = simulator.keys
        self.desk = desk

    @property
    def url(self) -> str:
        """Return where it listens."""
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"


@contextmanager
def serve(
    simulator: Simulator,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    desk: Desk | None = None,
) -> Iterator[Server]:
    """Serve a simulator from a background thread until the block is left."""
    server = Server((host, port), simulator, desk)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        simulator.close()
        server.shutdown()
        server.server_close()
        thread.join()


class Handler(BaseHTTPRequestHandler):
    """Reads HTTP, asks Twirp or the control desk, writes HTTP."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        """Answer a Twirp call, or take calls to play."""
        body = self.rfile.read(
            min(int(self.headers.get("Content-Length") or 0), _MOST_BYTES)
        )
        if self.path == "/simulator/calls":
            self._control(lambda desk: desk.take(json.loads(body)))
            return
        try:
            grants = self._grants()
            method = self.path.removeprefix("/twirp/livekit.")
            answer = self.server.twirp.answer(method, grants, body)
        except Refused as refusal:
            text = json.dumps({"code": refusal.code, "msg": str(refusal)}).encode()
            self._reply(_STATUS[refusal.code], text, "application/json")
        except jwt.PyJWTError:
            self._reply(
                401, b"invalid authorization token", "text/plain; charset=utf-8"
            )
        except NoAnswer as fault:
            self.close_connection = True
            if fault.page:
                self._reply(502, fault.page, "text/html")
        else:
            self._reply(200, answer.SerializeToString(), "application/protobuf")

    def do_GET(self) -> None:
        """Say how a call went, or that the server is there."""
        if self.path == "/simulator/":
            self._control(lambda desk: {"simulator": True})
        elif self.path.startswith("/simulator/calls/"):
            self._control(lambda desk: desk.show(self.path.rpartition("/")[2]))
        else:
            self._reply(200, b"OK", "text/plain; charset=utf-8")

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet: paths and bodies are somebody's calls."""

    def _grants(self) -> dict[str, Any]:
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        if not token or scheme != "Bearer":
            return {}
        key = jwt.decode(token, options={"verify_signature": False}).get("iss", "")
        secret = self.server.keys.get(key)
        if secret is None:
            raise jwt.InvalidTokenError("unknown key")
        claims = jwt.decode(
            token, secret, algorithms=["HS256"], options={"require": ["exp"]}
        )
        video, sip = claims.get("video"), claims.get("sip")
        grants = dict(video) if isinstance(video, dict) else {}
        if isinstance(sip, dict):
            grants["sipAdmin"] = sip.get("admin")
        return grants

    def _control(self, ask: Callable[[Desk], Any]) -> None:
        if self.server.desk is None:
            self._reply(404, b"no control desk", "text/plain; charset=utf-8")
            return
        try:
            status, answer = 200, ask(self.server.desk)
        except KeyError:
            status, answer = 404, {"error": "no such call"}
        except (ValueError, TypeError) as error:
            status, answer = 400, {"error": str(error)}
        self._reply(status, json.dumps(answer).encode(), "application/json")

    def _reply(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
