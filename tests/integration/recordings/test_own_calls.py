"""Own calls on pages and in the API: seen in any team, and nothing beside them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.access import grants
from compliance.access.roles import Role
from compliance.models import AuditEntry, Person, StaffIdentity
from compliance.models.staff_identity import staff_mark
from recordings.models import Call
from tests.cast import Cast
from tests.factories.compliance import StaffIdentityFactory
from tests.factories.hearable import hearable_call, part_of
from tests.reading import words

SignIn = Callable[[Person], Client]
Entries = Callable[..., list[AuditEntry]]
WHO = "stan@desk"
LISTS = ("calls", "recordings", "parties", "consents")


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path}


@pytest.fixture
def stan(cast: Cast) -> Person:
    """On the telephone for any team; he hears his own calls."""
    StaffIdentityFactory.create(person=cast.stranger, identity=WHO)
    now = timezone.now()
    grants.grant(
        person=cast.stranger, role=Role.REVIEWER, by=None, now=now, is_own=True
    )
    return cast.stranger


@pytest.fixture
def own(cast: Cast) -> Call:
    return _call(cast, WHO)


@pytest.fixture
def others(cast: Cast) -> Call:
    """Of the same team, taken by a colleague."""
    return _call(cast, "sue@desk")


def _call(cast: Cast, who: str) -> Call:
    call = hearable_call(cast.sales, started_at=timezone.now())
    call.staff = [staff_mark(who)]
    call.save()
    part_of(call)
    return call


def _shown(answer: Any) -> str:
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_lists_hold_own_calls_alone(
    stan: Person, own: Call, others: Call, sign_in: SignIn
) -> None:
    browser = sign_in(stan)
    page = _shown(browser.get(reverse("calls")))

    assert str(own.pk) in page
    assert str(others.pk) not in page
    assert "Sales" in page
    for name in LISTS:
        results = browser.get(reverse(f"api-{name}")).json()["results"]
        assert {row.get("call", row["id"]) for row in results} == {str(own.pk)}


@pytest.mark.parametrize("field", ["team", "agent", "label", "reference"])
def test_no_filter_opens_another(
    stan: Person, own: Call, others: Call, sign_in: SignIn, field: str
) -> None:
    query = {field: str(others.team_id), "call": str(others.pk)}
    for path in (reverse("calls"), reverse("api-calls")):
        answer = sign_in(stan).get(path, query).content.decode()
        assert str(others.pk) not in answer.replace(f"call={others.pk}", "")


def test_he_hears_his_own_and_asks_for_others_in_vain(
    stan: Person, own: Call, others: Call, sign_in: SignIn, entries: Entries
) -> None:
    browser = sign_in(stan)
    answers = {
        call: browser.post(
            reverse("listen", args=[call.recordings.get().pk]),
            {"purpose": "quality"},
            headers={"Accept": "application/json"},
        )
        for call in (own, others)
    }

    assert answers[own].status_code == 200
    assert answers[others].status_code == 404
    assert b"media" not in answers[others].content
    (entry,) = entries(act="access.refused")
    assert entry.actor_id == stan.pk


def test_the_page_of_another_call_is_not_there(
    stan: Person, own: Call, others: Call, sign_in: SignIn, entries: Entries
) -> None:
    browser = sign_in(stan)

    assert browser.get(reverse("call", args=[own.pk])).status_code == 200
    assert browser.get(reverse("call", args=[others.pk])).status_code == 404
    assert browser.get(reverse("api-call", args=[others.pk])).status_code == 404
    assert len(entries(act="access.refused")) == 2


def test_without_the_identity_nothing_is_his_any_more(
    stan: Person, own: Call, sign_in: SignIn
) -> None:
    browser = sign_in(stan)
    assert browser.get(reverse("call", args=[own.pk])).status_code == 200

    StaffIdentity.objects.update(ended_at=timezone.now())

    assert browser.get(reverse("call", args=[own.pk])).status_code == 403


def test_the_page_about_oneself_says_so(
    stan: Person, cast: Cast, sign_in: SignIn
) -> None:
    told = words(sign_in(stan).get(reverse("access")))
    assert "You may hear your own calls" in told
    assert "see alerts" not in told

    StaffIdentity.objects.update(ended_at=timezone.now())
    told = words(sign_in(stan).get(reverse("access")))
    assert "You may not hear any call." in told
    assert "does not know which calls are yours" in told


def test_beside_a_team(stan: Person, cast: Cast, sign_in: SignIn) -> None:
    grants.grant(
        person=stan,
        role=Role.REVIEWER,
        by=None,
        now=timezone.now(),
        team=cast.claims,
    )
    told = words(sign_in(stan).get(reverse("access")))

    assert "You may hear the calls of: Claims. And the calls you took part in" in told
