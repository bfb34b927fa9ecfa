"""Has events of the inbox applied again: those that could not be, and those that were.

Nothing is applied here: a row goes back to where workers take it from. It tells facts, not
steps, so one that was applied before changes nothing; one that was not, what it told.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from django.db import transaction

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import Person
from recordings import ingest
from recordings.livekit import events as livekit_events
from recordings.models import LiveKitEvent

State = LiveKitEvent.State


class Outcome(StrEnum):
    """What comes of asking for it."""

    AGAIN = "again"
    WAITS = "waits"
    BLANKED = "blanked"
    UNKNOWN = "unknown"


def outlook(event: LiveKitEvent) -> Outcome:
    """What would come of it: applied again; it waits for workers anyway; what it said was
    blanked; or this version still does not understand it."""
    if not event.payload:
        return Outcome.BLANKED
    if event.state == State.RECEIVED:
        return Outcome.WAITS
    if event.state == State.UNKNOWN:
        told = livekit_events.read(json.loads(event.payload))
        return Outcome.AGAIN if ingest.is_applicable(told) else Outcome.UNKNOWN
    return Outcome.AGAIN


def again(
    *, events: Sequence[LiveKitEvent], by: Person | None, now: datetime
) -> dict[str, Outcome]:
    """Have these applied again; returns what comes of each, by id.

    by: None for whoever has the server's command line. The caller has the inbox drained.
    A blanked payload is not kept longer for it. Raises Refused.
    """
    if by is not None:
        for event in events:
            policy.require(by, Verb.OPERATE, event)
    outcomes: dict[str, Outcome] = {}
    with transaction.atomic():
        rows = LiveKitEvent.objects.select_for_update()
        for row in rows.filter(id__in=[event.id for event in events]).order_by("id"):
            outcomes[row.id] = outlook(row)
            if outcomes[row.id] is Outcome.AGAIN:
                _put_back(row, by, now)
    return outcomes


def _put_back(row: LiveKitEvent, by: Person | None, now: datetime) -> None:
    facts = {"was": row.state}
    log.append(Action.INBOX_REPLAYED, subject=row, actor=by, facts=facts)
    row.state, row.attempt, row.due_at = State.RECEIVED, 0, now
    row.save(update_fields=["state", "attempt", "due_at"])
