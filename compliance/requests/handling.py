"""Working on a request: assigned, commented, answered or refused, and closed."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.models import (
    IdentityEvidence,
    NumberCode,
    Person,
    RequestNote,
    SubjectRequest,
)
from compliance.requests import clock, letters, neighbours, restricting
from compliance.requests.clock import NotByLaw
from compliance.retention.periods import Period, legal_calendar

Outcome = SubjectRequest.Outcome
Ground = SubjectRequest.Ground
Identity = SubjectRequest.Identity

ANSWERED = (Outcome.FULFILLED, Outcome.PARTLY)
"""What gives something of the person away or changes it: only once we know who asks."""
TURNED_DOWN = (Outcome.PARTLY, Outcome.REFUSED)
"""What wants a ground and reasons."""
GIVES_NOTHING = (Outcome.REFUSED, Outcome.WITHDRAWN)
"""With these what the request restricts is lifted; else it stays until somebody does."""
_LETTERS = {
    Outcome.FULFILLED: letters.Kind.ANSWER,
    Outcome.PARTLY: letters.Kind.ANSWER,
    Outcome.REFUSED: letters.Kind.REFUSAL,
}

TOLD = frozenset(_LETTERS)
"""What a letter tells of, once somebody has read and sent it."""


def assign(*, request: SubjectRequest, to: Person, by: Person) -> None:
    """Give it to somebody who may handle it. Raises Refused, and NotByLaw."""
    policy.require(to, Verb.HANDLE_REQUEST)
    with transaction.atomic():
        row = clock.lock_open(request, by)
        if row.assigned_to_id == to.pk:
            return
        row.assigned_to = to
        row.save(update_fields=["assigned_to"])
        facts: dict[str, Fact] = {"to": str(to.pk)}
        log.append(Action.REQUEST_ASSIGNED, subject=row, actor=by, facts=facts)


def comment(
    *, request: SubjectRequest, text: str, by: Person, now: datetime
) -> RequestNote:
    """Write a comment; also on one that is closed. Raises Refused, and NotByLaw."""
    policy.require(by, Verb.HANDLE_REQUEST)
    with transaction.atomic():
        note = clock.write_note(request, RequestNote.About.COMMENT, text, by, now)
        facts: dict[str, Fact] = {"note": str(note.pk)}
        log.append(Action.REQUEST_NOTED, subject=request, actor=by, facts=facts)
    return note


def close(
    *,
    request: SubjectRequest,
    outcome: Outcome,
    why: str,
    by: Person,
    now: datetime,
    ground: str = "",
) -> None:
    """End it, tell the person, and delete what its identity was checked by.

    why: goes into the letter; a refusal wants it, and a ground. Raises Refused, and
    NotByLaw.
    """
    with transaction.atomic():
        row = clock.lock_open(request, by)
        _require_closable(row, outcome, ground, why)
        if row.paused_at is not None:
            clock.go_on(row, now)
        row.outcome, row.closed_at = outcome, now
        row.ground = ground if outcome in TURNED_DOWN else ""
        row.forget_at = _forget_at(now)
        row.save(update_fields=["outcome", "closed_at", "ground", "forget_at"])
        if why.strip():
            clock.write_note(row, RequestNote.About.CLOSING, why, by, now)
        if kind := _LETTERS.get(outcome):
            letters.write(row, kind, now=now, reasons=why)
        if outcome in GIVES_NOTHING:
            restricting.when_turned_down(row, why=why, by=by, now=now)
            neighbours.take_back(row, by=by, now=now)
        facts: dict[str, Fact] = {
            "outcome": outcome.value,
            "ground": row.ground or "-",
            "evidence": _drop_evidence(row),
        }
        log.append(Action.REQUEST_CLOSED, subject=row, actor=by, facts=facts)


def _require_closable(
    row: SubjectRequest, outcome: Outcome, ground: str, why: str
) -> None:
    if outcome in ANSWERED and row.identity != Identity.VERIFIED:
        raise NotByLaw(_("It is not known yet who asks: verify that first."))
    if outcome == Outcome.DUPLICATE and row.duplicate_of_id is None:
        raise NotByLaw(_("It is linked to no other request."))
    if outcome not in TURNED_DOWN:
        return
    if ground not in Ground.values:
        raise NotByLaw(_("Choose the ground of the refusal."))
    if not why.strip():
        raise NotByLaw(_("Give the reasons of the refusal."))


def _drop_evidence(row: SubjectRequest) -> int:
    """Delete what was seen or said to prove who asks; returns how many rows."""
    NumberCode.objects.filter(subject__request=row).delete()
    evidence = IdentityEvidence.objects.filter(check_row__request=row)
    return evidence.delete()[0]


def _forget_at(now: datetime) -> datetime:
    calendar = legal_calendar()
    months = Period(settings.REQUESTS["log_months"], "M")
    return calendar.end_of(months.after(calendar.day_of(now)))
