"""Every answer to a start is either "not recording" or "perhaps recording"."""

import aiohttp
import pytest
from google.protobuf.message import DecodeError
from livekit.api import ServerError

from recordings.livekit.errors import (
    LiveKitUnavailable,
    Refusal,
    StartRefused,
    StartUnclear,
    of_start,
    of_stop,
)


@pytest.mark.parametrize(
    ("code", "status", "reason"),
    [
        ("not_found", 404, Refusal.ROOM_GONE),
        ("unavailable", 503, Refusal.NO_CAPACITY),
        ("resource_exhausted", 429, Refusal.NO_CAPACITY),
        ("invalid_argument", 400, Refusal.BAD_REQUEST),
        ("unauthenticated", 401, Refusal.FORBIDDEN),
        ("permission_denied", 403, Refusal.FORBIDDEN),
        ("bad_route", 404, Refusal.UNSUPPORTED),
        # not LiveKit's own words: a proxy's page, or a token that is none
        ("unknown", 401, Refusal.FORBIDDEN),
        ("unknown", 404, Refusal.UNSUPPORTED),
        ("unknown", 413, Refusal.BAD_REQUEST),
        ("unknown", 429, Refusal.NO_CAPACITY),
    ],
)
def test_certainly_not_recording(code: str, status: int, reason: Refusal) -> None:
    error = of_start(ServerError(code, "", status=status))

    assert isinstance(error, StartRefused)
    assert error.reason is reason


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("deadline_exceeded", 408),
        ("internal", 500),
        ("aborted", 409),
        ("already_exists", 409),
        ("canceled", 408),
        ("something new", 500),
        ("unknown", 408),
        ("unknown", 500),
        ("unknown", 502),
        ("unknown", 503),
        ("unknown", 504),
    ],
)
def test_perhaps_recording(code: str, status: int) -> None:
    assert isinstance(of_start(ServerError(code, "", status=status)), StartUnclear)


@pytest.mark.parametrize(
    "error",
    [TimeoutError(), aiohttp.ServerDisconnectedError(), DecodeError(), OSError()],
)
def test_a_broken_connection_proves_nothing(error: Exception) -> None:
    assert isinstance(of_start(error), StartUnclear)


def test_an_address_that_is_none_was_never_asked() -> None:
    assert isinstance(of_start(aiohttp.InvalidURL("http://")), StartRefused)


def test_a_server_without_redis_cannot_record() -> None:
    text = "twirp error unknown: egress not connected (redis required)"

    error = of_start(ServerError("internal", text, status=500))

    assert isinstance(error, StartRefused)
    assert error.reason is Refusal.NO_EGRESS
    assert not error.retryable


def test_a_stop_whose_worker_is_dead_may_be_asked_again() -> None:
    error = of_stop(ServerError("deadline_exceeded", "", status=408))

    assert isinstance(error, LiveKitUnavailable)


def test_no_name_of_a_room_gets_into_the_message() -> None:
    error = of_start(ServerError("not_found", "room call-_+4930 is gone", status=404))

    assert "4930" not in str(error)
