"""Everybody's own settings."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from compliance.models import Person
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


def test_the_system_decides_again(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.reviewer)
    browser.post(reverse("preferences"), {"time_zone": "", "theme": "dark"})
    browser.post(reverse("preferences"), {"time_zone": "", "theme": ""})

    assert browser.cookies["theme"].value == ""


@pytest.mark.parametrize("form", [{"time_zone": "Mars/Base"}, {"theme": "pink"}])
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
