"""The clock of a request: set by its law, stopped, started again, and extended."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import Person, RequestNote, RequestPause, SubjectRequest
from compliance.requests import deadlines, letters
from compliance.requests.calendars import off_in
from compliance.requests.laws import Law, law
from compliance.retention.periods import legal_calendar

Cause = RequestPause.Cause
SECOND = timedelta(seconds=1)
LONGEST = timedelta(days=366)
"""A day that we state ourselves lies within."""


class NotByLaw(ValueError):
    """The law of the request, or its state, does not allow that; the text says why."""


def wind(request: SubjectRequest) -> None:
    """Set the dates that follow from its law, receipt, pauses and extension. Not saved."""
    calendar = legal_calendar()
    told, off = law(request.law), off_in(request.place)
    received = calendar.day_of(request.received_at)
    if (by := deadlines.acknowledge_by(told, received, off)) is not None:
        request.acknowledge_by = last_moment(by)
    request.due_at = last_moment(
        deadlines.answer_by(
            told,
            received,
            off,
            pauses=_pauses(request),
            extended=request.extended_at is not None,
            stated=request.extended_to,
        )
    )


def last_moment(day: date) -> datetime:
    """The last second of a day, by the legal time zone."""
    return legal_calendar().end_of(day) - SECOND


def due_day(request: SubjectRequest) -> str:
    """The last day to answer as entries tell it: ISO, by the legal time zone."""
    return legal_calendar().day_of(request.due_at).isoformat()


def last_day(until: datetime) -> date:
    """The last day of a time that ends with that moment: a floor ends as a day begins."""
    return legal_calendar().day_of(until - SECOND)


def pause(
    *, request: SubjectRequest, cause: Cause, why: str, by: Person, now: datetime
) -> None:
    """Stop the clock while we wait for somebody. Raises Refused, and NotByLaw."""
    with transaction.atomic():
        row = lock_open(request, by)
        if not _may_pause(law(row.law), cause):
            raise NotByLaw(_("Under this law the clock runs on meanwhile."))
        if row.paused_at is not None:
            raise NotByLaw(_("Its clock stands still already."))
        if row.due_at < now:
            raise NotByLaw(_("Its time is over: it can no longer be stopped."))
        note = write_note(row, RequestNote.About.PAUSE, why, by, now)
        RequestPause.objects.create(request=row, cause=cause, since=now)
        row.paused_at = now
        row.save(update_fields=["paused_at"])
        facts = {"cause": cause.value, "note": str(note.pk)}
        log.append(Action.REQUEST_PAUSED, subject=row, actor=by, facts=facts)


def resume(*, request: SubjectRequest, by: Person, now: datetime) -> None:
    """Let the clock go on; the days it stood still come on top. Raises Refused."""
    with transaction.atomic():
        row = lock_open(request, by)
        if row.paused_at is None:
            return
        go_on(row, now)
        facts = {"due": due_day(row)}
        log.append(Action.REQUEST_RESUMED, subject=row, actor=by, facts=facts)


def go_on(row: SubjectRequest, now: datetime) -> None:
    """End its pause and set its dates anew. The caller holds its lock."""
    row.pauses.filter(until=None).update(until=now)
    row.paused_at = None
    wind(row)
    row.save(update_fields=["paused_at", "due_at", "acknowledge_by"])


def extend(
    *,
    request: SubjectRequest,
    why: str,
    by: Person,
    now: datetime,
    stated: date | None = None,
) -> None:
    """Extend it as far as its law gives, and tell the person why: by letter, which has to
    leave within the time that is extended (GDPR Art. 12(3)).

    why: goes into the letter, in the person's language. stated: the day, where the law
    lets us state one. Raises Refused, and NotByLaw.
    """
    with transaction.atomic():
        row = lock_open(request, by)
        _require_extensible(row, stated, now)
        note = write_note(row, RequestNote.About.EXTENSION, why, by, now)
        row.extended_at, row.extended_to = now, stated
        tell_by = row.due_at
        wind(row)
        row.save(update_fields=["extended_at", "extended_to", "due_at"])
        letters.write(
            row, letters.Kind.EXTENSION, now=now, reasons=why, leave_by=tell_by
        )
        facts = {"due": due_day(row), "note": str(note.pk)}
        log.append(Action.REQUEST_EXTENDED, subject=row, actor=by, facts=facts)


def lock_open(request: SubjectRequest, by: Person) -> SubjectRequest:
    """Its row, locked, for somebody who may work on it. Raises Refused, NotByLaw."""
    policy.require(by, Verb.HANDLE_REQUEST)
    rows = SubjectRequest.objects.select_for_update(no_key=True)
    row = rows.get(pk=request.pk)
    if not row.is_open:
        raise NotByLaw(_("This request is closed."))
    return row


def write_note(
    row: SubjectRequest, about: RequestNote.About, text: str, by: Person, now: datetime
) -> RequestNote:
    """Put down what somebody wrote. Raises NotByLaw where he wrote nothing."""
    if not text.strip():
        raise NotByLaw(_("Say why, in a sentence."))
    return RequestNote.objects.create(
        request=row, about=about, text=text.strip(), by=by, at=now
    )


def _pauses(request: SubjectRequest) -> list[deadlines.Pause]:
    day_of = legal_calendar().day_of
    return [
        deadlines.Pause(day_of(one.since), day_of(one.until))
        for one in request.pauses.all()
        if one.until is not None
    ]


def _may_pause(told: Law, cause: Cause) -> bool:
    if cause == Cause.IDENTITY:
        return told.identity_pauses
    return told.questions_pause


def _require_extensible(
    row: SubjectRequest, stated: date | None, now: datetime
) -> None:
    told = law(row.law)
    if not told.may_extend:
        raise NotByLaw(_("This law gives no more time."))
    if row.extended_at is not None:
        raise NotByLaw(_("It was extended already."))
    if row.due_at < now:
        raise NotByLaw(_("Its time is over: the person had to be told before."))
    latest = legal_calendar().day_of(now + LONGEST)
    if stated is not None and stated > latest:
        raise NotByLaw(_("That is more than a year away."))
    if told.may_state and (stated is None or last_moment(stated) <= row.due_at):
        raise NotByLaw(_("Say by which later day it will be answered."))
    if not told.may_state and stated is not None:
        raise NotByLaw(_("This law says itself how long."))
