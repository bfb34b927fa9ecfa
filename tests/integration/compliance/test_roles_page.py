"""The pages on which roles are seen, given and taken away."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from compliance.access import grants, groups, policy
from compliance.access.permissions import Verb
from compliance.access.roles import Role
from compliance.models import Approval, AuditEntry, Person, RoleGrant
from tests.cast import Cast
from tests.factories.compliance import PersonFactory

SignIn = Callable[[Person], Client]
Entries = Callable[..., list[AuditEntry]]


def _words(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize(
    ("who", "sees", "gives"),
    [("administrator", True, True), ("auditor", True, False), ("lead", False, False)],
)
def test_who_may_see_and_who_may_give(
    cast: Cast, sign_in: SignIn, who: str, *, sees: bool, gives: bool
) -> None:
    browser = sign_in(cast.people[who])
    answer = browser.get(reverse("roles"))
    given = browser.post(
        reverse("role-give"),
        {"person": cast.stranger.pk, "role": "reviewer", "team": cast.claims.pk},
    )

    assert answer.status_code == (200 if sees else 403)
    assert ("Rosa Reviewer" in _words(answer)) == sees
    assert given.status_code == (302 if gives else 403)
    assert policy.allows(cast.stranger, Verb.LISTEN, cast.claims) == gives
    assert not policy.allows(cast.stranger, Verb.LISTEN, cast.sales)


def test_a_role_has_a_last_day(cast: Cast, sign_in: SignIn) -> None:
    today = timezone.localdate()
    sign_in(cast.administrator).post(
        reverse("role-give"),
        {
            "person": cast.stranger.pk,
            "role": "reviewer",
            "region": cast.south.pk,
            "last_day": today.isoformat(),
        },
    )

    given = cast.stranger.grants.get()
    assert given.region == cast.south
    assert given.valid_until is not None
    assert timezone.localtime(given.valid_until).date() == today + timedelta(days=1)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"person": "stranger"},
        {"person": "stranger", "team": "claims", "is_for_everything": "on"},
        {"person": "stranger", "is_own": "on", "is_for_everything": "on"},
        {"person": "stranger", "team": "claims", "last_day": "2020-01-01"},
    ],
)
def test_what_is_left_out_or_said_twice_gives_nothing(
    cast: Cast, sign_in: SignIn, said: dict[str, str]
) -> None:
    before = RoleGrant.objects.count()
    ids = {"stranger": cast.stranger.pk, "claims": cast.claims.pk}
    sent = {name: ids.get(value, value) for name, value in said.items()}
    answer = sign_in(cast.administrator).post(
        reverse("role-give"), {"role": "officer", **sent}
    )

    assert answer.status_code == 200
    assert "Choose a" in _words(answer) or "This day is over." in _words(answer)
    assert RoleGrant.objects.count() == before


@pytest.mark.parametrize(
    ("who", "role", "words"),
    [
        ("administrator", "officer", "Nobody gives himself a role."),
        ("auditor", "administrator", "Nobody both reads the audit log"),
    ],
)
def test_a_duty_that_is_kept_apart_is_told_and_recorded(
    cast: Cast, sign_in: SignIn, entries: Entries, who: str, role: str, words: str
) -> None:
    answer = sign_in(cast.administrator).post(
        reverse("role-give"),
        {"person": cast.people[who].pk, "role": role, "is_for_everything": "on"},
    )

    assert words in _words(answer)
    assert cast.people[who].grants.count() == 1
    assert len(entries(act="access.refused", actor=cast.administrator)) == 1


@pytest.mark.parametrize(
    ("days", "is_given"), [(None, False), (30, True), (400, False)]
)
def test_an_auditors_time_is_set_beforehand(
    cast: Cast, sign_in: SignIn, days: int | None, is_given: bool
) -> None:
    day = timezone.localdate() + timedelta(days=days) if days else ""
    answer = sign_in(cast.administrator).post(
        reverse("role-give"),
        {
            "person": str(cast.stranger.pk),
            "role": "auditor",
            "team": str(cast.claims.pk),
            "last_day": str(day),
        },
    )

    given = RoleGrant.objects.filter(person=cast.stranger, role="auditor").exists()
    asked = Approval.objects.filter(kind="role").exists()
    assert (given or asked) is is_given
    assert ("has a last day" in answer.content.decode()) is not is_given


def test_a_role_is_taken_away(cast: Cast, sign_in: SignIn, entries: Entries) -> None:
    grant = cast.reviewer.grants.get()
    browser = sign_in(cast.administrator)
    answer = browser.post(reverse("role-end", args=[grant.pk]), follow=True)

    assert "The role is taken away." in _words(answer)
    assert "Rosa Reviewer, QA reviewer" not in _words(answer)
    assert not policy.allows(cast.reviewer, Verb.LISTEN, cast.claims)
    assert len(entries(act="role.ended")) == 1
    assert browser.post(reverse("role-end", args=[uuid4()])).status_code == 404


def test_what_somebody_may_hear_and_why(cast: Cast, sign_in: SignIn) -> None:
    reviewers = groups.make(name="Night shift", by=None)
    now = timezone.now()
    grants.grant(group=reviewers, role=Role.REVIEWER, team=cast.sales, by=None, now=now)
    groups.join(group=reviewers, person=cast.reviewer, by=None, now=now)
    page = _words(
        sign_in(cast.auditor).get(reverse("access-of", args=[cast.reviewer.pk]))
    )

    assert "What may Rosa Reviewer hear, and why?" in page
    assert "The calls of: Claims, Sales." in page
    assert "Held through the group Night shift." in page


def test_it_tells_what_was_used_last_and_what_never(
    cast: Cast, sign_in: SignIn
) -> None:
    browser = sign_in(cast.auditor)
    browser.get(reverse("audit"))
    page = _words(browser.get(reverse("roles")))
    row = page.partition("Aldo Auditor")[2].partition("</tr>")[0]
    other = page.partition("Rosa Reviewer")[2].partition("</tr>")[0]

    assert "never" not in row
    assert "never" in other


def test_one_administrator_is_too_few(cast: Cast, sign_in: SignIn) -> None:
    words = "Fewer than two people can give roles."
    browser = sign_in(cast.auditor)
    assert words in _words(browser.get(reverse("roles")))
    grants.grant(
        person=cast.stranger, role=Role.ADMINISTRATOR, by=None, now=timezone.now()
    )
    assert words not in _words(browser.get(reverse("roles")))


def test_many_roles_cost_no_more_queries(
    cast: Cast, sign_in: SignIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    browser = sign_in(cast.auditor)
    browser.get(reverse("roles"))
    with django_assert_num_queries(7):
        browser.get(reverse("roles"))
    for person in PersonFactory.create_batch(30):
        grants.grant(person=person, role=Role.OFFICER, by=None, now=timezone.now())
    with django_assert_num_queries(7):
        browser.get(reverse("roles"))


def test_a_role_for_own_calls(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.administrator)
    said = {"person": cast.stranger.pk, "role": "reviewer", "is_own": "on"}
    answer = browser.post(reverse("role-give"), said, follow=True)

    assert cast.stranger.grants.get().scope == "own"
    assert "own calls" in _words(answer)
    told = _words(browser.get(reverse("access-of", args=[cast.stranger.pk])))
    assert "does not know which calls this person took part in" in told


def test_most_roles_are_not_for_own_calls(cast: Cast, sign_in: SignIn) -> None:
    said = {"person": cast.stranger.pk, "role": "officer", "is_own": "on"}
    answer = sign_in(cast.administrator).post(reverse("role-give"), said)

    assert "This cannot be given for own calls." in _words(answer)
    assert not cast.stranger.grants.exists()


def test_in_settings_it_is_given_and_read_too(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.administrator)
    said = {"person": cast.stranger.pk, "role": "reviewer", "is_own": "on"}
    for over in ({"team": cast.claims.pk}, {}):
        answer = browser.post(
            reverse("admin:compliance_rolegrant_add"), {**said, **over}
        )

    assert answer.status_code == 302
    given = cast.stranger.grants.get()
    page = reverse("admin:compliance_rolegrant_change", args=[given.pk])
    assert "own calls" in _words(browser.get(page))
