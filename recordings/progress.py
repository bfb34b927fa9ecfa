"""Moves a Recording forward by what LiveKit says of its egress, never back.

LiveKit's word comes late, twice and out of order, by webhook and by list_egress alike;
both end here. An end reported by LiveKit is not yet an end for us: the part is checked
against the store first (`indexing`), and only then gets its final state.
"""

from datetime import datetime

from recordings.livekit.facts import EgressFacts, EgressStatus
from recordings.models import Recording

State = Recording.State

_RANK = {
    State.PLANNED: 0,
    State.STARTING: 1,
    State.UNCLEAR: 1,
    State.RECORDING: 2,
    State.STOPPING: 3,
    State.CHECKING: 4,
}
_ON_THE_WAY = {
    EgressStatus.STARTING: State.STARTING,
    EgressStatus.ACTIVE: State.RECORDING,
    EgressStatus.ENDING: State.STOPPING,
}
_ENDS = {
    EgressStatus.COMPLETE: "complete",
    EgressStatus.LIMIT_REACHED: "limit_reached",
    EgressStatus.FAILED: "failed",
    EgressStatus.ABORTED: "aborted",
}
_BEST_FIRST = ("complete", "limit_reached", "failed", "aborted")
CONTRADICTED = "contradicted"
GIVEN_UP = "given_up"
"""Why a recorder must stop that shows up after we called its start a failure."""
_WITHOUT_FILE = {State.FAILED, State.ABORTED, State.LOST}


def apply_egress(recording: Recording, facts: EgressFacts, *, now: datetime) -> bool:
    """Take over what LiveKit says; returns whether anything changed.

    The caller holds the row's lock and saves it. A part that is past checking keeps its
    state: a later, different end is only noted as a finding (LiveKit sends a bare FAILED
    after a COMPLETE when its worker dies late).
    """
    before = _fingerprint(recording)
    if not recording.egress_id and recording.state in _WITHOUT_FILE:
        _take_back(recording)
    _take_facts(recording, facts)
    if facts.status in _ENDS:
        _end(recording, facts, now)
    elif facts.status in _ON_THE_WAY:
        _advance(recording, _ON_THE_WAY[facts.status], now)
    return _fingerprint(recording) != before


def end_unheard(recording: Recording, *, reason: str, now: datetime) -> bool:
    """LiveKit no longer knows the egress: let the store say what became of it.

    Returns False where an end was heard before.
    """
    if _rank(recording) >= _RANK[State.CHECKING]:
        return False
    recording.state = State.CHECKING
    recording.reason = reason
    recording.looks = 0
    recording.due_at = now
    return True


def _take_back(recording: Recording) -> None:
    """The start that we gave up was made after all: another part may run, so it stops."""
    recording.state = State.STARTING
    recording.reason = ""
    recording.stop_wanted = recording.stop_wanted or GIVEN_UP


def _take_facts(recording: Recording, facts: EgressFacts) -> None:
    recording.egress_id = recording.egress_id or facts.egress_id
    if facts.updated_at and (
        recording.egress_updated_at is None
        or facts.updated_at >= recording.egress_updated_at
    ):
        recording.egress_updated_at = facts.updated_at
        recording.egress_status = facts.status_raw[:40]
    if facts.source_is_sdk is not None:
        recording.source_is_sdk = facts.source_is_sdk
    if facts.status is EgressStatus.ACTIVE and recording.started_at is None:
        recording.started_at = facts.updated_at or facts.started_at
    if facts.file is None:
        return
    recording.started_at = facts.file.started_at or recording.started_at
    recording.ended_at = facts.file.ended_at or recording.ended_at
    if facts.file.size:
        recording.promised_bytes = facts.file.size


def _advance(recording: Recording, state: State, now: datetime) -> None:
    if _rank(recording) < _RANK[state] or recording.state == State.UNCLEAR:
        recording.state = state
        if recording.stop_wanted:
            recording.due_at = now  # the stop waited for this


def _end(recording: Recording, facts: EgressFacts, now: datetime) -> None:
    end = _reason(facts)
    known = _word(recording.reason)
    if known == _word(end):
        return
    if known in _BEST_FIRST:
        _note(recording, CONTRADICTED)
    is_closed = _rank(recording) > _RANK[State.CHECKING]
    if is_closed and not _is_missed(recording, facts):
        return
    if recording.state == State.CHECKING and _goodness(known) <= _goodness(end):
        return
    recording.reason = end
    recording.state = State.CHECKING
    recording.looks = 0
    recording.claimed_until = None  # whoever held it was waiting for this end
    recording.ended_at = recording.ended_at or facts.ended_at or now
    recording.due_at = now


def _is_missed(recording: Recording, facts: EgressFacts) -> bool:
    """It was closed without a file, and now LiveKit tells of one: look again."""
    return (
        recording.state in _WITHOUT_FILE
        and not recording.sha256
        and facts.file is not None
        and bool(facts.file.size)
    )


def _reason(facts: EgressFacts) -> str:
    """The end as a code: LiveKit's end, and after a colon what it blamed."""
    word = _ENDS[facts.status]
    if facts.backup_storage_used:
        return f"{word}:backup_store"
    if "CPU exhausted" in facts.details or "CPU exhausted" in facts.error:
        return f"{word}:cpu_exhausted"
    if facts.status is EgressStatus.ABORTED:
        return f"{word}:no_media"
    if facts.status is EgressStatus.FAILED:
        return f"{word}:{_blame(facts)}"
    return word


def _blame(facts: EgressFacts) -> str:
    known = {
        "upload failed": "upload",
        "pipeline frozen": "frozen",
        "connection to room failed": "connection",
        "OOM": "memory",
        "shutting down": "shutdown",
        "Start signal": "no_media",
    }
    for text, code in known.items():
        if text in facts.error:
            return code
    return f"code_{facts.error_code}" if facts.error_code else "unknown"


def _word(reason: str) -> str:
    return reason.split(":", 1)[0]


def _goodness(reason: str) -> int:
    word = _word(reason)
    return _BEST_FIRST.index(word) if word in _BEST_FIRST else len(_BEST_FIRST)


def _note(recording: Recording, finding: str) -> None:
    if finding not in recording.findings:
        recording.findings = sorted([*recording.findings, finding])


def _rank(recording: Recording) -> int:
    return _RANK.get(State(recording.state), len(_RANK))


def _fingerprint(recording: Recording) -> tuple[object, ...]:
    return (
        recording.state,
        recording.reason,
        recording.egress_id,
        recording.egress_status,
        recording.egress_updated_at,
        recording.source_is_sdk,
        recording.started_at,
        recording.ended_at,
        recording.promised_bytes,
        tuple(recording.findings),
    )
