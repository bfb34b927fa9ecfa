"""Acts about requests of people."""

from datetime import timedelta
from typing import Any
from unittest import mock
from uuid import UUID

from django.utils import timezone

from compliance.audit.actions import Action
from compliance.models import RequestSubject, SubjectRequest
from compliance.requests import clock, codes, handling, identity, letters, request_log
from compliance.requests.handling import Outcome
from compliance.requests.identity import Link, Method, Source
from tests.acts.of_law import page_of
from tests.acts.planted import NUMBER, WORD, WORDS
from tests.acts.table import Act, Table
from tests.cast import Cast
from tests.factories.requests import asked, number_of

ADDRESS = f"{WORD}@example.org"


class Silent:
    """Brings codes nowhere; remembers the last text."""

    text = ""

    def send(self, *, id: UUID, number: str, text: str, language: str) -> None:
        self.text = text


def _asked(cast: Cast, **told: Any) -> SubjectRequest:
    words = {"name": WORDS, "email": ADDRESS, "address": WORDS, "words": WORDS}
    return asked(cast.officer, now=timezone.now(), numbers=(NUMBER,), **(words | told))


def _received(cast: Cast) -> Act:
    return lambda: _asked(cast)


def _read(cast: Cast) -> Act:
    return page_of(cast.officer, "request", _asked(cast).pk)


def _assigned(cast: Cast) -> Act:
    request = _asked(cast)
    return lambda: handling.assign(request=request, to=cast.officer, by=cast.officer)


def _noted(cast: Cast) -> Act:
    request, now = _asked(cast), timezone.now()
    return lambda: handling.comment(
        request=request, text=WORDS, by=cast.officer, now=now
    )


def _pause(request: SubjectRequest, cast: Cast) -> None:
    clock.pause(
        request=request,
        cause=clock.Cause.IDENTITY,
        why=WORDS,
        by=cast.officer,
        now=timezone.now(),
    )


def _paused(cast: Cast) -> Act:
    request = _asked(cast, law="UK-GDPR")
    return lambda: _pause(request, cast)


def _resumed(cast: Cast) -> Act:
    request = _asked(cast, law="UK-GDPR")
    _pause(request, cast)
    return lambda: clock.resume(request=request, by=cast.officer, now=timezone.now())


def _extended(cast: Cast) -> Act:
    request = _asked(cast)
    now = timezone.now()
    return lambda: clock.extend(request=request, why=WORDS, by=cast.officer, now=now)


def _linked(cast: Cast) -> Act:
    request, now = _asked(cast), timezone.now()
    return lambda: identity.link(
        request=request,
        what=Link(name=f"{WORDS} the second"),
        source=Source.ADDED,
        by=cast.officer,
        now=now,
    )


def _unlinked(cast: Cast) -> Act:
    subject = number_of(_asked(cast))
    now = timezone.now()
    return lambda: identity.drop(subject=subject, by=cast.officer, now=now)


def _check(request: SubjectRequest, cast: Cast) -> None:
    identity.check(
        request=request,
        method=Method.CALL_FACTS,
        passed=True,
        points=2,
        evidence=WORDS,
        by=cast.officer,
        now=timezone.now(),
    )


def _checked(cast: Cast) -> Act:
    request = _asked(cast)
    return lambda: _check(request, cast)


def _send(subject: RequestSubject, cast: Cast, road: Silent) -> None:
    with mock.patch.object(codes, "sender", return_value=road):
        codes.send(subject=subject, by=cast.officer, now=timezone.now())


def _code_sent(cast: Cast) -> Act:
    subject = number_of(_asked(cast))
    return lambda: _send(subject, cast, Silent())


def _code_tried(cast: Cast) -> Act:
    subject, road = number_of(_asked(cast)), Silent()
    _send(subject, cast, road)
    now = timezone.now()
    return lambda: codes.enter(
        subject=subject, code=road.text[: codes.DIGITS], by=cast.officer, now=now
    )


def _decided(cast: Cast) -> Act:
    request = _asked(cast)
    now = timezone.now()
    identity.confirm(subject=number_of(request), by=cast.officer, now=now)
    _check(request, cast)
    return lambda: identity.verify(request=request, by=cast.officer, now=now)


def _letter_sent(cast: Cast) -> Act:
    letter = _asked(cast, email="").letters.get()
    now = timezone.now()
    return lambda: letters.posted(letter=letter, by=cast.officer, now=now)


def _close(request: SubjectRequest, cast: Cast) -> None:
    handling.close(
        request=request,
        outcome=Outcome.REFUSED,
        ground="identity",
        why=WORDS,
        by=cast.officer,
        now=timezone.now(),
    )


def _closed(cast: Cast) -> Act:
    request = _asked(cast)
    _check(request, cast)
    return lambda: _close(request, cast)


def _forgotten(cast: Cast) -> Act:
    _close(_asked(cast), cast)
    return lambda: request_log.sweep(now=timezone.now() + timedelta(days=800))


ACTS: Table = {
    Action.REQUEST_RECEIVED: _received,
    Action.REQUEST_READ: _read,
    Action.REQUEST_ASSIGNED: _assigned,
    Action.REQUEST_NOTED: _noted,
    Action.REQUEST_PAUSED: _paused,
    Action.REQUEST_RESUMED: _resumed,
    Action.REQUEST_EXTENDED: _extended,
    Action.REQUEST_LINKED: _linked,
    Action.REQUEST_UNLINKED: _unlinked,
    Action.REQUEST_CHECKED: _checked,
    Action.REQUEST_CODE_SENT: _code_sent,
    Action.REQUEST_CODE_TRIED: _code_tried,
    Action.REQUEST_IDENTITY_DECIDED: _decided,
    Action.REQUEST_LETTER_SENT: _letter_sent,
    Action.REQUEST_CLOSED: _closed,
    Action.REQUEST_FORGOTTEN: _forgotten,
    Action.REQUEST_LOG_TAKEN: lambda cast: lambda: request_log.take(by=cast.officer),
}
