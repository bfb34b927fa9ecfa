"""Who came in through the provider proves there, once more, who he is."""

from collections.abc import Callable

import pytest
from django.urls import reverse

from compliance.models import AuditEntry, Person
from tests.cast import Cast
from tests.identity_provider import IdentityProvider, Visitor, parameter, reason
from tests.proving import code_of, secret_on

Entries = Callable[..., list[AuditEntry]]


@pytest.fixture
def ada(cast: Cast, identity_provider: IdentityProvider) -> str:
    """The administrator's login at the provider."""
    identity_provider.employ("ada", email="ada@example.org", name="Ada Administrator")
    Person.objects.filter(pk=cast.administrator.pk).update(
        issuer=identity_provider.issuer, subject="ada"
    )
    return "ada"


def _way_there(visitor: Visitor) -> str:
    """What the page of the step-up offers."""
    page = visitor.client.get(reverse("step-up"), {"next": "/access/roles/"})
    there = str(page.context["by_provider"])
    assert there
    assert not page.context["by_password"]
    return there


def _give(visitor: Visitor, cast: Cast) -> int:
    sent = {"person": cast.stranger.pk, "role": "reviewer", "team": cast.claims.pk}
    return visitor.client.post(reverse("role-give"), sent).status_code


def test_it_is_asked_anew_and_counts(
    cast: Cast, ada: str, visitor: Visitor, entries: Entries
) -> None:
    visitor.signs_in(ada)
    assert _give(visitor, cast) == 403
    question = visitor.asks(_way_there(visitor))
    back = visitor.comes_back(visitor.is_answered(question, ada))

    assert parameter(question, "prompt") == "login"
    assert parameter(question, "max_age") == "0"
    assert back["Location"] == "/access/roles/"
    assert _give(visitor, cast) == 302
    assert [one.facts for one in entries(act="session.stepped_up")] == [
        {"method": "provider"}
    ]
    assert len(entries(act="session.login")) == 1


@pytest.mark.parametrize("auth_time", [1_000_000_000, None])
def test_a_provider_that_only_says_so_is_not_believed(
    cast: Cast,
    ada: str,
    visitor: Visitor,
    identity_provider: IdentityProvider,
    auth_time: int | None,
) -> None:
    visitor.signs_in(ada)
    question = visitor.asks(_way_there(visitor))
    identity_provider.control(claims={"auth_time": auth_time})
    answer = visitor.comes_back(visitor.is_answered(question, ada))

    assert reason(answer) in {"stale", "malformed"}
    assert _give(visitor, cast) == 403


def test_a_new_session_can_set_up_a_first_factor_and_no_more(
    cast: Cast, ada: str, visitor: Visitor
) -> None:
    """For providers that have nobody sign in anew, as Google."""
    visitor.signs_in(ada)
    secret = secret_on(visitor.client.get(reverse("security-app")).content.decode())
    assert _give(visitor, cast) == 403
    visitor.client.post(reverse("security-app"), {"code": code_of(secret)})
    visitor.client.post("/logout")
    visitor.signs_in(ada)

    assert visitor.client.get(reverse("security")).status_code == 302
    visitor.client.post(reverse("step-up"), {"code": code_of(secret, later=1)})
    assert visitor.client.get(reverse("security")).status_code == 200
    assert _give(visitor, cast) == 302


def test_an_ordinary_check_does_not_count(
    cast: Cast, ada: str, visitor: Visitor
) -> None:
    visitor.signs_in(ada)
    visitor.comes_back(visitor.is_answered(visitor.asks("/sso/start?again=1"), ada))

    assert _give(visitor, cast) == 403
