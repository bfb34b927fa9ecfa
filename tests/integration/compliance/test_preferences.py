"""Everybody's own settings."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from compliance.models import AuditEntry, Person
from tests.cast import PASSWORD, Cast

SignIn = Callable[[Person], Client]


def test_it_works(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.reviewer)
    answer = browser.post(
        reverse("preferences"), {"time_zone": "Europe/Berlin", "theme": "dark"}
    )

    cast.reviewer.refresh_from_db()
    assert answer.status_code == 302
    assert (cast.reviewer.time_zone, cast.reviewer.theme) == ("Europe/Berlin", "dark")
    assert browser.cookies["theme"].value == "dark"
    assert "Saved." in browser.get(reverse("preferences")).content.decode()


def test_a_language_is_chosen_and_left_to_the_browser_again(
    cast: Cast, sign_in: SignIn
) -> None:
    browser = sign_in(cast.reviewer)
    browser.post(reverse("preferences"), {"language": "de"})
    cast.reviewer.refresh_from_db()
    assert cast.reviewer.language == "de"
    assert browser.cookies["language"].value == "de"
    assert '<html lang="de"' in browser.get(reverse("preferences")).content.decode()

    browser.post(reverse("preferences"), {"language": ""})
    assert browser.cookies["language"].value == ""
    french = browser.get(reverse("preferences"), headers={"Accept-Language": "fr"})
    assert '<html lang="en"' in french.content.decode()
    german = browser.get(reverse("preferences"), headers={"Accept-Language": "de-AT"})
    assert '<html lang="de"' in german.content.decode()


@pytest.mark.usefixtures("clean_cache")
def test_the_language_follows_to_another_browser(cast: Cast, client: Client) -> None:
    Person.objects.filter(pk=cast.reviewer.pk).update(language="de")
    client.post(
        reverse("login"), {"username": cast.reviewer.email, "password": PASSWORD}
    )
    assert client.cookies["language"].value == "de"


def test_the_system_decides_again(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.reviewer)
    browser.post(reverse("preferences"), {"time_zone": "", "theme": "dark"})
    browser.post(reverse("preferences"), {"time_zone": "", "theme": ""})

    assert browser.cookies["theme"].value == ""


@pytest.mark.parametrize(
    "form", [{"time_zone": "Mars/Base"}, {"theme": "pink"}, {"language": "tlh"}]
)
def test_what_does_not_exist_is_not_saved(
    cast: Cast, sign_in: SignIn, form: dict[str, str]
) -> None:
    answer = sign_in(cast.reviewer).post(reverse("preferences"), form)

    cast.reviewer.refresh_from_db()
    assert answer.status_code == 200
    assert (cast.reviewer.time_zone, cast.reviewer.theme) == ("", "")


@pytest.mark.usefixtures("clean_cache")
def test_the_theme_follows_to_another_browser(cast: Cast, client: Client) -> None:
    Person.objects.filter(pk=cast.reviewer.pk).update(theme="dark")
    client.post(
        reverse("login"), {"username": "rosa@example.org", "password": PASSWORD}
    )

    assert client.cookies["theme"].value == "dark"


def test_who_is_not_signed_in_goes_to_the_door(cast: Cast, client: Client) -> None:
    assert client.get(reverse("preferences")).status_code == 302


def _change(browser: Client, old: str, new: str) -> int:
    return browser.post(
        reverse("password"),
        {"old_password": old, "new_password1": new, "new_password2": new},
    ).status_code


def test_a_new_password_ends_the_other_sessions_and_is_an_entry(
    cast: Cast, sign_in: SignIn, entries: Callable[..., list[AuditEntry]]
) -> None:
    here, elsewhere = sign_in(cast.reviewer), sign_in(cast.reviewer)

    assert _change(here, PASSWORD, "a whole new password") == 302

    cast.reviewer.refresh_from_db()
    (entry,) = entries(act="person.password_set")
    assert cast.reviewer.check_password("a whole new password")
    assert entry.actor_id == cast.reviewer.pk
    assert here.get(reverse("preferences")).status_code == 200
    assert elsewhere.get(reverse("preferences")).status_code == 302


@pytest.mark.parametrize(
    ("old", "new"), [("wrong", "a whole new password"), (PASSWORD, "short")]
)
def test_a_password_that_may_not_be(
    cast: Cast, sign_in: SignIn, old: str, new: str
) -> None:
    assert _change(sign_in(cast.reviewer), old, new) == 200

    cast.reviewer.refresh_from_db()
    assert cast.reviewer.check_password(PASSWORD)


def test_the_admin_site_has_no_password_page_of_its_own(
    cast: Cast, sign_in: SignIn
) -> None:
    answer = sign_in(cast.administrator).get(reverse("admin:password_change"))

    assert answer["Location"] == reverse("password")


@pytest.mark.parametrize(
    ("who", "offered"), [("officer", True), ("administrator", True), ("lead", False)]
)
def test_whoever_settles_alerts_may_switch_their_mails_off(
    cast: Cast, sign_in: SignIn, who: str, offered: bool
) -> None:
    person = cast.people[who]
    browser = sign_in(person)
    page = browser.get(reverse("preferences")).content.decode()
    assert ("Mail me about alerts" in page) is offered

    browser.post(reverse("preferences"), {"time_zone": "", "theme": ""})

    person.refresh_from_db()
    assert person.wants_alert_mail is not offered, "nobody else's is touched"
