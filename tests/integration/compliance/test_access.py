"""The page that tells everybody what he may hear, and why."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from compliance.models import Person
from tests.cast import Cast

SignIn = Callable[[Person], Client]


@pytest.mark.parametrize(
    ("who", "sentence"),
    [
        ("reviewer", "You may hear the calls of: Claims."),
        ("south_reviewer", "You may hear the calls of: Sales."),
        ("officer", "You may hear the calls of every team."),
        ("auditor", "You may not hear any call."),
        ("administrator", "You may not hear any call."),
        ("stranger", "You have no role yet"),
    ],
)
def test_it_works(cast: Cast, sign_in: SignIn, who: str, sentence: str) -> None:
    answer = sign_in(cast.people[who]).get(reverse("access"))

    page = " ".join(answer.content.decode().split())
    assert answer.status_code == 200
    assert sentence in page
    assert "Ada Administrator" in page


def test_it_tells_the_role_and_where_it_comes_from(cast: Cast, sign_in: SignIn) -> None:
    page = sign_in(cast.lead).get(reverse("access")).content.decode()

    assert "team lead" in page
    assert "see how often recordings were heard" in page
    assert "Given when the portal was set up" in page


def test_a_role_of_a_later_version_gives_nothing_and_breaks_nothing(
    cast: Cast, sign_in: SignIn
) -> None:
    cast.stranger.grants.create(role="warden", scope="everything")

    page = sign_in(cast.stranger).get(reverse("access")).content.decode()

    assert "warden" in page
    assert "You may not hear any call." in page


def test_who_is_not_signed_in_goes_to_the_door(cast: Cast, client: Client) -> None:
    assert client.get(reverse("access")).status_code == 302
