"""The requests desk: what is due first, one request with its clock, and the acts on it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries, Settings

from compliance.models import AuditEntry, Person, SubjectRequest
from compliance.requests import identity
from compliance.web.request_forms import NewForm
from tests.cast import Cast
from tests.factories.requests import asked, number_of

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
LISTED = 9
READ = 24


def told(browser: Client, request: SubjectRequest, act: str, **said: object) -> str:
    """Do one act and return the page that follows."""
    posted = {"act": act, **said}
    page = browser.post(f"/requests/{request.pk}/act", posted, follow=True)
    return page.content.decode()


def test_due_first_comes_first_and_overdue_is_said(
    cast: Cast, sign_in: SignIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    now = timezone.now()
    late = asked(cast.officer, now=now - timedelta(days=60))
    soon = asked(cast.officer, now=now - timedelta(days=27), kind="access")
    early = asked(cast.officer, now=now, kind="objection")
    browser = sign_in(cast.officer)
    browser.get("/requests/")

    with django_assert_num_queries(LISTED):
        page = browser.get("/requests/").content.decode()

    places = [page.index(one.reference) for one in (late, soon, early)]
    assert places == sorted(places)
    assert "3 requests are open" in page
    assert "1 is overdue" in page
    assert "overdue</span>" in page
    only = browser.get("/requests/?view=overdue").content.decode()
    assert late.reference in only
    assert soon.reference not in only


def test_the_last_day_is_the_laws_own_wherever_one_sits(
    cast: Cast, sign_in: SignIn
) -> None:
    cast.officer.time_zone = "Asia/Tokyo"
    with transaction.atomic():
        cast.officer.save()
    request = asked(cast.officer)  # due at the end of 2 December, UTC

    browser = sign_in(cast.officer)

    assert "2 Dec 2026" in browser.get("/requests/").content.decode()
    page = browser.get(f"/requests/{request.pk}/").content.decode()
    assert "Wednesday 2 December 2026" in page


def test_an_officer_writes_one_down(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.officer)
    said = {
        "kind": "access",
        "law": "US-CA",
        "place": "US-CA",
        "channel": "phone",
        "received_on": "2026-11-02",
        "language": "es",
        "name": "Ana Ruiz",
        "number": "+1 202 555 0143",
    }

    wrong = browser.post("/requests/new", said | {"place": "QQ"})
    assert wrong.status_code == 422
    page = browser.post("/requests/new", said, follow=True).content.decode()

    request = SubjectRequest.objects.get()
    assert request.reference in page
    assert "Ana Ruiz" in page
    assert "••• ••• 0143" in page
    assert "5550143" not in page
    assert request.acknowledge_by is not None


@pytest.mark.parametrize(
    ("zone", "hour", "day", "received"),
    [
        ("America/Los_Angeles", 1, "2026-11-02", datetime(2026, 11, 2, 3, tzinfo=UTC)),
        ("Pacific/Auckland", 12, "2026-11-21", datetime(2026, 11, 20, 12, tzinfo=UTC)),
    ],
)
def test_the_day_of_receipt_is_one_of_the_legal_zone_wherever_one_sits(
    settings: Settings, zone: str, hour: int, day: str, received: datetime
) -> None:
    """In Tokyo, by whose days the clock runs, the day is the one that was written; what
    came today came now, though today be another day there."""
    settings.LEGAL_TIME_ZONE = "Asia/Tokyo"
    said = {
        "kind": "access",
        "law": "EU-GDPR",
        "channel": "phone",
        "received_on": day,
        "language": "en",
        "name": "Ana Ruiz",
    }
    with timezone.override(zone):
        form = NewForm(said)
        assert form.is_valid()
        told = form.told(datetime(2026, 11, 20, hour, tzinfo=UTC))

    assert told.received_at == received


def test_the_page_of_one_tells_all_of_it(
    cast: Cast, sign_in: SignIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    request = asked(cast.officer, words="Please <b>delete</b> me.")
    browser = sign_in(cast.officer)
    url = f"/requests/{request.pk}/"
    browser.get(url)

    with django_assert_num_queries(READ):
        page = browser.get(url).content.decode()

    assert "Please &lt;b&gt;delete&lt;/b&gt; me." in page
    assert "Regulation (EU) 2016/679 Art. 12(3)" in page
    assert "took in request" in page
    assert AuditEntry.objects.filter(act="request.read").count() == 2


def test_from_receipt_to_a_refusal_on_the_page(cast: Cast, sign_in: SignIn) -> None:
    request = asked(cast.officer)
    subject = number_of(request)
    browser = sign_in(cast.officer)

    assert "It is assigned." in told(browser, request, "assign", to=cast.officer.pk)
    assert "The comment is kept." in told(browser, request, "comment", text="Called.")
    assert "the clock runs on" in told(
        browser, request, "pause", cause="identity", why="Waiting."
    )
    assert "It is confirmed" in told(browser, request, "confirm", subject=subject.pk)
    assert "It is linked." in told(browser, request, "link", what="E. Muster-Frau")
    assert "There is no such call." in told(
        browser, request, "link", what="5b1f6a52-9b8a-4a3e-8a37-3a1c7c1b2f00"
    )
    assert "The check is put down." in told(
        browser, request, "check", method="call_facts", points=2, evidence="Topic."
    )
    assert "No check has been passed" in told(browser, request, "verify")
    assert "It is extended" in told(browser, request, "extend", why="Many calls.")
    assert "Put down as not proved" in told(browser, request, "refuse", why="Unknown.")
    closed = {"outcome": "refused", "why": "We could not tell who asks."}
    assert "Choose the ground" in told(browser, request, "close", **closed)
    page = told(browser, request, "close", ground="identity", **closed)

    assert "The request is closed." in page
    assert "closed request" in page
    assert "Topic." not in page
    assert 'value="verify"' not in page
    assert (
        browser.post(f"/requests/{request.pk}/act", {"act": "nothing"}).status_code
        == 404
    )


def test_a_letter_without_an_address_is_posted_by_hand(
    cast: Cast, sign_in: SignIn
) -> None:
    request = asked(cast.officer, email="")
    letter = request.letters.get()

    page = told(sign_in(cast.officer), request, "posted", letter=letter.pk)

    assert "Put down as posted." in page
    letter.refresh_from_db()
    assert letter.state == "sent"


def test_what_belongs_to_another_request_is_not_there(
    cast: Cast, sign_in: SignIn
) -> None:
    mine, other = asked(cast.officer), asked(cast.officer, kind="access")
    posted = {"act": "confirm", "subject": number_of(other).pk}

    answer = sign_in(cast.officer).post(f"/requests/{mine.pk}/act", posted)

    assert answer.status_code == 404
    assert number_of(other).confirmed_at is None


def test_the_log_is_taken_as_a_file(cast: Cast, sign_in: SignIn) -> None:
    request = asked(cast.officer)
    identity.confirm(subject=number_of(request), by=cast.officer, now=timezone.now())

    answer = sign_in(cast.officer).post("/requests/log")

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert request.reference in answer.content.decode()
    assert "Erika" not in answer.content.decode()
    assert AuditEntry.objects.filter(act="request.log_taken").exists()
