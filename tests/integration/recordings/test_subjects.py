"""Who listened to me: dates and purposes for one person, staff by numbers."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from compliance import grounds
from compliance.access import grants
from compliance.access.roles import Role
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import AuditEntry, Ground, Person, PhoneNumber
from recordings import exporting, exports
from recordings.models import Call, Party, SavedSearch
from tests.cast import SINCE, Cast
from tests.factories.recordings import (
    STARTED,
    CallFactory,
    DisclosureFactory,
    ListenFactory,
    PartyFactory,
    RecordingFactory,
)

SignIn = Callable[[Person], Client]
Entries = Callable[..., list[AuditEntry]]
NUMBER = "+4915112344711"
GROUND = "The person claims that a neighbour listened; weighed on 3 November."


@pytest.fixture
def call(cast: Cast) -> Call:
    """A call of this number: heard once, copied once."""
    call = CallFactory.create(team=cast.claims)
    PartyFactory.create(
        call=call, role=Party.Role.CALLER, number=PhoneNumber.from_raw(NUMBER)
    )
    part = RecordingFactory.create(call=call)
    ListenFactory.create(recording=part, listener=cast.reviewer, opened_at=STARTED)
    DisclosureFactory.create(
        recording=part, by=cast.officer, at=STARTED + timedelta(hours=1)
    )
    return call


def found(browser: Client, words: str = NUMBER) -> str:
    """The address under which it is told."""
    answer = browser.post(reverse("subject-find"), {"words": words})
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def told(browser: Client, url: str) -> str:
    answer = browser.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.usefixtures("call")
def test_it_tells_dates_and_purposes_and_no_names(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.officer)

    page = told(browser, found(browser))

    assert "Consulted 2 times." in page
    assert "was served a recording to hear" in page
    assert "took a copy of a recording, for Court clerk" in page
    assert "employee 1" in page
    assert "employee 2" in page
    assert "Rosa" not in page


@pytest.mark.usefixtures("call")
def test_the_address_holds_no_number(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    browser = sign_in(cast.officer)
    url = found(browser)
    told(browser, url)

    search = SavedSearch.objects.get()
    (entry,) = entries(act=Action.PERSON_LISTENERS_VIEWED)
    assert url == f"/subjects/{search.id}/"
    assert entry.object_pk == str(search.id)
    assert entry.facts == {"consultations": 2, "named": False}


def test_a_list_taken_as_a_file_counts(cast: Cast, sign_in: SignIn, call: Call) -> None:
    export = exports.ask(query="", within=None, by=cast.officer, now=STARTED)
    exporting.make(export_id=export.id, now=STARTED)
    browser = sign_in(cast.officer)

    assert "made a list of calls as a file: 1 call" in told(browser, found(browser))


def test_a_number_that_was_shown_counts(
    cast: Cast, sign_in: SignIn, call: Call
) -> None:
    with transaction.atomic():
        log.append(Action.NUMBER_REVEALED, subject=call, actor=cast.officer)
    browser = sign_in(cast.officer)

    assert "saw a whole number" in told(browser, found(browser))


@pytest.mark.usefixtures("call")
def test_names_take_a_written_ground_and_an_entry_of_their_own(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    browser = sign_in(cast.officer)
    url = found(browser)

    answer = browser.post(f"{url}names", {"ground": GROUND})

    ground = Ground.objects.get()
    (entry,) = entries(act=Action.PERSON_LISTENERS_NAMED)
    page = told(browser, answer.headers["Location"])
    assert ground.text == GROUND
    assert entry.facts == grounds.facts_of(ground)
    assert GROUND not in str(entry.facts)
    assert "Rosa Reviewer" in page
    assert "Rosa" not in told(browser, url)


@pytest.mark.usefixtures("call")
def test_no_ground_no_names(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.officer)
    url = found(browser)

    browser.post(f"{url}names", {"ground": "because"})

    assert not Ground.objects.exists()
    assert "Rosa" not in told(browser, f"{url}?ground={uuid4()}")


@pytest.mark.usefixtures("call")
def test_a_ground_of_somebody_else_or_of_yesterday_shows_no_names(
    cast: Cast, sign_in: SignIn
) -> None:
    grants.grant(person=cast.stranger, role=Role.OFFICER, by=None, now=SINCE)
    browser = sign_in(cast.officer)
    url = found(browser)
    browser.post(f"{url}names", {"ground": GROUND})
    ground = Ground.objects.get()
    SavedSearch.objects.update(is_shared=True)

    other = told(sign_in(cast.stranger), f"{url}?ground={ground.id}")
    Ground.objects.update(at=ground.at - timedelta(hours=2))
    later = told(browser, f"{url}?ground={ground.id}")

    assert "Rosa" not in other
    assert "Rosa" not in later


@pytest.mark.usefixtures("call")
def test_it_is_handed_over_as_a_pdf(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    browser = sign_in(cast.officer)

    answer: Any = browser.get(f"{found(browser)}pdf")

    (entry,) = entries(act=Action.PERSON_LISTENERS_TAKEN)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.content.startswith(b"%PDF-")
    assert entry.facts == {"consultations": 2, "named": False}


@pytest.mark.usefixtures("call")
def test_four_digits_are_nobody_and_are_not_printed(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    browser = sign_in(cast.officer)
    url = found(browser, "4711")

    assert "search by the whole number" in told(browser, url)
    assert browser.get(f"{url}pdf").status_code == 302
    assert not entries(act=Action.PERSON_LISTENERS_TAKEN)


@pytest.mark.usefixtures("call")
def test_no_entry_no_answer(
    cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise DatabaseError("disk full")

    browser = sign_in(cast.officer)
    url = found(browser)
    browser.raise_request_exception = False
    monkeypatch.setattr(log, "append", broken)

    for path in (url, f"{url}pdf"):
        answer = browser.get(path)
        assert answer.status_code == 500
        assert b"employee" not in answer.content


@pytest.mark.parametrize("who", ["reviewer", "lead", "auditor", "administrator"])
def test_others_may_not_ask(cast: Cast, sign_in: SignIn, who: str) -> None:
    browser = sign_in(cast.people[who])

    assert browser.get(reverse("subjects")).status_code == 403


@pytest.mark.usefixtures("call")
def test_calls_out_of_reach_are_left_out_and_it_is_said(
    cast: Cast, sign_in: SignIn
) -> None:
    grants.grant(
        person=cast.stranger, role=Role.OFFICER, by=None, now=SINCE, team=cast.sales
    )
    browser = sign_in(cast.stranger)

    page = told(browser, found(browser))

    assert "Nobody consulted these calls" in page
    assert "Your roles do not reach every team" in page


@pytest.mark.usefixtures("call")
def test_more_consultations_cost_no_more_queries(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.officer)
    url = found(browser)
    told(browser, url)
    with CaptureQueriesContext(connection) as few:
        told(browser, url)
    part = Call.objects.get().recordings.get()
    ListenFactory.create_batch(5, recording=part, listener=cast.lead)
    with CaptureQueriesContext(connection) as many:
        told(browser, url)

    assert len(many) == len(few)
