"""Requests that are due soon are mailed, late ones are alerts; suggestions from calls."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from pytest_django.fixtures import Settings

from compliance.keys import keyring
from compliance.models import Person, PhoneNumber, Team
from compliance.models.phone_number import name_form
from compliance.requests import clock, handling, identity, letters
from compliance.requests.handling import Outcome
from compliance.requests.neighbours import Kind
from recordings import overdue
from recordings.models import Alert, Call, OutgoingEvent, Party
from recordings.outgoing import delivery
from tests.cast import Cast
from tests.factories.recordings import CallFactory, PartyFactory
from tests.factories.requests import NUMBER, RECEIVED, asked, number_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_whoever_has_it_is_reminded_once_at_each_step(
    cast: Cast, settings: Settings
) -> None:
    settings.MAIL_IS_ON = True
    request = asked(cast.officer, email="")
    handling.assign(request=request, to=cast.officer, by=cast.officer)

    assert overdue.remind(now=RECEIVED + 10 * DAY) == 0
    assert overdue.remind(now=RECEIVED + 17 * DAY) == 1
    assert overdue.remind(now=RECEIVED + 18 * DAY) == 0
    assert overdue.remind(now=RECEIVED + 28 * DAY) == 1
    assert delivery.to_person(person_id=cast.officer.pk, now=RECEIVED + 28 * DAY)

    [sent] = mail.outbox
    assert sent.to == [cast.officer.email]
    assert "due soon" in sent.subject
    assert f"/requests/{request.pk}/" in sent.body
    assert request.reference in sent.body
    assert "Erika" not in sent.body


def test_what_nobody_has_is_told_to_every_officer(
    cast: Cast, settings: Settings
) -> None:
    settings.MAIL_IS_ON = True
    asked(cast.officer)

    overdue.remind(now=RECEIVED + 25 * DAY)

    mailed = OutgoingEvent.objects.filter(kind="request.due")
    assert {one.person for one in mailed} == {cast.officer}


def test_more_than_a_page_that_are_late_stay_told(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overdue, "PAGE", 1)
    for email in ("a@example.org", "b@example.org"):
        asked(cast.officer, email=email, numbers=())
    for minutes in range(3):
        overdue.judge(now=RECEIVED + 40 * DAY + timedelta(minutes=minutes))

    assert Alert.objects.filter(closed_at=None).count() == 2
    assert not Alert.objects.exclude(closed_at=None).exists()


def test_overdue_is_an_alert_until_it_is_answered(
    cast: Cast, sign_in: Callable[[Person], Client]
) -> None:
    request = asked(cast.officer)
    uk = asked(cast.officer, law="UK-GDPR", kind="access")
    clock.pause(
        request=uk,
        cause=clock.Cause.CLARIFICATION,
        why="Which calls?",
        by=cast.officer,
        now=RECEIVED,
    )

    overdue.judge(now=RECEIVED + 29 * DAY)
    assert not Alert.objects.exists()
    overdue.judge(now=RECEIVED + 40 * DAY)
    overdue.judge(now=RECEIVED + 41 * DAY)

    alert = Alert.objects.get()
    assert (alert.kind, alert.subject) == ("request_overdue", str(request.pk))
    home = sign_in(cast.officer).get("/").content.decode()
    assert "Requests of people" in home
    assert "a request of a person is overdue" in home.lower()
    handling.close(
        request=request,
        outcome=Outcome.WITHDRAWN,
        why="",
        by=cast.officer,
        now=RECEIVED + 42 * DAY,
    )
    overdue.judge(now=RECEIVED + 42 * DAY)
    alert.refresh_from_db()
    assert alert.closed_at is not None


def test_an_extension_nobody_tells_the_person_of_is_late(
    cast: Cast, settings: Settings
) -> None:
    settings.MAIL_IS_ON = True
    request = asked(cast.officer)
    tell_by = request.due_at
    overdue.remind(now=tell_by - 3 * DAY)
    clock.extend(
        request=request, why="Many calls.", by=cast.officer, now=tell_by - 2 * DAY
    )
    (letter,) = request.letters.filter(kind="extension")
    OutgoingEvent.objects.all().delete()

    assert overdue.remind(now=tell_by - DAY / 2), "the letter has to leave tomorrow"
    overdue.judge(now=tell_by - DAY / 2)
    assert not Alert.objects.exists()
    overdue.judge(now=tell_by + DAY)
    assert Alert.objects.get().kind == "request_overdue"

    letters.posted(letter=letter, by=cast.officer, now=tell_by + DAY)
    overdue.judge(now=tell_by + DAY)
    assert Alert.objects.get().closed_at is not None
    request.refresh_from_db()
    assert not overdue.remind(now=tell_by + DAY)
    assert overdue.remind(now=request.due_at - 10 * DAY), "counted down anew"


def test_california_not_acknowledged_is_late_before_it_is_due(cast: Cast) -> None:
    asked(cast.officer, law="US-CA", place="US-CA", email="")

    overdue.judge(now=RECEIVED + 20 * DAY)

    assert Alert.objects.filter(kind="request_overdue").count() == 1


def call_by(team: Team, number: str, name: str) -> Call:
    call = CallFactory.create(team=team)
    PartyFactory.create(
        call=call,
        role=Party.Role.CALLER,
        number=PhoneNumber.from_raw(number),
        name=name,
        name_lookup=lookup(name),
    )
    return call


def lookup(name: str) -> str:
    return keyring("number_lookup").digest(name_form(name))


def test_shared_calls_suggest_and_a_shared_line_is_said(
    cast: Cast, sign_in: Callable[[Person], Client]
) -> None:
    for _ in range(2):
        call_by(cast.claims, NUMBER, "Erika Muster")
    call_by(cast.claims, NUMBER, "Max Muster")
    mobile = call_by(cast.claims, "+4915112345678", "Erika Muster")
    request = asked(cast.officer)

    assert identity.suggestions(request) == []
    identity.confirm(subject=number_of(request), by=cast.officer, now=RECEIVED)
    told = identity.suggestions(request)
    assert [(one.kind, one.name, one.calls) for one in told] == [
        (Kind.NAME, "Max Muster", 1)
    ]
    identity.confirm(
        subject=request.subjects.get(kind="name"), by=cast.officer, now=RECEIVED
    )
    numbers = [one.number for one in identity.suggestions(request) if one.number]
    assert numbers == [mobile.parties.get().number_id]
    page = sign_in(cast.officer).get(f"/requests/{request.pk}/").content.decode()
    assert "Shared line: two people or more" in page
    assert "2 names used it" in page
    assert "Max Muster" in page
    assert "1 other number goes with it" in page

    browser = sign_in(cast.officer)
    browser.post(f"/requests/{request.pk}/act", {"act": "take", "number": numbers[0]})
    linked = request.subjects.get(number=numbers[0])
    assert (linked.source, linked.confirmed_by) == ("shared", cast.officer)
    page = browser.get(f"/requests/{request.pk}/").content.decode()
    assert "A name that other people may bear" not in page
