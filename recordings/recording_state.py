"""Whether a call is being recorded at this moment, and why: one answer for everybody.

Recording means that LiveKit said ACTIVE. That nothing is recorded is promised by three
states alone: paused, not recording and ended. While a recorder starts or stops it may
hear what is said.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from compliance.consent import wording
from compliance.consent.plan import Why
from recordings import endings, pauses
from recordings.models import Call, Pause, Recording

PAUSED = "paused"
_NOT_ACTIVE_YET = frozenset(
    {Recording.State.PLANNED, Recording.State.STARTING, Recording.State.UNCLEAR}
)
_MAY = frozenset({Why.NOT_NEEDED.value, Why.MET.value, Why.RECORD_THE_WORDS.value})
"""What the law says of a call that may be recorded."""
_SAID_NOW = {
    **{why.value: text for why, text in wording.WHY.items()},
    "not_announced": wording.WHY[Why.ANNOUNCEMENT_OVERDUE],
}
"""What the law says at present; `endings` tells the same of what is over."""

_RESTS_ON = (
    "ended_at", "why", "recordings__id", "recordings__state", "recordings__reason",
    "recordings__stop_wanted", "recordings__started_at", "recordings__ended_at",
    "pauses__id", "pauses__confirmed_at", "pauses__ended_at",
)  # fmt: skip


class State(StrEnum):
    """What is going on."""

    RECORDING = "recording"
    STARTING = "starting"
    STOPPING = "stopping"
    PAUSED = "paused"
    NOT_RECORDING = "not_recording"
    ENDED = "ended"


@dataclass(frozen=True)
class RecordingState:
    """The answer. part: the number of the part it is about, 0 before there is one.

    since: when that began, None where nobody wrote it down. why: a code; `explained`
    puts it in words.
    """

    state: State
    why: str = ""
    part: int = 0
    since: datetime | None = None
    pause: Pause | None = None

    @property
    def is_recording(self) -> bool:
        """Whether LiveKit has said that a recorder hears the call."""
        return self.state is State.RECORDING

    @property
    def version(self) -> str:
        """A short text that is another one as soon as anything of the answer is."""
        since = self.since.isoformat() if self.since else ""
        pause = str(self.pause.id) if self.pause else ""
        told = "|".join((self.state, self.why, str(self.part), since, pause))
        return hashlib.sha256(told.encode()).hexdigest()[:16]


def of_call(call: Call) -> RecordingState:
    """The state of a call by its rows: no query where parts and pauses were prefetched."""
    parts = sorted(call.recordings.all(), key=lambda part: part.part)
    return of_rows(call, parts=parts, pause=pauses.running(call))


def of_rows(
    call: Call, *, parts: Sequence[Recording], pause: Pause | None
) -> RecordingState:
    """The same, of rows that are at hand. parts: in order. pause: the open one."""
    running = [part for part in parts if part.state in Recording.OPEN]
    for part in reversed(running):
        if part.state == Recording.State.RECORDING and _goes_on(part, call):
            return RecordingState(
                State.RECORDING, call.why, part.part, part.started_at, pause
            )
    for part in reversed(running):
        if part.state in _NOT_ACTIVE_YET and _goes_on(part, call):
            return RecordingState(
                State.STARTING, call.why, part.part, part.planned_at, pause
            )
    if running:
        last = running[-1]
        why = last.stop_wanted or last.reason or "call_ended"
        return RecordingState(State.STOPPING, why, last.part, pause=pause)
    return _silent(call, parts[-1] if parts else None, pause)


class Watch:
    """The state of one call, looked at again and again: a light query each time."""

    def __init__(self, call: Call) -> None:
        """Begin with nothing known."""
        self._id = call.id
        self._rows: frozenset[object] | None = None
        self._told = RecordingState(State.NOT_RECORDING)

    def look(self) -> RecordingState:
        """The state now, worked out anew only when a row it rests on is another."""
        rows = frozenset(Call.objects.filter(id=self._id).values_list(*_RESTS_ON))
        if rows != self._rows:
            self._rows = rows
            self._told = of_call(Call.objects.get(id=self._id))
        return self._told


def explained(told: RecordingState) -> str:
    """The code of a state as a sentence, empty where there is nothing to say."""
    if told.state in {State.NOT_RECORDING, State.RECORDING, State.STARTING}:
        now = _SAID_NOW.get(told.why)
        if now is not None:
            return str(now)
    return endings.reason(told.why)


def _goes_on(part: Recording, call: Call) -> bool:
    """Nobody wants it to stop: it records the call, or is about to."""
    return call.is_live and not part.stop_wanted


def _silent(call: Call, last: Recording | None, pause: Pause | None) -> RecordingState:
    """No recorder runs."""
    number = last.part if last else 0
    if call.ended_at is not None:
        why = last.reason if last else call.why
        return RecordingState(State.ENDED, why, number, call.ended_at)
    if pause is not None:
        confirmed = pause.confirmed_at is not None
        state = State.PAUSED if confirmed else State.STOPPING
        return RecordingState(state, PAUSED, number, pause.confirmed_at, pause)
    since = (last and last.ended_at) or call.started_at
    why = last.reason if last and call.why in _MAY else call.why
    return RecordingState(State.NOT_RECORDING, why, number, since)
