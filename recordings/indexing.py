"""Checks a finished part against the store, and only then calls it a recording.

The object is streamed once: size, SHA-256, container, duration, peaks and silences
come out of the same pass. Whatever is not as promised is a finding that people see;
a part that is not there is looked for again before it is called lost.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from recordings import (
    absent,
    alerts,
    audio,
    consent,
    keeping,
    media_store,
    oddities,
    outbox,
    quarantine,
    rehash,
    summary,
)
from recordings.media_store.base import (
    ByteStream,
    StoredObject,
)
from recordings.media_store.errors import StoreError
from recordings.models import Alert, Recording, Waveform

logger = logging.getLogger(__name__)

State = Recording.State

LEASE = timedelta(minutes=15)
LONGEST_WAIT = timedelta(minutes=10)
"""Between two tries while the store does not answer."""

_ENDS = {
    State.AVAILABLE: Action.RECORDING_AVAILABLE,
    State.LIMIT_REACHED: Action.RECORDING_LIMIT_REACHED,
    State.FAILED: Action.RECORDING_FAILED,
    State.QUARANTINED: Action.RECORDING_QUARANTINED,
}

_KEPT = (*Recording.HEARABLE, State.QUARANTINED)


def index(*, recording_id: UUID, now: datetime) -> None:
    """Check one finished part and give it its final state, or a time to look again."""
    part = _claim(recording_id, now)
    if part is None:
        return
    try:
        store = media_store.store(part.store)
        stored = store.head(part.object_key)
        if stored is None:
            absent.missing(part, now)
            return
        with store.open_range(part.object_key, version_id=stored.version_id) as stream:
            heard = _listen_through(stream)
    except StoreError as error:
        _store_down(part, error, now)
        return
    _finish(part, stored, heard, now)


def due(*, now: datetime, limit: int) -> list[UUID]:
    """Ids of parts that wait to be checked and that no worker holds."""
    rows = Recording.objects.filter(_is_due(now), state__in=absent.LOOKED_AT)
    return list(rows.order_by("due_at").values_list("id", flat=True)[:limit])


def _is_due(now: datetime) -> Q:
    """Nobody holds it and its time has come, or whoever held it has died."""
    waits = Q(claimed_until=None) & (Q(due_at=None) | Q(due_at__lte=now))
    return waits | Q(claimed_until__lt=Now())


def _claim(recording_id: UUID, now: datetime) -> Recording | None:
    """Lease a part that is due: asked too early, it would be called lost too early."""
    rows = Recording.objects.filter(
        _is_due(now), id=recording_id, state__in=absent.LOOKED_AT
    )
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
        is_empty = isinstance(error, audio.EmptyFile)
        problem = oddities.EMPTY if is_empty else oddities.NOT_AUDIO
        return _Heard(error.size_bytes, error.sha256, problem)
    problem = oddities.TRUNCATED if facts.truncated else ""
    return _Heard(facts.size_bytes, facts.sha256, problem, facts)


def _store_down(part: Recording, error: StoreError, now: datetime) -> None:
    """Nothing is concluded: only a store that answers can say what is not there."""
    logger.warning(
        "indexing.store",
        extra={"recording": str(part.id), "error": type(error).__name__},
    )
    since = part.ended_at or part.planned_at
    passed = max(timedelta(), part.call.now(now) - since)
    wait = min(max(passed / 2, timedelta(seconds=2)), LONGEST_WAIT)
    absent.save_mine(part, due_at=now + wait)


def _finish(
    part: Recording, stored: StoredObject, heard: _Heard, now: datetime
) -> None:
    with transaction.atomic():
        call = summary.locked(part.call_id)
        row = Recording.objects.select_for_update().get(id=part.id)
        if row.attempt != part.attempt or row.state not in absent.LOOKED_AT:
            return
        row.call = call
        _write_facts(row, stored, heard)
        row.findings = oddities.of(
            row,
            heard.facts,
            size=heard.size,
            problem=heard.problem,
            is_unencrypted=stored.is_unencrypted,
        )
        row.state, row.is_partial = _verdict(row, heard.problem)
        _hold_back(row)
        keeping.set_date(row, now=now)
        _mind_policy(row, now)
        row.claimed_until = None
        row.due_at = None
        row.hashed_at = now
        row.verify_at = rehash.next_time(now)
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


def _verdict(row: Recording, problem: str) -> tuple[State, bool]:
    """The final state, and whether it is only a part of what was said."""
    word, _, blame = row.reason.partition(":")
    if problem in {oddities.EMPTY, oddities.NOT_AUDIO}:
        return State.FAILED, False
    if word == "limit_reached":
        return State.LIMIT_REACHED, True
    cut = word in {"failed", "aborted"} or blame == "cpu_exhausted"
    return State.AVAILABLE, cut or problem == oddities.TRUNCATED


def _hold_back(row: Recording) -> None:
    """What was recorded before the law's conditions were met is for no ear."""
    reason = quarantine.reason_to_hold(row) if row.is_hearable else ""
    if reason:
        row.state, row.reason = State.QUARANTINED, reason


def _mind_policy(row: Recording, now: datetime) -> None:
    """What neither policy nor law dates is kept for ever: somebody is to know, once."""
    subject = str(row.call.team_id)
    if row.policy_id is not None:
        alerts.close(Alert.Kind.NO_POLICY, subject=subject, now=now)
    elif row.expires_at is None and row.state in _KEPT:
        alerts.open_once(
            Alert.Kind.NO_POLICY, subject=subject, now=now, call=row.call, ever=True
        )


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
    alerts.close(Alert.Kind.IN_BACKUP, subject=str(row.id), now=now)
    if row.is_hearable:
        outbox.recording_available(
            row, purposes=lambda: consent.open_purposes(row), now=now
        )
    for kind, detail in oddities.matters(row):
        alerts.open_once(
            kind,
            subject=str(row.id),
            now=now,
            call=row.call,
            recording=row,
            detail=detail,
        )
    summary.refresh(row.call)
