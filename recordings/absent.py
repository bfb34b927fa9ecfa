"""A finished part that is not in the store: looked for again, then an end that says so.

What Egress wrote to LiveKit's backup store is not lost while somebody can fetch it.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from recordings import alerts, summary
from recordings.models import Alert, Recording

State = Recording.State

LOOKED_FOR = (2, 5, 15, 45, 120)
"""Seconds to wait before each further look for an object that is not there yet."""
BACKUP = "backup_store"
"""LiveKit's word for a file that Egress wrote to its backup store."""
BACKUP_LOOKED_FOR = timedelta(hours=1)
"""How often we look whether somebody has copied it to where it belongs."""
LOOKED_AT = (State.CHECKING, State.IN_BACKUP)
_NO_FILE = {"failed": State.FAILED, "aborted": State.ABORTED}

_ENDS = {
    State.FAILED: Action.RECORDING_FAILED,
    State.ABORTED: Action.RECORDING_ABORTED,
    State.LOST: Action.RECORDING_LOST,
}


def missing(part: Recording, now: datetime) -> None:
    """Not there: LiveKit may have said so already; else wait, then call it lost."""
    word, _colon, blame = part.reason.partition(":")
    if blame == BACKUP and not _is_gone_from_backup(part, now):
        _wait_for_backup(part, now)
    elif word in _NO_FILE and part.looks >= 1:
        _close_without_file(part, _NO_FILE[word], now)
    elif part.looks < len(LOOKED_FOR):
        wait = timedelta(seconds=LOOKED_FOR[part.looks])
        save_mine(part, looks=part.looks + 1, due_at=now + wait)
    else:
        _close_without_file(part, State.LOST, now)


def _is_gone_from_backup(part: Recording, now: datetime) -> bool:
    return part.backup_until is not None and part.backup_until <= now


def _wait_for_backup(part: Recording, now: datetime) -> None:
    """Egress wrote it elsewhere: it is not lost while somebody can still fetch it."""
    with transaction.atomic():
        call = summary.locked(part.call_id)
        until = part.backup_until or _backup_until(part, now)
        due_at = min(now + BACKUP_LOOKED_FOR, until)
        change = {"state": State.IN_BACKUP, "backup_until": until, "due_at": due_at}
        if not save_mine(part, **change):
            return
        if part.state != State.IN_BACKUP:
            facts: dict[str, Fact] = {"part": part.part, "reason": part.reason}
            log.append(Action.RECORDING_IN_BACKUP, subject=part, facts=facts)
            alerts.open_once(
                Alert.Kind.IN_BACKUP,
                subject=str(part.id),
                now=now,
                call=call,
                recording=part,
                detail=part.reason,
            )
        summary.refresh(call)


def _backup_until(part: Recording, now: datetime) -> datetime:
    return (part.ended_at or now) + timedelta(days=settings.BACKUP_DAYS)


def _close_without_file(part: Recording, state: State, now: datetime) -> None:
    with transaction.atomic():
        call = summary.locked(part.call_id)
        if not save_mine(part, state=state, due_at=None):
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


def save_mine(part: Recording, **change: object) -> bool:
    """Write a result, unless another worker or a new word of LiveKit came between."""
    mine = Recording.objects.filter(
        id=part.id, attempt=part.attempt, state=part.state, reason=part.reason
    )
    return mine.update(claimed_until=None, **change) == 1
