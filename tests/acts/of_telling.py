"""Acts about others who hold a person's data, and about letters."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from compliance.audit.actions import Action
from compliance.models import ExternalTask, RecipientNotice, RequestLetter
from compliance.requests import clock, externals, letters, notices, processing_file
from tests.acts.planted import WORD, WORDS
from tests.acts.table import Act, Table
from tests.cast import Cast
from tests.factories.requests import asked, external_custodian


@dataclass(frozen=True)
class Given:
    """What a recipient was given."""

    at: datetime
    what: str = WORDS
    to_whom: str = WORDS
    items: int = 1


def _custodian(retention: str = "") -> None:
    external_custodian(
        retention=retention,
        holds=WORDS,
        agreement=WORDS,
        ask_how=WORDS,
        ask_url=f"https://{WORD}.example",
        ask_mail=f"{WORD}@example.org",
    )


def _listed(cast: Cast) -> Act:
    _custodian()
    request, now = asked(cast.officer, now=timezone.now()), timezone.now()
    return lambda: externals.tasks_for(request=request, by=cast.officer, now=now)


def _task(cast: Cast, retention: str = "") -> ExternalTask:
    _custodian(retention)
    request, now = asked(cast.officer, now=timezone.now()), timezone.now()
    [task] = externals.tasks_for(request=request, by=cast.officer, now=now)
    return task


def _asked(cast: Cast) -> Act:
    task, now = _task(cast), timezone.now()
    return lambda: externals.ask(task=task, reference=WORDS, by=cast.officer, now=now)


def _confirmed(cast: Cast) -> Act:
    task, now = _task(cast), timezone.now()
    return lambda: externals.confirm(task=task, proof=WORDS, by=cast.officer, now=now)


def _refused(cast: Cast) -> Act:
    task, now = _task(cast), timezone.now()
    return lambda: externals.refuse(task=task, proof=WORDS, by=cast.officer, now=now)


def _expired(cast: Cast) -> Act:
    task = _task(cast, "P7D")
    return lambda: externals.settle(now=task.due_at + timedelta(days=1))


def _write(cast: Cast) -> list[RecipientNotice]:
    now = timezone.now()
    request = asked(cast.officer, now=now)
    given = [Given(now)]
    return notices.write_for(
        request=request, recipients=given, by=cast.officer, now=now
    )


def _written(cast: Cast) -> Act:
    now = timezone.now()
    request = asked(cast.officer, now=now)
    given = [Given(now)]
    return lambda: notices.write_for(
        request=request, recipients=given, by=cast.officer, now=now
    )


def _edited(cast: Cast) -> Act:
    [notice] = _write(cast)
    return lambda: notices.edit(
        notice=notice, subject=WORDS, body=WORDS, by=cast.officer
    )


def _told(cast: Cast) -> Act:
    [notice] = _write(cast)
    now = timezone.now()
    return lambda: notices.sent(notice=notice, by=cast.officer, now=now)


def _not_told(cast: Cast) -> Act:
    [notice] = _write(cast)
    now = timezone.now()
    return lambda: notices.impossible(
        notice=notice, reason=WORDS, by=cast.officer, now=now
    )


def _draft(cast: Cast) -> RequestLetter:
    now = timezone.now()
    request = asked(cast.officer, now=now)
    clock.extend(request=request, why=WORDS, by=cast.officer, now=now)
    return request.letters.get(kind="extension")


def _letter_edited(cast: Cast) -> Act:
    letter = _draft(cast)
    return lambda: letters.edit(
        letter=letter, subject=WORDS, body=WORDS, by=cast.officer
    )


def _released(cast: Cast) -> Act:
    letter, now = _draft(cast), timezone.now()
    return lambda: letters.release(letter=letter, by=cast.officer, now=now)


def _taken(cast: Cast) -> Act:
    _custodian()
    now = timezone.now()
    return lambda: processing_file.take(form="json", by=cast.officer, now=now)


ACTS: Table = {
    Action.EXTERNAL_LISTED: _listed,
    Action.EXTERNAL_ASKED: _asked,
    Action.EXTERNAL_CONFIRMED: _confirmed,
    Action.EXTERNAL_REFUSED: _refused,
    Action.EXTERNAL_EXPIRED: _expired,
    Action.NOTICES_WRITTEN: _written,
    Action.NOTICE_EDITED: _edited,
    Action.NOTICE_SENT: _told,
    Action.NOTICE_IMPOSSIBLE: _not_told,
    Action.PROCESSING_RECORD_TAKEN: _taken,
    Action.REQUEST_LETTER_EDITED: _letter_edited,
    Action.REQUEST_LETTER_RELEASED: _released,
}
