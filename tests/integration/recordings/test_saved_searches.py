"""Filters kept under a name, for oneself or for everybody."""

import json
from collections.abc import Callable

from django.db import connection
from django.test import Client

from compliance.models import Person
from recordings.models import Call, SavedSearch
from tests.cast import Cast
from tests.factories.recordings import CallFactory

SignIn = Callable[[Person], Client]
FAILED = "/calls/saved?when=all&capture=failed"


def save(browser: Client, url: str = FAILED, **form: str) -> SavedSearch:
    """Keep the filters of that address."""
    response = browser.post(url, {"name": "Losses", **form})
    kept = SavedSearch.objects.exclude(name="").get()
    assert response.headers["Location"] == f"/calls/?search={kept.id}"
    return kept


def test_it_brings_its_filters_back(cast: Cast, sign_in: SignIn) -> None:
    failed = CallFactory.create(team=cast.claims, capture=Call.Capture.FAILED)
    fine = CallFactory.create(team=cast.claims)
    browser = sign_in(cast.reviewer)
    page = browser.get(f"/calls/?search={save(browser).id}").content.decode()
    assert f"/calls/{failed.id}/" in page
    assert f"/calls/{fine.id}/" not in page
    assert "Losses" in page


def test_only_what_is_shared_is_seen_by_others(cast: Cast, sign_in: SignIn) -> None:
    kept = save(sign_in(cast.reviewer))
    other = sign_in(cast.lead)
    assert other.get(f"/calls/?search={kept.id}").status_code == 404
    SavedSearch.objects.update(is_shared=True)
    assert other.get(f"/calls/?search={kept.id}").status_code == 200
    assert "Losses" in other.get("/calls/").content.decode()


def test_a_search_for_a_person_is_taken_along_sealed(
    cast: Cast, sign_in: SignIn
) -> None:
    browser = sign_in(cast.officer)
    token = browser.post("/calls/search", {"words": "4711"}).headers["Location"]
    query = token.partition("?")[2]
    kept = save(browser, f"/calls/saved?{query}&capture=failed", shared="on")
    assert json.loads(kept.filters)["number"] == "4711"
    reviewer = sign_in(cast.reviewer)
    assert reviewer.get(f"/calls/?search={kept.id}").status_code == 403


def test_what_people_call_their_searches_is_sealed(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.reviewer)
    save(browser, name="zebra")
    browser.post(FAILED, {"name": "Mrs Example, 0151 2345678"})
    browser.get("/calls/")  # takes the messages that it was saved
    page = browser.get("/calls/").content.decode()
    assert 0 < page.index("Mrs Example") < page.index("zebra"), "in their order"
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM recordings_savedsearch")
        stored = str(cursor.fetchall())
    assert "zebra" not in stored
    assert "Example" not in stored


def test_without_a_name_nothing_is_kept(cast: Cast, sign_in: SignIn) -> None:
    response = sign_in(cast.reviewer).post(FAILED, {"name": " "}, follow=True)
    assert "A saved search wants a name." in response.content.decode()
    assert not SavedSearch.objects.exists()


def test_only_its_owner_drops_it(cast: Cast, sign_in: SignIn) -> None:
    kept = save(sign_in(cast.reviewer), shared="on")
    url = f"/calls/saved/{kept.id}/drop"
    assert sign_in(cast.lead).post(url).status_code == 404
    assert sign_in(cast.reviewer).post(url).status_code == 302
    assert not SavedSearch.objects.exists()


def test_a_name_keeps_what_the_database_can_keep(cast: Cast, sign_in: SignIn) -> None:
    assert save(sign_in(cast.reviewer), name="Lo\0sses").name == "Losses"
