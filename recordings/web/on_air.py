"""The board of calls in progress: what the recorder of each is doing, in one word.

A call that the law or somebody on the line keeps off the record is not a fault; a call
that ought to be recorded and is not is what the page is for.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.models import Person
from recordings import coverage, endings, queries
from recordings.models import Call, Party, Pause, Recording
from recordings.web import stops, words

State = Recording.State

MOST = 300
"""Calls on the board; the sentence says where there are more."""
SOON = timedelta(seconds=20)
"""Within this a recorder is decided on and asked for."""
_ALLOWED = frozenset(
    {Call.Consent.NOT_NEEDED, Call.Consent.ANNOUNCED, Call.Consent.GRANTED}
)


class Air(StrEnum):
    """What the recorder of a live call is doing; the order is that of the board."""

    MISSING = "missing"
    UNCLEAR = "unclear"
    STARTING = "starting"
    PAUSED = "paused"
    NOT_ALLOWED = "not_allowed"
    STOPPING = "stopping"
    RECORDING = "recording"


@dataclass(frozen=True)
class Look:
    """How a state is drawn: its word, mark and tone."""

    word: Promise
    mark: str
    tone: str = ""


LOOKS = {
    Air.MISSING: Look(gettext_lazy("not recorded"), "cross", "red"),
    Air.UNCLEAR: Look(gettext_lazy("start unclear"), "work", "amber"),
    Air.STARTING: Look(gettext_lazy("starting"), "work"),
    Air.PAUSED: Look(gettext_lazy("paused"), "pause", "amber"),
    Air.NOT_ALLOWED: Look(gettext_lazy("not to be recorded"), "none", "faint"),
    Air.STOPPING: Look(gettext_lazy("stopping"), "work"),
    Air.RECORDING: Look(gettext_lazy("recording"), "live", "red"),
}


@dataclass(frozen=True)
class Row:
    """One call in progress."""

    call: Call
    air: Air
    why: str
    recorded_ms: int
    unrecorded_ms: int
    may_open: bool
    caller: Party | None

    @property
    def look(self) -> Look:
        """How its state is drawn."""
        return LOOKS[self.air]

    @property
    def counts(self) -> str:
        """Which of the two lengths grows now."""
        return "recorded" if self.air == Air.RECORDING else "unrecorded"


@dataclass(frozen=True)
class Board:
    """All calls in progress that somebody may see, what needs a look first."""

    rows: list[Row]
    is_cut: bool

    @property
    def fingerprint(self) -> str:
        """The same as long as no call came, went or changed its state."""
        told = "|".join(f"{row.call.id}{row.air}{row.why}" for row in self.rows)
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    @property
    def missing(self) -> int:
        """Calls that ought to be recorded and are not."""
        return sum(row.air == Air.MISSING for row in self.rows)

    @property
    def is_well(self) -> bool:
        """Each is recorded, or is not to be."""
        settled = {Air.RECORDING, Air.NOT_ALLOWED, Air.PAUSED, Air.STOPPING}
        return bool(self.rows) and all(row.air in settled for row in self.rows)

    @property
    def sentence(self) -> str:
        """The answer to 'is everything recorded right now?'."""
        total = len(self.rows)
        if not total:
            return _("No call is in progress.")
        counts = Counter(row.air for row in self.rows)
        parts = [_in_progress(total, is_cut=self.is_cut)]
        parts += [_COUNTED[air] % {"n": counts[air]} for air in _COUNTED if counts[air]]
        if self.missing:
            look = ngettext("%(n)s not: look", "%(n)s not: look", self.missing)
            parts.append(look % {"n": self.missing})
        return ", ".join(str(part) for part in parts) + "."


_COUNTED = {
    Air.RECORDING: gettext_lazy("%(n)s recorded"),
    Air.STARTING: gettext_lazy("%(n)s starting"),
    Air.STOPPING: gettext_lazy("%(n)s stopping"),
    Air.UNCLEAR: gettext_lazy("%(n)s unclear"),
    Air.PAUSED: gettext_lazy("%(n)s paused"),
    Air.NOT_ALLOWED: gettext_lazy("%(n)s not to be recorded"),
}


def _in_progress(total: int, *, is_cut: bool) -> str:
    if is_cut:
        return _("More than %(n)s calls in progress, the newest shown") % {"n": total}
    return ngettext("%(n)s call in progress", "%(n)s calls in progress", total) % {
        "n": total
    }


def board(person: Person, *, now: datetime) -> Board:
    """The calls in progress of this person's teams, and what becomes of each."""
    calls = list(queries.live_calls(person)[: MOST + 1])
    rows = [_row(call, person, now) for call in calls[:MOST]]
    order = list(Air)
    rows.sort(key=lambda row: order.index(row.air))
    return Board(rows, is_cut=len(calls) > MOST)


def _row(call: Call, person: Person, now: datetime) -> Row:
    parts, at = list(call.recordings.all()), call.now(now)
    pauses = list(call.pauses.all())
    air, why = state(call, parts=parts, pauses=pauses, at=at)
    covered = coverage.of_call(call, parts=parts, pauses=pauses, until=at)
    may_open = policy.allows(person, Verb.VIEW, call)
    return Row(
        call=call,
        air=air,
        why=why,
        recorded_ms=covered.recorded_ms,
        unrecorded_ms=covered.unrecorded_ms,
        may_open=may_open,
        caller=words.caller(call) if may_open else None,
    )


def state(
    call: Call, *, parts: Sequence[Recording], pauses: Sequence[Pause], at: datetime
) -> tuple[Air, str]:
    """What the recorder of a live call does, and why, where that needs saying.

    parts: in order of their numbers. at: on the call's own clock.
    """
    running = [part for part in parts if part.state in Recording.OPEN]
    is_paused = any(pause.ended_at is None for pause in pauses)
    if running:
        return _running(running, is_paused=is_paused)
    if is_paused:
        return Air.PAUSED, ""
    if call.consent not in _ALLOWED:
        return _not_allowed(call, at)
    if not parts:
        late = at - call.started_at > SOON
        return (Air.MISSING, _("Nobody asked for a recorder.")) if late else _STARTING
    last = parts[-1]
    over = last.ended_at or last.planned_at
    if last.state == State.CHECKING and at - over <= SOON:
        return _STARTING  # the next part is about to be planned
    return Air.MISSING, endings.reason(last.reason)


_STARTING = (Air.STARTING, "")


def _running(running: Sequence[Recording], *, is_paused: bool) -> tuple[Air, str]:
    """Of several, as while one part hands over to the next, the one that records."""
    best = max(running, key=lambda part: part.state == State.RECORDING)
    if best.state == State.RECORDING and not best.stop_wanted:
        return Air.RECORDING, ""
    if is_paused:
        return Air.PAUSED, _("The recorder is still stopping: wait with card data.")
    if best.stop_wanted or best.state == State.STOPPING:
        return Air.STOPPING, endings.reason(best.stop_wanted)
    if best.state == State.UNCLEAR:
        return Air.UNCLEAR, _("LiveKit gave no answer and is being asked.")
    return _STARTING


def _not_allowed(call: Call, at: datetime) -> tuple[Air, str]:
    """Kept off the record by law or wish; that nobody decided at all is a fault."""
    if call.consent != Call.Consent.UNDECIDED:
        return Air.NOT_ALLOWED, str(stops.of_call(call).text)
    if at - call.started_at > SOON:
        return Air.MISSING, str(stops.of_call(call).text)
    return _STARTING
