"""Webhooks whose body comes in chunks, without a length: from a proxy, not from LiveKit."""

import json
import os
import socket
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from portal.embedded.ports import free_port
from portal.embedded.processes import end, spawn
from recordings.api.webhook import MOST_BYTES, livekit
from recordings.livekit.simulator import sign
from recordings.models import LiveKitEvent
from tests.telling import Payload, event, room_started
from tests.waiting import until

KEY, SECRET = "key-new", "the new secret of at least thirty-two letters"


@pytest.fixture
def port(transactional_db: None, tmp_path: Path) -> Iterator[int]:
    """A gunicorn with nothing but the webhooks' door, on the test's database."""
    base, _, _name = os.environ["DATABASE_URL"].rpartition("/")
    port = free_port()
    command = [
        *(sys.executable, "-m", "gunicorn", "portal.wsgi", "--no-control-socket"),
        *("--worker-class=gthread", "--threads=2", f"--bind=127.0.0.1:{port}"),
    ]
    environment = os.environ | {
        "DATABASE_URL": f"{base}/{connection.settings_dict['NAME']}",
        "LIVEKIT_API_KEYS": f"{KEY}={SECRET}",
        "SURFACES": "webhook",
        "EARWITNESS_DEBUG": "1",
    }
    log = tmp_path / "gunicorn.log"
    server = spawn(command, log=log, cwd=django_settings.BASE_DIR, env=environment)
    try:
        until(lambda: _answers(port))
        yield port
    finally:
        end(server, seconds=5)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def body_of(payload: Payload) -> bytes:
    return json.dumps(payload).encode()


def post(port: int, body: bytes, *, chunk: int = 100, whole: bool = True) -> int:
    """Send it in chunks over a plain socket; the status of the answer."""
    pieces = [body[at : at + chunk] for at in range(0, len(body), chunk)]
    sent = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    head = (
        "POST /webhooks/livekit HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: {sign(body, key=KEY, secret=SECRET)}\r\n"
        "Content-Type: application/webhook+json\r\nTransfer-Encoding: chunked\r\n"
        "Connection: close\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), 20) as line:
        line.settimeout(20)
        line.sendall(head.encode() + sent + (b"0\r\n\r\n" if whole else b""))
        line.shutdown(socket.SHUT_WR)
        answer = line.makefile("rb").readline()
    return int(answer.split()[1])


def test_a_body_in_chunks_is_read_to_its_end(port: int) -> None:
    told = room_started()

    assert post(port, body_of(told)) == 200

    row = LiveKitEvent.objects.get()
    assert row.id == told["id"]
    assert json.loads(row.payload)["room"]["sid"] == told["room"]["sid"]


def test_chunks_have_the_same_limit_together(port: int) -> None:
    filler = event("room_started", 0, metadata="x" * (MOST_BYTES - 200))
    fits = body_of(filler)
    assert post(port, fits, chunk=60_000) == 200

    over = fits + b" " * (MOST_BYTES + 1 - len(fits))
    assert post(port, over, chunk=60_000) == 413
    assert LiveKitEvent.objects.count() == 1


def test_what_breaks_off_is_not_an_event(port: int) -> None:
    assert post(port, body_of(room_started()), whole=False) == 400

    assert not LiveKitEvent.objects.exists()


@pytest.mark.django_db
def test_a_server_that_cannot_tell_the_end_asks_for_a_length(
    settings: Settings,
) -> None:
    settings.LIVEKIT_API_KEYS = {KEY: SECRET}
    body = body_of(room_started())
    request = RequestFactory().post(
        "/webhooks/livekit",
        headers={
            "Authorization": sign(body, key=KEY, secret=SECRET),
            "Transfer-Encoding": "chunked",
        },
    )
    del request.META["CONTENT_LENGTH"]
    request.META |= {"wsgi.input": BytesIO(body), "wsgi.input_terminated": False}

    answer = livekit(request)

    assert answer.status_code == 411
    assert b"Content-Length" in answer.content
    assert not LiveKitEvent.objects.exists()
