"""Checks a finished part against the store, and only then calls it a recording.

The object is streamed once: size, SHA-256, container, duration, peaks and silences
come out of the same pass. Whatever is not as promised is a finding that people see;
a part that is not there is looked for again before it is called lost.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.models import RetentionPolicy
from compliance.retention import rules
from recordings import alerts, audio, media_store, quarantine, summary
from recordings.media_store.base import ByteStream, StoredObject, StoreError
from recordings.models import Alert, Party, Recording, Waveform

logger = logging.getLogger(__name__)

State = Recording.State

LEASE = timedelta(minutes=15)
LOOKED_FOR = (2, 5, 15, 45, 120)
"""Seconds to wait before each further look for an object that is not there yet."""
LONGEST_WAIT = timedelta(minutes=10)
"""Between two tries while the store does not answer."""

SIZE_MISMATCH = "size_mismatch"
EMPTY = "empty"
NOT_AUDIO = "not_audio"
TRUNCATED = "truncated"
SILENT_AGENT = "silent_agent"
SILENT_CALLER = "silent_caller"
ONE_CHANNEL = "one_channel"
_ALERTS = {
    Alert.Kind.FILE_MISMATCH: {SIZE_MISMATCH, EMPTY, NOT_AUDIO, TRUNCATED},
    Alert.Kind.SILENT_SIDE: {SILENT_AGENT, SILENT_CALLER},
}
_ENDS = {
    State.AVAILABLE: Action.RECORDING_AVAILABLE,
    State.LIMIT_REACHED: Action.RECORDING_LIMIT_REACHED,
    State.FAILED: Action.RECORDING_FAILED,
    State.ABORTED: Action.RECORDING_ABORTED,
    State.LOST: Action.RECORDING_LOST,
    State.QUARANTINED: Action.RECORDING_QUARANTINED,
}
_NO_FILE = {"failed": State.FAILED, "aborted": State.ABORTED}


def index(*, recording_id: UUID, now: datetime) -> None:
    """Check one finished part and give it its final state, or a time to look again."""
    part = _claim(recording_id, now)
    if part is None:
        return
    try:
        store = media_store.store(part.store)
        stored = store.head(part.object_key)
        if stored is None:
            _missing(part, now)
            return
        with store.open_range(part.object_key, version_id=stored.version_id) as stream:
            heard = _listen_through(stream)
    except StoreError as error:
        _store_down(part, error, now)
        return
    _finish(part, stored, heard, now)


def due(*, now: datetime, limit: int) -> list[UUID]:
    """Ids of parts that wait to be checked and that no worker holds."""
    rows = Recording.objects.filter(_is_due(now), state=State.CHECKING)
    return list(rows.order_by("due_at").values_list("id", flat=True)[:limit])


def _is_due(now: datetime) -> Q:
    """Nobody holds it and its time has come, or whoever held it has died."""
    waits = Q(claimed_until=None) & (Q(due_at=None) | Q(due_at__lte=now))
    return waits | Q(claimed_until__lt=Now())


def _claim(recording_id: UUID, now: datetime) -> Recording | None:
    """Lease a part that is due: asked too early, it would be called lost too early."""
    rows = Recording.objects.filter(_is_due(now), id=recording_id, state=State.CHECKING)
    if rows.update(claimed_until=Now() + LEASE, attempt=F("attempt") + 1) != 1:
        return None
    return Recording.objects.select_related("call__team").get(id=recording_id)


@dataclass(frozen=True)
class _Heard:
    """What one pass over the object told; facts are None where it is no audio."""

    size: int
    sha256: str
    problem: str
    facts: audio.AudioFacts | None = None


def _listen_through(stream: ByteStream) -> _Heard:
    """Read the object to its end; what cannot be heard is still measured and hashed."""
    try:
        facts = audio.probe(stream)
    except audio.BadAudio as error:
        problem = EMPTY if isinstance(error, audio.EmptyFile) else NOT_AUDIO
        return _Heard(error.size_bytes, error.sha256, problem)
    problem = TRUNCATED if facts.truncated else ""
    return _Heard(facts.size_bytes, facts.sha256, problem, facts)


def _missing(part: Recording, now: datetime) -> None:
    """Not there: LiveKit may have said so already; else wait, then call it lost."""
    word = part.reason.split(":", 1)[0]
    if word in _NO_FILE and part.looks >= 1:
        _close_without_file(part, _NO_FILE[word], now)
    elif part.looks < len(LOOKED_FOR):
        wait = timedelta(seconds=LOOKED_FOR[part.looks])
        _save_mine(part, looks=part.looks + 1, due_at=now + wait)
    else:
        _close_without_file(part, State.LOST, now)


def _close_without_file(part: Recording, state: State, now: datetime) -> None:
    with transaction.atomic():
        call = summary.locked(part.call_id)
        if not _save_mine(part, state=state, due_at=None):
            return
        part.state = state
        facts: dict[str, Fact] = {"part": part.part, "reason": part.reason}
        log.append(_ENDS[state], subject=part, facts=facts)
        if state != State.ABORTED:
            lost = state == State.LOST
            alerts.open_once(
                Alert.Kind.RECORDING_LOST if lost else Alert.Kind.NOT_RECORDED,
                subject=str(part.id),
                now=now,
                call=call,
                recording=part,
                detail=part.reason,
            )
        summary.refresh(call)


def _store_down(part: Recording, error: StoreError, now: datetime) -> None:
    """Nothing is concluded: only a store that answers can say what is not there."""
    logger.warning(
        "indexing.store",
        extra={"recording": str(part.id), "error": type(error).__name__},
    )
    since = part.ended_at or part.planned_at
    passed = max(timedelta(), part.call.now(now) - since)
    wait = min(max(passed / 2, timedelta(seconds=2)), LONGEST_WAIT)
    _save_mine(part, due_at=now + wait)


def _save_mine(part: Recording, **change: object) -> bool:
    """Write a result, unless another worker or a new word of LiveKit came between."""
    mine = Recording.objects.filter(
        id=part.id, attempt=part.attempt, state=State.CHECKING, reason=part.reason
    )
    return mine.update(claimed_until=None, **change) == 1


def _finish(
    part: Recording, stored: StoredObject, heard: _Heard, now: datetime
) -> None:
    with transaction.atomic():
        call = summary.locked(part.call_id)
        row = Recording.objects.select_for_update().get(id=part.id)
        if row.attempt != part.attempt or row.state != State.CHECKING:
            return
        row.call = call
        _write_facts(row, stored, heard)
        row.findings = _findings(row, heard)
        row.state, row.is_partial = _verdict(row, heard.problem)
        _hold_back(row)
        _set_expiry(row, now)
        row.claimed_until = None
        row.due_at = None
        row.hashed_at = now
        row.save()
        _report(row, now)


def _write_facts(row: Recording, stored: StoredObject, heard: _Heard) -> None:
    row.version_id = stored.version_id
    row.etag = stored.etag
    row.bytes = heard.size
    row.sha256 = heard.sha256
    facts = heard.facts
    if facts is None:
        return
    row.container = facts.container
    row.codec = facts.codec
    row.channels = len(facts.channels)
    row.duration_ms = facts.duration_ms
    Waveform.objects.update_or_create(
        recording=row,
        defaults={
            "peaks": [list(channel.peaks) for channel in facts.channels],
            "silences": [list(channel.silences) for channel in facts.channels],
        },
    )


def _findings(row: Recording, heard: _Heard) -> list[str]:
    found = set(row.findings)
    if heard.problem:
        found.add(heard.problem)
    if row.promised_bytes is not None and row.promised_bytes != heard.size:
        found.add(SIZE_MISMATCH)
    if heard.facts is not None and row.separate_sides:
        found |= _side_findings(row, heard.facts)
    return sorted(found)


def _side_findings(row: Recording, facts: audio.AudioFacts) -> set[str]:
    """Sides are apart only where LiveKit's SDK recorded and an AGENT took part."""
    agent_took_part = Party.objects.filter(
        call_id=row.call_id, role=Party.Role.AGENT
    ).exists()
    if row.source_is_sdk is False or not agent_took_part:
        return set()
    if len(facts.channels) < len(_SIDES):
        return {ONE_CHANNEL}
    silent = zip(_SIDES, facts.channels, strict=False)
    return {finding for finding, channel in silent if channel.is_silent}


_SIDES = (SILENT_AGENT, SILENT_CALLER)


def _verdict(row: Recording, problem: str) -> tuple[State, bool]:
    """The final state, and whether it is only a part of what was said."""
    word, _, blame = row.reason.partition(":")
    if problem in {EMPTY, NOT_AUDIO}:
        return State.FAILED, False
    if word == "limit_reached":
        return State.LIMIT_REACHED, True
    cut = word in {"failed", "aborted"} or blame == "cpu_exhausted"
    return State.AVAILABLE, cut or problem == TRUNCATED


def _hold_back(row: Recording) -> None:
    """What was recorded before the law's conditions were met is for no ear."""
    reason = quarantine.reason_to_hold(row) if row.is_hearable else ""
    if reason:
        row.state, row.reason = State.QUARANTINED, reason


def _set_expiry(row: Recording, now: datetime) -> None:
    """Dates come from the team's policy and the call's own end, not from today.

    Only what ended in the future, by a clock that was ahead, is counted from today.
    """
    policy = RetentionPolicy.objects.filter(team=row.call.team).first()
    if policy is None or row.expires_at is not None:
        return
    row.policy_id = policy.id
    ended = row.ended_at or row.call.ended_at or row.call.started_at
    row.expires_at = rules.expires_at(policy, ended=min(ended, now))


def _report(row: Recording, now: datetime) -> None:
    facts: dict[str, Fact] = {"part": row.part}
    if row.state in Recording.HEARABLE:
        facts |= {
            "bytes": row.bytes or 0,
            "sha256": row.sha256,
            "duration_ms": row.duration_ms or 0,
        }
    else:
        facts["reason"] = row.reason
    log.append(_ENDS[State(row.state)], subject=row, facts=facts)
    for kind, detail in _matters(row):
        alerts.open_once(
            kind,
            subject=str(row.id),
            now=now,
            call=row.call,
            recording=row,
            detail=detail,
        )
    summary.refresh(row.call)


def _matters(row: Recording) -> Iterator[tuple[Alert.Kind, str]]:
    """What of this waits for a person."""
    if row.state == State.QUARANTINED:
        yield Alert.Kind.UNLAWFUL_PART, row.reason
    for kind, findings in _ALERTS.items():
        found = sorted(findings & set(row.findings))
        if found:
            yield kind, found[0]
