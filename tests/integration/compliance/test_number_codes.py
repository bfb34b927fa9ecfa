"""A one-time code to a number: hashed, short-lived, few tries, and signed on its way."""

import json
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from pytest_django.fixtures import Settings
from standardwebhooks import Webhook

from compliance.access import rates
from compliance.models import NumberCode, RequestSubject
from compliance.requests import codes, senders
from compliance.requests.clock import NotByLaw
from compliance.requests.senders import HttpSender, NotSent
from compliance.wire import signature
from compliance.wire.post import NotTaken
from tests.acts.of_requests import Silent
from tests.cast import Cast
from tests.factories.requests import NUMBER, RECEIVED, asked, number_of

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def road(monkeypatch: pytest.MonkeyPatch) -> Silent:
    made = Silent()
    monkeypatch.setattr(codes, "sender", lambda: made)
    counted: dict[str, int] = {}

    def count(key: str, *, seconds: int) -> int:
        counted[key] = counted.get(key, 0) + 1
        return counted[key]

    monkeypatch.setattr(rates, "count", count)
    return made


@pytest.fixture
def subject(cast: Cast) -> RequestSubject:
    return number_of(asked(cast.officer))


Try = Callable[..., bool]


@pytest.fixture
def entered(cast: Cast, subject: RequestSubject) -> Try:
    def enter(code: str, after: timedelta = MINUTE) -> bool:
        now = RECEIVED + after
        return codes.enter(subject=subject, code=code, by=cast.officer, now=now)

    return enter


def sent(cast: Cast, subject: RequestSubject, road: Silent) -> str:
    codes.send(subject=subject, by=cast.officer, now=RECEIVED)
    return road.text[: codes.DIGITS]


def test_a_right_code_is_a_passed_check_and_good_once(
    cast: Cast, subject: RequestSubject, road: Silent, entered: Try
) -> None:
    code = sent(cast, subject, road)

    assert code not in NumberCode.objects.get().code_hash
    assert entered("000000" if code != "000000" else "111111") is False
    assert entered(f" {code} ") is True
    check = subject.request.checks.get()
    assert (check.method, check.passed) == ("code", True)
    assert subject.request.identity == "open"
    with pytest.raises(NotByLaw):
        entered(code)


def test_a_code_is_over_after_ten_minutes_five_tries_or_another_code(
    cast: Cast, subject: RequestSubject, road: Silent, entered: Try
) -> None:
    first = sent(cast, subject, road)
    with pytest.raises(NotByLaw):
        entered(first, codes.LIFE)
    second = sent(cast, subject, road)
    if first != second:
        assert entered(first) is False
    NumberCode.objects.update(tries=codes.TRIES)
    with pytest.raises(NotByLaw):
        entered(second)


def test_three_an_hour_and_then_no_more(
    cast: Cast, subject: RequestSubject, road: Silent
) -> None:
    for _ in range(codes.MOST_AN_HOUR):
        sent(cast, subject, road)

    with pytest.raises(NotByLaw):
        sent(cast, subject, road)
    assert NumberCode.objects.count() == codes.MOST_AN_HOUR


def test_what_could_not_be_sent_is_no_code(
    cast: Cast, subject: RequestSubject, road: Silent, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: object) -> None:
        raise NotSent("timeout")

    monkeypatch.setattr(road, "send", fail)

    with pytest.raises(NotByLaw):
        codes.send(subject=subject, by=cast.officer, now=RECEIVED)
    assert NumberCode.objects.get().expires_at == RECEIVED


def test_the_http_sender_signs_what_it_hands_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    secret = signature.new_secret()
    got: dict[str, object] = {}

    def post(url: str, *, body: bytes, headers: dict[str, str]) -> str:
        got.update(url=url, body=body, headers=headers)
        return "200"

    monkeypatch.setattr(senders, "post", post)
    HttpSender("https://sms.example/send", secret).send(
        id=uuid4(), number=NUMBER, text="123456 is your code", language="en"
    )

    told = Webhook(secret).verify(got["body"], got["headers"])  # type: ignore[arg-type]
    assert told == json.loads(got["body"])  # type: ignore[arg-type]
    assert told["to"] == NUMBER

    def refuse(*_: object, **__: object) -> str:
        raise NotTaken("500")

    monkeypatch.setattr(senders, "post", refuse)
    with pytest.raises(NotSent):
        HttpSender("https://sms.example/send", secret).send(
            id=uuid4(), number=NUMBER, text="x", language="en"
        )


def test_without_a_sender_nothing_is_sent(
    cast: Cast, subject: RequestSubject, settings: Settings
) -> None:
    settings.DEBUG = False

    assert not codes.may_send()
    with pytest.raises(NotByLaw):
        codes.send(subject=subject, by=cast.officer, now=RECEIVED)
