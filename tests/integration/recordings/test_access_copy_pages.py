"""The copy as officers make and give it, and as the person takes it."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core import mail
from django.core.files.storage import storages
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries, Settings

from compliance.access import rates
from compliance.audit.actions import Action
from compliance.models import AuditEntry, Person, SubjectRequest
from compliance.requests import letters, public_form
from recordings.copies import asking, ending, making
from recordings.models import AccessCopy, CopyReview, Recording
from tests.cast import Cast
from tests.factories.copies import access, made, opened
from tests.factories.hearable import hearable_call, part_of
from tests.reading import words

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
HOST = "privacy.example.org"


@pytest.fixture(autouse=True)
def _store(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path / "media"}
    settings.REQUESTS = {
        **settings.REQUESTS,
        "public_host": HOST,
        "public_url": f"https://{HOST}",
    }
    settings.ALLOWED_HOSTS = [HOST, "testserver"]
    settings.MAIL_IS_ON = True
    counted: dict[str, int] = {}

    def count(key: str, *, seconds: int) -> int:
        counted[key] = counted.get(key, 0) + 1
        return counted[key]

    monkeypatch.setattr(rates, "count", count)


@pytest.fixture
def part(cast: Cast) -> Recording:
    return part_of(hearable_call(cast.claims))


@pytest.fixture
def request_(cast: Cast, part: Recording) -> SubjectRequest:
    return access(cast, now=timezone.now(), language="de")


@pytest.fixture
def person() -> Client:
    """Somebody outside, with a browser of their own."""
    return Client(headers={"host": HOST, "accept-language": "fr"})


def at(request: SubjectRequest, more: str = "") -> str:
    return f"/requests/{request.pk}/copy/{more}"


def do(browser: Client, request: SubjectRequest, what: str, **more: str) -> str:
    answer = browser.post(at(request, "act"), {"act": what, **more}, follow=True)
    return words(answer)


def link_in_mail() -> str:
    """Deliver what waits; where the last letter leads."""
    now = timezone.now()
    for one in letters.due(now=now, limit=20):
        letters.deliver(letter_id=one, now=now)
    found = re.search(rf"https://{HOST}(\S+)", str(mail.outbox[-1].body))
    assert found is not None
    return found[1]


def test_it_is_made_given_taken_and_gone(
    cast: Cast, sign_in: SignIn, request_: SubjectRequest, person: Client
) -> None:
    browser = sign_in(cast.officer)
    assert "1 of 1 recordings could leave now" in words(browser.get(at(request_)))
    assert "It is being made" in do(browser, request_, "make")
    copy = AccessCopy.objects.get()
    assert "0 of 1 recordings looked at" in words(browser.get(at(request_)))
    making.make(copy_id=copy.pk, now=timezone.now())
    assert "1 of 1 recordings are in it" in words(browser.get(at(request_)))

    shown = browser.post(at(request_, "passphrase"))
    assert "no-store" in shown.headers["Cache-Control"]
    found = re.search(r'request-secret">([^<]+)<', shown.content.decode())
    assert found is not None
    passphrase = found[1]
    assert "given out already" in words(
        browser.post(at(request_, "passphrase"), follow=True)
    )

    do(browser, request_, "link")
    link = link_in_mail()
    assert passphrase not in str(mail.outbox[-1].body)
    page = person.get(link)
    assert "Herunterladen" in page.content.decode()
    assert "3." in page.content.decode()
    assert "<script" not in page.content.decode()
    answer = person.post(link)
    assert answer.headers["Content-Type"] == "application/zip"
    assert b"".join(answer)[:2] == b"PK"
    assert request_.reference in answer.headers["Content-Disposition"]
    assert "Its download was begun 1 time." in words(browser.get(at(request_)))
    copy.refresh_from_db()
    assert "index.html" in opened(copy, passphrase)

    later = timezone.now() + timedelta(days=15)
    ending.sweep(now=later)
    assert person.get(link).status_code == 404
    assert not storages["exports"].exists(copy.file_name)
    assert "it has it no more" in words(browser.get(at(request_)))


def test_what_is_not_good_looks_all_the_same(
    cast: Cast, request_: SubjectRequest, sign_in: SignIn, person: Client
) -> None:
    made(cast, request_, now=timezone.now())
    browser = sign_in(cast.officer)
    do(browser, request_, "link")
    link = link_in_mail()
    assert "The link is withdrawn." in do(browser, request_, "withdraw")

    withdrawn, guessed = person.get(link), person.get("/privacy/copy/abcd-efgh")
    assert (withdrawn.status_code, withdrawn.content) == (404, guessed.content)
    assert "a rien ici" in guessed.content.decode()
    assert person.post(link).status_code == 404
    for _ in range(public_form.MOST_BY_ADDRESS):
        person.get("/privacy/copy/abcd-efgh")
    assert person.get("/privacy/copy/abcd-efgh").status_code == 429
    assert sign_in(cast.officer).get(link).status_code == 404  # another host


def test_an_officer_hands_it_over(
    cast: Cast, request_: SubjectRequest, sign_in: SignIn, settings: Settings
) -> None:
    settings.REQUESTS = {**settings.REQUESTS, "public_url": ""}
    made(cast, request_, now=timezone.now())
    browser = sign_in(cast.officer)
    assert "There is no public host" in words(browser.get(at(request_)))
    assert "There is no public host" in do(browser, request_, "link")
    answer = browser.get(at(request_, "file"))
    assert b"".join(answer)[:2] == b"PK"
    entry = AuditEntry.objects.get(act=Action.COPY_TAKEN)
    assert (entry.facts["way"], entry.actor_id) == ("by_hand", cast.officer.pk)


def test_others_voices_are_marked_in_a_table(
    cast: Cast, part: Recording, request_: SubjectRequest, sign_in: SignIn
) -> None:
    Recording.objects.filter(pk=part.pk).update(sides=Recording.Sides.TOGETHER)
    browser = sign_in(cast.officer)
    assert "1 waits for somebody to listen" in words(browser.get(at(request_)))
    review = at(request_, f"{part.pk}/")
    page = browser.get(review).content.decode()
    assert "data-player" in page
    assert 'aria-label="From, row 1"' in page

    said = {"start": ["0:01.5", "", "x"], "end": ["0:04", "", ""], "decision": "give"}
    wrong = browser.post(review, said)
    assert (wrong.status_code, CopyReview.objects.count()) == (422, 0)
    assert 'value="0:01.5"' in wrong.content.decode()
    browser.post(review, said | {"start": ["0:01.5"], "end": ["0:04"]})
    kept = CopyReview.objects.get().ranges.values_list("start_ms", "end_ms")
    assert list(kept) == [(1_500, 4_000)]
    assert 'value="0:01.500"' in browser.get(review).content.decode()
    assert "1 of 1 recordings could leave now" in words(browser.get(at(request_)))
    other = part_of(hearable_call(cast.claims, started_at=timezone.now()))
    other.call.parties.update(number=None, name_lookup="")
    assert browser.get(at(request_, f"{other.pk}/")).status_code == 404


def test_the_request_leads_to_its_copy_and_others_do_not(
    cast: Cast, request_: SubjectRequest, sign_in: SignIn
) -> None:
    browser = sign_in(cast.officer)
    assert at(request_) in browser.get(f"/requests/{request_.pk}/").content.decode()
    other = access(cast, now=timezone.now(), kind="erasure")
    assert at(other) not in browser.get(f"/requests/{other.pk}/").content.decode()
    assert sign_in(cast.lead).get(at(request_)).status_code == 403


def test_many_recordings_are_no_more_queries(
    cast: Cast,
    request_: SubjectRequest,
    sign_in: SignIn,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    browser = sign_in(cast.officer)
    browser.get(at(request_))
    with django_assert_num_queries(15):
        browser.get(at(request_))
    for n in range(3):
        part_of(hearable_call(cast.claims, started_at=timezone.now() - timedelta(n)))
    with django_assert_num_queries(15):
        browser.get(at(request_))


def test_while_it_is_made_the_recordings_are_not_judged_with_each_look(
    cast: Cast, request_: SubjectRequest, sign_in: SignIn
) -> None:
    browser = sign_in(cast.officer)
    assert "What would be in it" in browser.get(at(request_)).content.decode()

    asking.ask(request=request_, by=cast.officer, now=timezone.now())

    page = browser.get(at(request_)).content.decode()
    assert "0 of 1 recordings looked at" in page
    assert "What would be in it" not in page
