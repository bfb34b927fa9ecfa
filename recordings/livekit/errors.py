"""What can go wrong when we ask LiveKit for something, in our words.

The question that matters after a start is "may it be recording now?". StartRefused says no,
StartUnclear says perhaps: then look for it by its key, never start a second one.
"""

from enum import StrEnum

import aiohttp
from google.protobuf.message import DecodeError
from livekit import api


class Refusal(StrEnum):
    """Why a recording was certainly not started."""

    ROOM_GONE = "room_gone"
    NO_CAPACITY = "no_capacity"
    BAD_REQUEST = "bad_request"
    FORBIDDEN = "forbidden"
    UNSUPPORTED = "unsupported"
    NO_EGRESS = "no_egress"
    UNREACHABLE = "unreachable"


_RETRYABLE = frozenset({Refusal.ROOM_GONE, Refusal.NO_CAPACITY, Refusal.UNREACHABLE})


class LiveKitError(Exception):
    """Base of everything this folder raises about LiveKit's answers."""


class StartRefused(LiveKitError):
    """Definitely not started. `retryable`: the same request may succeed a little later."""

    def __init__(self, reason: Refusal) -> None:
        """Keep the reason; LiveKit's own text may hold names and is not kept."""
        super().__init__(reason.value)
        self.reason = reason
        self.retryable = reason in _RETRYABLE


class StartUnclear(LiveKitError):
    """No trustworthy answer: LiveKit may be recording."""


class EgressUnknown(LiveKitError):
    """LiveKit does not know this recording (it forgets ended ones after 24 h)."""


class AlreadyEnded(LiveKitError):
    """The recording cannot be stopped, it has ended."""


class LiveKitUnavailable(LiveKitError):
    """No usable answer. Ask again later. `reason`: why, where LiveKit said it plainly."""

    def __init__(self, text: str, reason: Refusal | None = None) -> None:
        """Keep the reason; the text holds codes only."""
        super().__init__(text)
        self.reason = reason


TRANSPORT_FAULTS = (
    aiohttp.ClientError,
    TimeoutError,
    OSError,
    DecodeError,
    api.ServerError,
)

_NOT_STARTED = {
    "not_found": Refusal.ROOM_GONE,
    "unavailable": Refusal.NO_CAPACITY,
    "resource_exhausted": Refusal.NO_CAPACITY,
    "invalid_argument": Refusal.BAD_REQUEST,
    "malformed": Refusal.BAD_REQUEST,
    "out_of_range": Refusal.BAD_REQUEST,
    "failed_precondition": Refusal.BAD_REQUEST,
    "unauthenticated": Refusal.FORBIDDEN,
    "permission_denied": Refusal.FORBIDDEN,
    "bad_route": Refusal.UNSUPPORTED,
    "unimplemented": Refusal.UNSUPPORTED,
}
# Answers that are not LiveKit's own (a proxy's page, or a token that is no token), by HTTP
# status. 408 and 499 may come after the request was passed on, so they prove nothing.
_NOT_STARTED_STATUS = {
    400: Refusal.BAD_REQUEST,
    401: Refusal.FORBIDDEN,
    403: Refusal.FORBIDDEN,
    404: Refusal.UNSUPPORTED,
    405: Refusal.UNSUPPORTED,
    413: Refusal.BAD_REQUEST,
    429: Refusal.NO_CAPACITY,
}


def of_start(error: Exception) -> StartRefused | StartUnclear:
    """Translate what a start call raised. In doubt it is StartUnclear."""
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.InvalidURL):
        # The connection was never made, so nothing was sent.
        return StartRefused(Refusal.UNREACHABLE)
    if isinstance(error, api.ServerError):
        reason = _refusal(error)
        if reason is not None:
            return StartRefused(reason)
        return StartUnclear(f"{error.code} {error.status}")
    return StartUnclear(type(error).__name__)


def _refusal(error: api.ServerError) -> Refusal | None:
    if error.code == "internal" and "redis required" in error.message:
        return Refusal.NO_EGRESS
    if error.code == "unknown":
        return _NOT_STARTED_STATUS.get(error.status)
    return _NOT_STARTED.get(error.code)


def of_stop(error: Exception) -> LiveKitError:
    """Translate what a stop call raised."""
    if isinstance(error, api.ServerError):
        if error.code == "not_found":
            return EgressUnknown("not found")
        if error.code == "failed_precondition":
            return AlreadyEnded("already ended")
    return of_question(error)


def of_question(error: Exception) -> LiveKitUnavailable:
    """Translate what a reading call raised."""
    if isinstance(error, api.ServerError):
        text = f"{error.code} {error.status}"
        return LiveKitUnavailable(text, _refusal(error))
    unreached = isinstance(error, aiohttp.ClientConnectorError | aiohttp.InvalidURL)
    reason = Refusal.UNREACHABLE if unreached else None
    return LiveKitUnavailable(type(error).__name__, reason)
