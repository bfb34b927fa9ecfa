"""The list of calls as a file, as people ask for it and take it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from compliance.audit.actions import Action
from compliance.models import AuditEntry, Person, RoleGrant
from recordings import exporting, tasks
from recordings.models import Call, Export
from tests.cast import Cast
from tests.factories.recordings import CallFactory, PartyFactory

SignIn = Callable[[Person], Client]
ASK = "/calls/export?when=all"
PAGE = "/calls/exports/"


def asked(browser: Client, url: str = ASK) -> Export:
    """The export that this browser asks for."""
    response = browser.post(url)
    assert response.headers["Location"] == PAGE
    return Export.objects.latest("asked_at")


def made(browser: Client, url: str = ASK) -> Export:
    """The same, once a worker has been there."""
    export = asked(browser, url)
    tasks.make_export(export_id=str(export.id))
    export.refresh_from_db()
    return export


def body(response: object) -> str:
    """What was streamed."""
    parts = response.streaming_content  # type: ignore[attr-defined]
    return b"".join(parts).decode("utf-8-sig")


@pytest.mark.parametrize(
    ("who", "may"),
    [
        ("officer", True),
        ("lead", True),
        ("reviewer", False),
        ("auditor", False),
        ("administrator", False),
        ("stranger", False),
    ],
)
def test_who_may(cast: Cast, sign_in: SignIn, who: str, may: bool) -> None:
    browser = sign_in(cast.people[who])
    assert browser.post(ASK).status_code == (302 if may else 403)
    assert browser.get(PAGE).status_code == (200 if may else 403)
    assert Export.objects.exists() is may


@pytest.mark.parametrize(("who", "sees"), [("lead", True), ("reviewer", False)])
def test_the_arrow_is_for_those_who_may(
    cast: Cast, sign_in: SignIn, who: str, sees: bool
) -> None:
    page = sign_in(cast.people[who]).get("/calls/").content.decode()
    assert ("Take this list as a file" in page) is sees


def test_it_needs_a_sign_in(client: Client) -> None:
    assert client.post(ASK).headers["Location"].startswith("/login")
    assert client.get(PAGE).headers["Location"].startswith("/login")


def test_from_the_list_to_the_file(cast: Cast, sign_in: SignIn) -> None:
    failed = CallFactory.create(team=cast.claims, capture=Call.Capture.FAILED)
    PartyFactory.create(call=failed, name="Erika Mustermann")
    other = CallFactory.create(team=cast.claims)
    browser = sign_in(cast.lead)
    export = asked(browser, "/calls/export?when=all&capture=failed")
    page = browser.get(PAGE).content.decode()
    assert "waiting" in page
    assert 'hx-trigger="load delay:2s"' in page
    tasks.make_export(export_id=str(export.id))
    page = browser.get(PAGE).content.decode()
    assert f'href="{PAGE}{export.id}/file"' in page
    assert "hx-trigger" not in page.partition('id="exports"')[2].partition(">")[0]

    response = browser.get(f"{PAGE}{export.id}/file")
    text = body(response)
    assert str(failed.id) in text
    assert str(other.id) not in text
    assert "Erika" not in text
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Cache-Control"].startswith("no-store, private")
    assert response.headers["Content-Disposition"].startswith("attachment; filename=")


def test_the_days_are_those_the_list_showed(cast: Cast, sign_in: SignIn) -> None:
    now = timezone.now()
    new = CallFactory.create(team=cast.claims, started_at=now - timedelta(days=2))
    old = CallFactory.create(team=cast.claims, started_at=now - timedelta(days=20))
    browser = sign_in(cast.lead)
    export = asked(browser, "/calls/export")
    exporting.make(export_id=export.id, now=now + timedelta(hours=23))
    text = body(browser.get(f"{PAGE}{export.id}/file"))
    assert str(new.id) in text
    assert str(old.id) not in text


def test_somebody_elses_file_is_not_found_and_the_attempt_is_known(
    cast: Cast, sign_in: SignIn, entries: Callable[..., list[AuditEntry]]
) -> None:
    export = made(sign_in(cast.officer))
    browser = sign_in(cast.lead)
    assert browser.get(f"{PAGE}{export.id}/file").status_code == 404
    assert str(export.id) not in browser.get(PAGE).content.decode()
    (entry,) = entries(act=Action.ACCESS_REFUSED)
    assert entry.actor == cast.lead
    assert entry.facts == {"verb": "export", "reason": "not_owner"}


def test_a_file_that_outgrew_its_owner_is_refused_with_what_to_do(
    cast: Cast, sign_in: SignIn, entries: Callable[..., list[AuditEntry]]
) -> None:
    CallFactory.create(team=cast.claims)
    CallFactory.create(team=cast.sales)
    browser = sign_in(cast.officer)
    export = made(browser)
    RoleGrant.objects.filter(person=cast.officer).update(
        scope=RoleGrant.Scope.TEAM, team=cast.claims
    )
    response = browser.get(f"{PAGE}{export.id}/file")
    assert response.status_code == 403
    text = response.content.decode()
    assert "calls of teams that you no longer reach" in text
    assert "Make the list anew" in text
    (entry,) = entries(act=Action.ACCESS_REFUSED)
    assert entry.facts == {"verb": "export", "reason": "outgrown"}
    assert entry.object_pk == str(export.id)
    assert entries(act=Action.EXPORT_TAKEN) == []


def test_after_its_day_the_page_says_that_it_is_gone(
    cast: Cast, sign_in: SignIn
) -> None:
    browser = sign_in(cast.lead)
    export = made(browser)
    Export.objects.update(expires_at=timezone.now())
    page = browser.get(PAGE).content.decode()
    assert "deleted" in page
    assert f"{export.id}/file" not in page
    response = browser.get(f"{PAGE}{export.id}/file", follow=True)
    assert "This file is not there. Ask for it again." in response.content.decode()
    tasks.settle_exports()
    assert Export.objects.get().state == Export.State.GONE


def test_a_list_that_cannot_be_read_is_not_made(cast: Cast, sign_in: SignIn) -> None:
    response = sign_in(cast.lead).post("/calls/export?longer_than=abc", follow=True)
    assert "mend its filters first" in response.content.decode()
    assert not Export.objects.exists()


def test_who_waits_for_three_is_told_to_wait(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.lead)
    for _ in range(3):
        asked(browser)
    response = browser.post(ASK, follow=True)
    assert "Wait until the files you asked for are made." in response.content.decode()
    assert Export.objects.count() == 3


def test_a_search_for_a_person_goes_along_for_those_who_may_search(
    cast: Cast, sign_in: SignIn
) -> None:
    browser = sign_in(cast.officer)
    token = browser.post("/calls/search", {"words": "4711"}).headers["Location"]
    query = token.partition("?")[2]
    export = asked(browser, f"/calls/export?{query}")
    assert "4711" in export.filters
    assert sign_in(cast.lead).post(f"/calls/export?{query}").status_code == 404


def test_an_empty_page_says_how(cast: Cast, sign_in: SignIn) -> None:
    page = sign_in(cast.lead).get(PAGE).content.decode()
    assert "No file yet" in page


def test_the_page_costs_the_same_with_more_files(
    cast: Cast, sign_in: SignIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    browser = sign_in(cast.lead)
    made(browser)
    browser.get(PAGE)
    for _ in range(2):
        with django_assert_num_queries(5):
            browser.get(PAGE)
        made(browser)
        made(browser)
