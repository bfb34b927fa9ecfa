"""Sessions end: idle, too old, or by their person; what a page does alone keeps none."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import models
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.access import session_store, sessions
from compliance.models import AuditEntry, Person, PersonSession
from compliance.web.sessions import browser_in
from tests.cast import PASSWORD, Cast

pytestmark = pytest.mark.usefixtures("clean_cache")
SignIn = Callable[[Person], Client]
Entries = Callable[..., list[AuditEntry]]
PASSIVE = {"X-Passive": "1"}
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def pass_by(**span: float) -> None:
    """Let time pass for every session that is open."""
    gone = timedelta(**span)
    moved: dict[str, models.expressions.CombinedExpression] = {
        name: F(name) - gone for name in ("began_at", "seen_at", "expire_date")
    }
    PersonSession.objects.update(**moved)


def is_in(browser: Client, **options: Any) -> bool:
    return browser.get(reverse("access"), **options).status_code == 200


def test_nobody_there_for_a_quarter_of_an_hour(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.reviewer)

    pass_by(minutes=14, seconds=30)
    assert is_in(browser)
    pass_by(minutes=14, seconds=30)
    assert is_in(browser), "the last request began the time anew"
    pass_by(minutes=15)
    assert not is_in(browser)


def test_who_works_all_day_signs_in_again(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.reviewer)

    for _ in range(47):
        pass_by(minutes=10)
        assert is_in(browser)
    pass_by(minutes=10)
    assert not is_in(browser)


def test_a_page_that_asks_by_itself_keeps_no_session(
    cast: Cast, sign_in: SignIn
) -> None:
    browser = sign_in(cast.reviewer)

    for _ in range(3):
        pass_by(minutes=5)
        answered = is_in(browser, headers=PASSIVE)
    assert not answered


def test_changing_the_session_does_not_make_it_younger(
    cast: Cast, sign_in: SignIn
) -> None:
    browser = sign_in(cast.reviewer)
    began = PersonSession.objects.get().began_at
    session = browser.session
    session["anything"] = 1
    session.save()

    row = PersonSession.objects.get()
    assert (row.began_at, row.person) == (began, cast.reviewer)


def test_the_table_does_not_give_sessions_away(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.reviewer)
    key = browser.cookies["sessionid"].value

    row = PersonSession.objects.values().get()
    assert key not in str(row)
    thief = Client()
    thief.cookies["sessionid"] = row["session_key"]
    assert not is_in(thief)


def test_signing_in_and_out(cast: Cast, client: Client) -> None:
    client.post(
        reverse("login"),
        {"username": "rosa@example.org", "password": PASSWORD},
        headers={"User-Agent": FIREFOX},
    )
    row = PersonSession.objects.get()
    assert (row.person, row.address) == (cast.reviewer, "127.0.0.1")

    page = client.get(reverse("sessions")).content.decode()
    assert "Firefox, Linux" in page
    assert "this one" in page
    client.post(reverse("logout"))
    assert not PersonSession.objects.filter(person=cast.reviewer).exists()


def test_how_long_it_lasts_is_told_without_making_it_longer(
    cast: Cast, sign_in: SignIn
) -> None:
    browser = sign_in(cast.reviewer)
    pass_by(minutes=13)

    told = browser.get(reverse("session"), headers=PASSIVE).json()
    assert 110 <= told["left"] <= 120
    assert told["may_stay"] is True
    stayed = browser.post(reverse("session")).json()
    assert 890 <= stayed["left"] <= 900


def test_the_last_minutes_of_the_day_cannot_be_made_longer(
    cast: Cast, sign_in: SignIn
) -> None:
    browser = sign_in(cast.reviewer)
    PersonSession.objects.update(
        began_at=timezone.now() - timedelta(hours=7, minutes=59)
    )

    told = browser.post(reverse("session")).json()
    pass_by(seconds=40)
    told = browser.post(reverse("session")).json()
    assert told["left"] <= 20
    assert told["may_stay"] is False


def test_end_all_my_sessions(cast: Cast, sign_in: SignIn, entries: Entries) -> None:
    mine, other = sign_in(cast.reviewer), sign_in(cast.reviewer)
    somebody = sign_in(cast.lead)

    answer = mine.post(reverse("sessions-end"))
    assert answer["Location"] == reverse("login")
    assert [is_in(browser) for browser in (mine, other, somebody)] == [
        False,
        False,
        True,
    ]
    (entry,) = entries(act="session.ended")
    assert (entry.actor_id, entry.facts) == (cast.reviewer.pk, {"sessions": 2})


def test_one_is_ended_and_never_somebody_elses(cast: Cast, sign_in: SignIn) -> None:
    mine, other, somebody = (
        sign_in(person) for person in (cast.reviewer, cast.reviewer, cast.lead)
    )

    def row_of(browser: Client) -> str:
        return session_store.hashed(browser.cookies["sessionid"].value)

    mine.post(reverse("session-end", args=[row_of(somebody)]))
    answer = mine.post(reverse("session-end", args=[row_of(other)]), follow=True)
    assert "The session is ended." in answer.content.decode()
    assert [is_in(browser) for browser in (mine, other, somebody)] == [
        True,
        False,
        True,
    ]


def test_an_ended_session_is_not_revived_by_what_was_on_its_way(
    cast: Cast, sign_in: SignIn
) -> None:
    browser = sign_in(cast.reviewer)
    store = session_store.SessionStore(browser.cookies["sessionid"].value)
    assert store.get("_auth_user_id")
    sessions.end(by=cast.reviewer)
    store.touch(now=timezone.now() + timedelta(minutes=1))

    assert not is_in(browser)


def test_a_part_of_a_page_is_not_given_the_door(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.reviewer)
    sessions.end(by=cast.reviewer)

    answer = browser.get(reverse("access"), headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert "ended" in answer.json()["reason"]


def test_the_admin_site_lists_who_is_signed_in(cast: Cast, sign_in: SignIn) -> None:
    session_store.SessionStore().create()  # somebody before the door
    sign_in(cast.reviewer)
    answer = sign_in(cast.administrator).get("/admin/compliance/personsession/")

    assert [row.person for row in answer.context["cl"].queryset] == [
        cast.administrator,
        cast.reviewer,
    ]


def test_old_rows_are_swept(cast: Cast, sign_in: SignIn) -> None:
    sign_in(cast.reviewer)
    pass_by(minutes=16)
    fresh = sign_in(cast.lead)

    assert sessions.sweep(now=timezone.now()) == 1
    assert is_in(fresh)


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (FIREFOX, "Firefox, Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140",
            "Edge, Windows",
        ),
        (
            "Mozilla/5.0 (Macintosh; Mac OS X 10_15) Version/26 Safari/605",
            "Safari, Mac",
        ),
        ("curl/8", ""),
        ("", ""),
    ],
)
def test_browsers_have_names(agent: str, said: str) -> None:
    assert browser_in(agent) == said
