"""The pages on which a second person decides."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from compliance.access import approving, grants, groups
from compliance.access.roles import Role
from compliance.models import Approval, AuditEntry, Deputy, Person, RoleGrant
from tests.cast import Cast
from tests.factories.second_person import asked, second

SignIn = Callable[[Person], Client]
Entries = Callable[..., list[AuditEntry]]
State = Approval.State


@pytest.fixture
def other(cast: Cast) -> Person:
    """The second administrator."""
    return second(Role.ADMINISTRATOR)


def _words(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def _decide(browser: Client, approval: Approval, act: str, remark: str = "") -> str:
    url = reverse("approval-decide", args=[approval.pk])
    sent = {"act": act, "remark": remark}
    return _words(browser.post(url, sent, follow=True))


def test_a_broad_role_is_asked_for_on_the_page_of_roles(
    cast: Cast, other: Person, sign_in: SignIn
) -> None:
    answer = sign_in(cast.administrator).post(
        reverse("role-give"),
        {"person": cast.stranger.pk, "role": "officer", "is_for_everything": "on"},
        follow=True,
    )
    page = _words(answer)
    assert "A second person must approve this." in page
    assert "Sven Second" in page
    assert "Approve and carry out" not in page
    assert not RoleGrant.objects.filter(person=cast.stranger).exists()


def test_the_second_person_sees_what_it_is_and_approves(
    cast: Cast, other: Person, sign_in: SignIn
) -> None:
    approval, browser = asked(cast), sign_in(other)
    page = _words(browser.get(reverse("approvals")))
    assert "1 approval waits for you." in page
    assert '<span class="waits">1' in page
    page = _words(browser.get(reverse("approval", args=[approval.pk])))
    for words in ("Stan Stranger", "compliance officer", "everything", approval.sha256):
        assert words in page

    page = _decide(browser, approval, "approve")
    assert "It is approved and carried out." in page
    assert RoleGrant.objects.filter(person=cast.stranger, role="officer").exists()
    assert '<span class="waits">' not in page


def test_a_rejection_takes_a_word_and_stays(
    cast: Cast, other: Person, sign_in: SignIn
) -> None:
    approval, browser = asked(cast), sign_in(other)
    assert "Say why, in a few words." in _decide(browser, approval, "reject")
    assert "It is rejected." in _decide(browser, approval, "reject", "Not for him")
    page = _words(sign_in(cast.administrator).get(reverse("approvals")))
    assert "Sven Second: Not for him" in page


def test_the_asker_is_refused_and_withdraws(
    cast: Cast, other: Person, sign_in: SignIn, entries: Entries
) -> None:
    approval, browser = asked(cast), sign_in(cast.administrator)
    page = _decide(browser, approval, "approve")
    assert "Nobody approves what he asked for." in page
    assert entries(act="access.refused")[-1].facts["reason"] == "oneself"
    assert "It is withdrawn." in _decide(browser, approval, "withdraw")


def test_an_act_that_is_refused_keeps_the_yes(
    cast: Cast, other: Person, sign_in: SignIn
) -> None:
    approval = asked(cast)
    cast.administrator.grants.update(valid_until=timezone.now())
    page = _decide(sign_in(other), approval, "approve")
    assert "Carry it out" in page
    approval.refresh_from_db()
    assert approval.state == State.APPROVED


@pytest.mark.parametrize("who", ["officer", "lead", "auditor"])
def test_it_is_no_matter_of_others(
    cast: Cast, other: Person, sign_in: SignIn, who: str
) -> None:
    answer = sign_in(cast.people[who]).get(reverse("approval", args=[asked(cast).pk]))
    assert answer.status_code in {403, 404}
    assert b"Stan" not in answer.content


def test_a_deputy_is_named_for_some_days_and_ended(
    cast: Cast, other: Person, sign_in: SignIn
) -> None:
    approval, browser = asked(cast), sign_in(other)
    today = timezone.localdate()
    sent = {
        "deputy": cast.officer.pk,
        "first_day": today,
        "last_day": today + timedelta(days=60),
    }
    page = _words(browser.post(reverse("deputy-name"), sent, follow=True))
    assert "A deputy stands in for a month at most." in page
    sent["last_day"] = today + timedelta(days=6)
    page = _words(browser.post(reverse("deputy-name"), sent, follow=True))
    assert "The deputy is named." in page
    theirs = sign_in(cast.officer)
    assert "You stand in for: Sven Second" in _words(theirs.get(reverse("approvals")))
    page = _decide(theirs, approval, "reject", "He is away")
    assert "in place of Sven Second" in page

    deputy = Deputy.objects.get()
    assert theirs.post(reverse("deputy-end", args=[deputy.pk])).status_code == 404
    browser.post(reverse("deputy-end", args=[deputy.pk]))
    assert approving.waiting_for(cast.officer, now=timezone.now()) == []
    assert "Your deputies" not in _words(browser.get(reverse("approvals")))


def test_a_member_of_a_group_with_a_broad_role_waits(
    cast: Cast, other: Person, sign_in: SignIn
) -> None:
    group = groups.make(name="Keepers", by=None)
    grants.grant(group=group, role=Role.OFFICER, by=None, now=timezone.now())
    page = sign_in(cast.administrator).post(
        reverse("admin:compliance_group_change", args=[group.pk]),
        {"name": "Keepers", "members": [str(cast.stranger.pk)]},
        follow=True,
    )
    assert "Stan Stranger joins once a second person has approved it." in _words(page)
    assert not group.members.exists()
    assert approving.waiting_for(other, now=timezone.now())


def test_many_ended_cost_no_more_queries(
    cast: Cast,
    other: Person,
    sign_in: SignIn,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    browser = sign_in(other)
    for count in (1, 20):
        for _ in range(count):
            approving.reject(
                approval=asked(cast), by=other, remark="No", now=timezone.now()
            )
        browser.get(reverse("approvals"))
        with django_assert_num_queries(11):
            browser.get(reverse("approvals"))


def test_a_yes_takes_a_second_factor_shown_lately(
    cast: Cast, other: Person, client: Client
) -> None:
    approval = asked(cast)
    client.force_login(other, backend="compliance.access.backend.PasswordBackend")
    page = _decide(client, approval, "approve")

    assert "This takes a second factor that you have shown lately." in page
    approval.refresh_from_db()
    assert approval.state == State.ASKED
    _decide(client, approval, "reject", "No.")
    approval.refresh_from_db()
    assert approval.state == State.REJECTED
