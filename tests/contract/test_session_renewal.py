"""Somebody whose page stays open for hours: the provider is asked by the refresh token."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.core.cache import cache

from compliance.access import grants, groups, policy
from compliance.access.permissions import Verb
from compliance.access.roles import Role
from compliance.access.sso import sessions
from compliance.access.sso.sessions import CHECK_EVERY, CHECKED_AT
from compliance.models import AuditEntry, Person
from tests.cast import SINCE, Cast
from tests.identity_provider import IdentityProvider, Visitor, parameter

Entries = Callable[..., list[AuditEntry]]
SCRIPT = {"Accept": "application/json", "Sec-Fetch-Mode": "cors"}
PAGE = "/preferences"


@pytest.fixture
def inside(
    cast: Cast, identity_provider: IdentityProvider, visitor: Visitor
) -> Visitor:
    """Nina, a reviewer by her group, signed in where refresh tokens are given."""
    cache.clear()
    identity_provider.control(refresh=True)
    group = groups.make(name="QA", external_id="reviewers", by=None)
    grants.grant(group=group, role=Role.REVIEWER, team=cast.claims, by=None, now=SINCE)
    identity_provider.employ("nina", groups=["reviewers"])
    visitor.signs_in("nina")
    return visitor


def _after(visitor: Visitor, time: timedelta) -> int:
    """What a script gets so long after the provider vouched for the session."""
    session = visitor.client.session
    session[CHECKED_AT] -= time.total_seconds()
    session.save()
    return int(visitor.client.post(PAGE, headers=SCRIPT).status_code)


def test_nobody_who_listens_for_hours_is_interrupted(
    inside: Visitor, entries: Entries
) -> None:
    """Each refresh token works once; the next is kept."""
    tokens = set()
    for _hour in range(3):
        tokens.add(sessions.refresh_token(inside.client.session))
        assert _after(inside, CHECK_EVERY) == 200

    assert len(tokens) == 3
    assert len(entries(act="session.login")) == 1
    assert entries(act="session.ended_by_provider") == []


def test_a_page_that_is_opened_is_checked_by_the_browser(inside: Visitor) -> None:
    """Only that tells whether she has signed out there."""
    session = inside.client.session
    session[CHECKED_AT] -= CHECK_EVERY.total_seconds()
    session.save()

    assert parameter(inside.asks("/access"), "prompt") == "none"


def test_a_group_lost_at_the_provider_is_lost_here(
    inside: Visitor, identity_provider: IdentityProvider
) -> None:
    identity_provider.employ("nina", groups=[])

    assert _after(inside, CHECK_EVERY) == 200
    assert not policy.allows(Person.objects.get(subject="nina"), Verb.VIEW)


def test_who_has_no_account_there_any_more_is_served_nothing(
    inside: Visitor, identity_provider: IdentityProvider
) -> None:
    identity_provider.control(people={})

    assert _after(inside, CHECK_EVERY) == 401


@pytest.mark.parametrize(
    "claims", [{"sub": "otto"}, {"hasgroups": True, "groups": None}], ids=str
)
def test_what_the_provider_says_of_her_is_checked_anew(
    inside: Visitor,
    identity_provider: IdentityProvider,
    entries: Entries,
    claims: dict[str, object],
) -> None:
    identity_provider.control(claims=claims)

    assert _after(inside, CHECK_EVERY) == 401
    assert not inside.is_in
    (entry,) = entries(act="session.ended_by_provider")
    assert entry.facts == {"reason": "recheck"}


def test_a_provider_that_is_silent_for_a_moment_interrupts_nobody(
    inside: Visitor, settings: LazySettings
) -> None:
    settings.OIDC |= {"issuer": "http://127.0.0.1:9"}

    assert _after(inside, CHECK_EVERY / 2) == 200
    assert _after(inside, CHECK_EVERY / 2) == 401
    assert inside.is_in


def test_two_requests_do_not_use_one_token(
    inside: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second goes on meanwhile: the session is vouched for still."""
    monkeypatch.setattr(cache, "add", lambda *_: False)
    before = sessions.refresh_token(inside.client.session)

    assert _after(inside, CHECK_EVERY / 2) == 200
    assert sessions.refresh_token(inside.client.session) == before


def test_the_refresh_token_is_not_readable_in_the_database(inside: Visitor) -> None:
    kept = json.dumps(dict(inside.client.session.items()))

    assert sessions.refresh_token(inside.client.session) not in kept
