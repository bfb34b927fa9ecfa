"""LiveKit's door: what is let in, what is turned away, and that the answer is fast."""

import base64
import hashlib
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from celery import Task
from django.test import Client
from pytest_django.fixtures import Settings

from compliance import publish
from recordings.api.webhook import MOST_BYTES
from recordings.livekit.simulator import sign
from recordings.models import LiveKitEvent
from tests.telling import caller, event, joined, room_started
from tests.waiting import until

pytestmark = pytest.mark.django_db
DOOR = "/webhooks/livekit"
KEYS = {
    "key-new": "the new secret of at least thirty-two letters",
    "key-old": "the old secret of at least thirty-two letters",
}


@pytest.fixture(autouse=True)
def _keys(settings: Settings) -> None:
    settings.LIVEKIT_API_KEYS = KEYS


@pytest.fixture(autouse=True)
def published(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What was handed to Celery; no broker is asked."""
    given: list[dict[str, Any]] = []
    monkeypatch.setattr(publish, "_paused_until", 0.0)
    monkeypatch.setattr(
        Task, "apply_async", lambda task, **more: given.append(more["kwargs"])
    )
    return given


def body_of(payload: dict[str, Any]) -> bytes:
    return json.dumps(payload).encode()


def post(
    body: bytes,
    authorization: str | None = None,
    *,
    path: str = DOOR,
    key: str = "key-new",
) -> int:
    """Deliver as LiveKit does: a bare JWT over the exact bytes. The status."""
    if authorization is None:
        authorization = sign(body, key=key, secret=KEYS[key])
    headers = {"Authorization": authorization} if authorization else {}
    response = Client(raise_request_exception=False).post(
        path, body, content_type="application/webhook+json", headers=headers
    )
    return response.status_code


def token(body: bytes, *, key: str = "key-new", **changes: Any) -> str:
    """A token of ours in which something is changed; None leaves a claim out."""
    now = datetime.now(UTC)
    claims: dict[str, Any] = {
        "iss": key,
        "nbf": now,
        "exp": now + timedelta(minutes=5),
        "sha256": base64.b64encode(hashlib.sha256(body).digest()).decode(),
        **changes,
    }
    given = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(given, KEYS[key], algorithm="HS256")


@pytest.mark.parametrize("path", [DOOR, f"{DOOR}/"])
@pytest.mark.parametrize("key", KEYS)
def test_a_signed_event_is_stored_under_either_key_and_path(
    path: str, key: str, published: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    told = room_started()

    with django_capture_on_commit_callbacks(execute=True):
        assert post(body_of(told), path=path, key=key) == 200, "and no redirect"

    row = LiveKitEvent.objects.get()
    assert (row.id, row.api_key) == (told["id"], key)
    until(lambda: published == [{}])  # a nudge, that names nothing


def test_it_is_kept_when_an_event_was_signed_whatever_its_own_date() -> None:
    body = body_of(event("room_started", 1))
    signed = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=20)

    assert post(body, token(body, nbf=signed)) == 200

    assert LiveKitEvent.objects.get().signed_at == signed


def test_an_event_already_seen_is_answered_alike() -> None:
    body = body_of(room_started())

    assert [post(body), post(body), post(body)] == [200, 200, 200]

    assert LiveKitEvent.objects.count() == 1


def test_an_unknown_event_is_taken_in() -> None:
    assert post(body_of(event("agent_dreamt", 1))) == 200

    assert LiveKitEvent.objects.get().state == "unknown"


NOW = datetime.now(UTC)


SPOILT: dict[str, Callable[[bytes], str]] = {
    "unsigned": lambda body: "",
    "no token": lambda body: "Bearer nothing",
    "dots": lambda body: "a.b.c",
    "with a scheme": lambda body: f"Bearer {token(body)}",
    "body changed": lambda body: token(body + b" "),
    "foreign key": lambda body: token(body, iss="key-of-others"),
    "wrong key": lambda body: token(body, iss="key-old"),
    "no key": lambda body: token(body, iss=None),
    "no hash": lambda body: token(body, sha256=None),
    "hash of nothing": lambda body: token(body, sha256=""),
    "hash that is none": lambda body: token(body, sha256="not base64!"),
    "endless": lambda body: token(body, exp=None),
    "stale": lambda body: token(body, exp=NOW - timedelta(minutes=5)),
    "from tomorrow": lambda body: token(body, nbf=NOW + timedelta(hours=1)),
    "odd date": lambda body: token(body, exp=1e300),
    "signature cut": lambda body: token(body)[:-4] + "AAAA",
    "no algorithm": lambda body: jwt.encode({"iss": "key-new"}, "", algorithm="none"),
    "very long": lambda body: "x" * 100_000,
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_what_is_not_proved_is_turned_away(spoil: Callable[[bytes], str]) -> None:
    body = body_of(room_started())

    assert post(body, spoil(body)) == 401

    assert not LiveKitEvent.objects.exists()


def test_a_clock_a_minute_off_is_forgiven() -> None:
    body = body_of(room_started())

    assert post(body, token(body, nbf=datetime.now(UTC) + timedelta(seconds=50))) == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"event"',
        b"{}",
        b'{"event": ""}',
        b'{"event": 7}',
        b'{"event": "room_started", "createdAt": NaN}',
        b'{"event": "\xff\xfe"}',
        b"[" * 50_000,
    ],
    ids=range(11),
)
def test_signed_nonsense_is_final(body: bytes) -> None:
    assert post(body) == 400

    assert not LiveKitEvent.objects.exists()


@pytest.mark.parametrize(
    "payload",
    [
        {"event": "room_started", "id": "x" * 500, "createdAt": "9" * 400},
        {"event": "e" * 500, "id": "EV_1", "room": {"sid": "R" * 500}},
        {"event": "room_started", "id": "EV_\x00", "room": {"name": "\ud800"}},
        {"event": "egress_ended", "id": 7, "egressInfo": {"egressId": "E" * 500}},
        {"event": "room_started", "createdAt": -1, "room": [[[]]]},
    ],
    ids=["long", "longer", "unprintable", "mistyped", "negative"],
)
def test_odd_but_signed_events_are_kept(payload: dict[str, Any]) -> None:
    assert post(body_of(payload)) == 200

    assert LiveKitEvent.objects.count() == 1


def test_over_a_mebibyte_is_too_large_and_not_even_read() -> None:
    filler = "x" * (MOST_BYTES - 200)
    fits = body_of(event("room_started", 0, metadata=filler))
    assert len(fits) <= MOST_BYTES
    assert post(fits) == 200

    assert post(fits + b" " * (MOST_BYTES + 1 - len(fits))) == 413
    assert LiveKitEvent.objects.count() == 1


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_only_post_is_heard(method: str) -> None:
    assert getattr(Client(), method)(DOOR).status_code == 405


def test_a_refusal_says_why_without_repeating_what_came() -> None:
    body = body_of(joined(caller()))
    answer = Client().post(DOOR, body, content_type="application/webhook+json")

    assert answer.status_code == 401
    assert b"3023125042" not in answer.content


def test_a_body_without_a_length_is_turned_away_not_broken() -> None:
    body = body_of(room_started())
    answer = Client(raise_request_exception=False).post(
        DOOR,
        body,
        content_type="application/webhook+json",
        headers={"Authorization": sign(body, key="key-new", secret=KEYS["key-new"])},
        CONTENT_LENGTH="many",
    )

    assert answer.status_code in {400, 401}


@contextmanager
def _stalled() -> Iterator[str]:
    """A broker that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


@contextmanager
def _refusing() -> Iterator[str]:
    """Nobody listens there."""
    yield "redis://127.0.0.1:9/0"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("broker", [_stalled, _refusing])
def test_without_a_broker_the_answer_is_still_a_fast_200(
    broker: Any, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """The row is what counts: the beat applies what no task was published for."""
    monkeypatch.undo()
    monkeypatch.setattr(publish, "_paused_until", 0.0)
    settings.LIVEKIT_API_KEYS = KEYS
    post(body_of(room_started("RM_warm")))
    with broker() as url:
        settings.CELERY_BROKER_URL = url
        publish._paused_until = 0.0
        began = time.monotonic()
        statuses = [post(body_of(room_started(f"RM_{n}"))) for n in range(5)]
        took = time.monotonic() - began

    assert statuses == [200] * 5
    assert LiveKitEvent.objects.filter(state="received").count() == 6
    assert took < 3, "the time-out is paid once, not five times"
