"""When the next part of a call may follow: after an end, after failures, before a limit.

Pure: the parts of a call in, instants and waits out. A live call that may be recorded is never
given up: after failures the next try only waits a little longer.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings

from recordings.models import Recording

State = Recording.State

SETTLE = timedelta(seconds=3)
"""LiveKit ends a recorder when the call is over too, and that news may be on its way."""
PATIENCE_SECONDS = (0, 0, 15, 30, 60)
"""From one part that left nothing to the next, by how many there were in a row."""
MOST_PARTS = 60
HANDOVER_LEAD = timedelta(seconds=120)
"""The next part starts so long before a planned limit: a start may take 75 s."""
LATE = timedelta(seconds=30)
"""A recorder that was asked for and does not hear the call after this has failed it."""
_HOPELESS = frozenset(
    {"bad_request", "forbidden", "unsupported", "no_egress", "not_set_up"}
)
"""Refusals that a further try in the same call would only repeat."""
_ENDED_IN_ORDER = frozenset({"complete", "aborted"})
_AT_ONCE = timedelta()


def is_running(part: Recording) -> bool:
    """The part that records now, or is about to: neither stopping nor handing over."""
    return (
        part.state in Recording.OPEN and not part.stop_wanted and not is_leaving(part)
    )


def is_leaving(part: Recording) -> bool:
    """It goes on until the part that follows it records."""
    return part.handing_over and part.state in Recording.OPEN and not part.stop_wanted


def wait_for_next(
    parts: Sequence[Recording], *, now: datetime, at: datetime
) -> timedelta | None:
    """How long until a part may follow these in a live call that may be recorded.

    parts: in order of their numbers. now: by our clock, by which starts are planned.
    at: the same moment on the call's own clock, by which they end. None: not by itself;
    a part must end first, or no further try makes sense.
    """
    if not parts:
        return _AT_ONCE
    if any(part.state in Recording.OPEN and not is_leaving(part) for part in parts):
        return None
    last = parts[-1]
    if len(parts) >= MOST_PARTS or _word(last.reason) in _HOPELESS:
        return None
    waits = [_AT_ONCE]
    if patience := _patience(parts):
        waits.append(last.planned_at + patience - now)
    in_order = _word(last.reason) in _ENDED_IN_ORDER and not last.stop_wanted
    if in_order and last.ended_at is not None:
        waits.append(last.ended_at + SETTLE - at)
    return max(waits)


def hand_over_at(part: Recording) -> datetime | None:
    """When the next part should start so that a planned limit cuts nothing off.

    None where parts have no planned limit (EARWITNESS_PART_MINUTES=0), or before the
    part records.
    """
    limit: int = settings.PART_MINUTES
    if not limit or part.state != State.RECORDING or part.started_at is None:
        return None
    return part.started_at + timedelta(minutes=limit) - HANDOVER_LEAD


def left_nothing(part: Recording) -> bool:
    """It left no file, or will not have left one once the store was asked."""
    breaks = part.state == State.CHECKING and part.reason.startswith("failed")
    return breaks or part.state in {State.FAILED, State.ABORTED, State.LOST}


def _patience(parts: Sequence[Recording]) -> timedelta:
    """How long to wait after the failures that came last, from the last one's plan."""
    failures = 0
    for part in reversed(parts):
        if not left_nothing(part) or part.stop_wanted:
            break
        failures += 1
    seconds = PATIENCE_SECONDS[min(failures, len(PATIENCE_SECONDS) - 1)]
    return timedelta(seconds=seconds)


def _word(reason: str) -> str:
    return reason.partition(":")[0]


def is_failing(parts: Sequence[Recording], *, now: datetime) -> bool:
    """A recorder was asked for and none hears the call: it broke, or does not come.

    parts: in order of their numbers. False where the last one was told to stop.
    """
    if any(part.state == State.RECORDING and not part.stop_wanted for part in parts):
        return False
    for part in reversed(parts):
        if part.stop_wanted:
            return False
        if part.state not in Recording.OPEN or now - part.planned_at > LATE:
            return True
    return False
