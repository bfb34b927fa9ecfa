"""A server under a bounded load of prepared requests, over keep-alive connections."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

CLIENTS = 4


@dataclass(frozen=True)
class Request:
    """One prepared request."""

    path: str
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@contextmanager
def server(*, workers: int = 1) -> Iterator[int]:
    """Serve the product under gunicorn as in production; yields the port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [
        *(sys.executable, "-m", "gunicorn", "portal.wsgi", "--no-control-socket"),
        *("--worker-class=gthread", f"--workers={workers}", f"--threads={CLIENTS}"),
        *(f"--bind=127.0.0.1:{port}", "--log-level=warning"),
    ]
    process = subprocess.Popen(command, env=os.environ)
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("The server did not start.")


def rate(port: int, requests: Sequence[Request]) -> float:
    """Send every request once, over four connections; answers a second.

    Raises RuntimeError unless each is answered 200.
    """
    shares = [requests[start::CLIENTS] for start in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        begun = time.perf_counter()
        list(pool.map(lambda share: _send(port, share), shares))
        return len(requests) / (time.perf_counter() - begun)


def _send(port: int, requests: Sequence[Request]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for request in requests:
        connection.request("POST", request.path, request.body, request.headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{request.path}: {answer.status} {text[:200]!r}")
    connection.close()
