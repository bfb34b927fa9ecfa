"""Letters, external custodians and recipients, as the page of a request draws them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from compliance.models import (
    ExternalTask,
    RecipientNotice,
    RequestLetter,
    SubjectRequest,
)
from compliance.requests import externals, letters, notices
from compliance.retention.periods import legal_calendar
from compliance.web import letter_acts
from compliance.web.letter_acts import LetterForm
from compliance.web.outside_acts import AnswerForm, AskForm, ImpossibleForm

State = ExternalTask.State
_MARKS: dict[str, tuple[str, str]] = {
    State.OPEN: ("wait", "amber"),
    State.ASKED: ("wait", ""),
    State.EXPIRES: ("wait", "faint"),
    State.CONFIRMED: ("check", "green"),
    State.REFUSED: ("refused", "red"),
}


@dataclass(frozen=True)
class Written:
    """A letter, with its form as long as it can be changed."""

    letter: RequestLetter
    form: LetterForm | None


@dataclass(frozen=True)
class Task:
    """What an external custodian has to do. Forms that make no sense any more are None."""

    task: ExternalTask
    mark: str
    tone: str
    is_late: bool
    due_day: date
    ask: AskForm | None
    confirm: AnswerForm | None
    refuse: AnswerForm | None


@dataclass(frozen=True)
class Notice:
    """What a recipient is told, with its forms as long as it is to be sent."""

    notice: RecipientNotice
    form: LetterForm | None
    impossible: ImpossibleForm | None


def drawn(found: SubjectRequest, now: datetime) -> dict[str, Any]:
    """All three for the page of a request."""
    return {
        "letters": [_written(one, found) for one in found.letters.order_by("made_at")],
        "externals": [_task(one, now) for one in externals.of(found)],
        "notices": [_notice(one) for one in notices.of(found)],
    }


def _written(letter: RequestLetter, found: SubjectRequest) -> Written:
    can = letter.state in letters.BY_HAND
    return Written(letter, letter_acts.form_of(letter, about=found) if can else None)


def _task(task: ExternalTask, now: datetime) -> Task:
    mark, tone = _MARKS[task.state]
    is_pending = task.state in ExternalTask.PENDING
    is_late = is_pending and task.due_at < now
    is_done = task.state == State.CONFIRMED
    is_answered = is_done or task.state == State.REFUSED
    return Task(
        task,
        "warn" if is_late else mark,
        "red" if is_late else tone,
        is_late,
        legal_calendar().day_of(task.due_at),
        None if is_answered or task.state == State.ASKED else _of(AskForm, task, "ask"),
        None if is_done else _of(AnswerForm, task, "confirm"),
        None if is_answered else _of(AnswerForm, task, "refuse"),
    )


def _of(kind: type[Any], row: ExternalTask | RecipientNotice, act: str) -> Any:
    form = kind(request=row.request)
    form.auto_id = f"{act}_{row.pk}_%s"
    return form


def _notice(notice: RecipientNotice) -> Notice:
    if notice.state != RecipientNotice.State.TO_SEND:
        return Notice(notice, None, None)
    said = {"subject": notice.subject, "body": notice.body}
    form = LetterForm(request=notice.request, initial=said)
    form.auto_id = f"notice_{notice.pk}_%s"
    return Notice(notice, form, _of(ImpossibleForm, notice, "impossible"))
