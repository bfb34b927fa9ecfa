"""What others who hold a person's data have to do for a request, and what they say of it.

Each external custodian gets one task a request. Where it deletes by itself after a
known time there is nothing to ask: the task says when, and is done when that is over.
"""

from datetime import datetime
from typing import TypedDict

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import (
    ExternalCustodian,
    ExternalTask,
    Person,
    SubjectRequest,
)
from compliance.requests import clock, external_custodians
from compliance.requests.clock import NotByLaw
from compliance.retention.periods import Period, legal_calendar

State = ExternalTask.State
PAGE = 200


class Told(TypedDict):
    """One custodian in a certificate: no personal data. at: ISO day, of the legal zone."""

    name: str
    at: str


class Standing(TypedDict):
    """How all of a request stand. at: confirmed or refused on, due on, gone after."""

    confirmed: list[Told]
    pending: list[Told]
    expiring: list[Told]
    refused: list[Told]


def tasks_for(
    *, request: SubjectRequest, by: Person, now: datetime
) -> list[ExternalTask]:
    """One task for each custodian that holds data now; those there are stay as they are.

    May be repeated. Due with the request itself. Raises Refused.
    """
    policy.require(by, Verb.HANDLE_REQUEST)
    with transaction.atomic():
        row = SubjectRequest.objects.select_for_update().get(pk=request.pk)
        known = set(row.external_tasks.values_list("custodian_id", flat=True))
        wanted = external_custodians.active(now=now).exclude(pk__in=known)
        made = ExternalTask.objects.bulk_create(
            [_task(row, custodian, now) for custodian in wanted]
        )
        if made:
            facts = {"tasks": len(made)}
            log.append(Action.EXTERNAL_LISTED, subject=row, actor=by, facts=facts)
    return of(request)


def of(request: SubjectRequest) -> list[ExternalTask]:
    """The tasks of a request, by the name of their custodian."""
    rows = request.external_tasks.select_related("custodian", "by")
    return list(rows.order_by("custodian__name", "id"))


def ask(*, task: ExternalTask, by: Person, now: datetime, reference: str = "") -> None:
    """Put down that it was asked. reference: by which it knows our question.

    Raises Refused; NotByLaw where it has answered already.
    """
    with transaction.atomic():
        row = _locked(task, by, (State.OPEN, State.EXPIRES))
        row.state, row.asked_at, row.by = State.ASKED, now, by
        row.due_at = row.request.due_at
        row.reference = reference.strip()
        row.save(update_fields=["state", "asked_at", "by", "due_at", "reference"])
        _append(Action.EXTERNAL_ASKED, row, by)


def confirm(
    *, task: ExternalTask, proof: str, by: Person, now: datetime, reference: str = ""
) -> None:
    """Put down that it says it is done. proof: in which words, or what was seen.

    Raises Refused; NotByLaw without a proof, or where it has confirmed already.
    """
    allowed = (*ExternalTask.PENDING, State.EXPIRES, State.REFUSED)
    with transaction.atomic():
        row = _locked(task, by, allowed)
        _answered(row, State.CONFIRMED, proof, reference, by, now)
        _append(Action.EXTERNAL_CONFIRMED, row, by)


def refuse(
    *, task: ExternalTask, proof: str, by: Person, now: datetime, reference: str = ""
) -> None:
    """Put down that it will not, and why. Raises as `confirm` does."""
    with transaction.atomic():
        row = _locked(task, by, (*ExternalTask.PENDING, State.EXPIRES))
        _answered(row, State.REFUSED, proof, reference, by, now)
        _append(Action.EXTERNAL_REFUSED, row, by)


def overdue(*, now: datetime) -> QuerySet[ExternalTask]:
    """Tasks that somebody must see to and whose day is over."""
    return ExternalTask.objects.filter(state__in=ExternalTask.PENDING, due_at__lt=now)


def settle(*, now: datetime) -> int:
    """Confirm what is gone by itself, its time being over; returns how many."""
    over = ExternalTask.objects.filter(state=State.EXPIRES, due_at__lt=now)
    done = 0
    for pk in over.order_by("due_at").values_list("pk", flat=True)[:PAGE]:
        with transaction.atomic():
            rows = over.select_for_update(skip_locked=True, of=("self",))
            row = rows.select_related("request").filter(pk=pk).first()
            if row is None:
                continue
            row.state, row.done_at = State.CONFIRMED, now
            row.save(update_fields=["state", "done_at"])
            _append(Action.EXTERNAL_EXPIRED, row, None)
            done += 1
    return done


def count_anew(*, request: SubjectRequest, now: datetime) -> None:
    """Count the time of what goes by itself from now: until now there was something here
    that it could be given, say as a backup. The caller is in `atomic()`.

    Also of what counted as gone since; what was asked and answered stays.
    """
    rows = request.external_tasks.select_for_update(of=("self",)).filter(
        Q(state=State.EXPIRES) | Q(state=State.CONFIRMED, by=None)
    )
    for task in rows.select_related("custodian").order_by("pk"):
        if (period := Period.parse(task.custodian.retention)) is None:
            continue
        due_at = clock.last_moment(period.after(legal_calendar().day_of(now)))
        if due_at > task.due_at:
            task.state, task.done_at, task.due_at = State.EXPIRES, None, due_at
            task.save(update_fields=["state", "done_at", "due_at"])


def standing(request: SubjectRequest) -> Standing:
    """How its tasks stand, for the certificate: names of custodians and days alone."""
    told = Standing(confirmed=[], pending=[], expiring=[], refused=[])
    for task in of(request):
        at = legal_calendar().day_of(task.done_at or task.due_at)
        one = Told(name=task.custodian.name, at=at.isoformat())
        if task.state == State.CONFIRMED:
            told["confirmed"].append(one)
        elif task.state == State.REFUSED:
            told["refused"].append(one)
        elif task.state == State.EXPIRES:
            told["expiring"].append(one)
        else:
            told["pending"].append(one)
    return told


def _task(
    request: SubjectRequest, custodian: ExternalCustodian, now: datetime
) -> ExternalTask:
    """What it has may have come today, so its time is counted from today."""
    calendar = legal_calendar()
    period = Period.parse(custodian.retention)
    task = ExternalTask(request=request, custodian=custodian, made_at=now)
    if period is None:
        task.due_at = request.due_at
    else:
        task.state = State.EXPIRES
        task.due_at = clock.last_moment(period.after(calendar.day_of(now)))
    return task


def _locked(task: ExternalTask, by: Person, allowed: tuple[State, ...]) -> ExternalTask:
    policy.require(by, Verb.HANDLE_REQUEST)
    rows = ExternalTask.objects.select_for_update(of=("self",))
    row = rows.select_related("request").get(pk=task.pk)
    if row.state not in allowed:
        raise NotByLaw(_("It has answered already."))
    return row


def _answered(
    row: ExternalTask,
    state: State,
    proof: str,
    reference: str,
    by: Person,
    now: datetime,
) -> None:
    if not proof.strip():
        raise NotByLaw(_("Say in which words it answered, or what was seen."))
    row.state, row.done_at, row.by = state, now, by
    row.proof = proof.strip()
    row.reference = reference.strip() or row.reference
    row.save(update_fields=["state", "done_at", "by", "proof", "reference"])


def _append(act: Action, task: ExternalTask, by: Person | None) -> None:
    log.append(act, subject=task.request, actor=by, facts={"task": str(task.pk)})
