"""What administrators say of the identity provider's people and groups."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from compliance.access import staff
from compliance.models import AuditEntry, Group, Person
from tests.cast import Cast

SignIn = Callable[[Person], Client]
Entries = Callable[..., list[AuditEntry]]


@pytest.fixture
def _provider(settings: LazySettings) -> None:
    """There is a provider; nobody asks it anything here."""
    settings.OIDC = {
        "issuer": "https://id.example.com",
        "client_id": "portal",
        "client_secret": "secret",
    }


def _tie(browser: Client, person: Person, subject: str) -> None:
    page = reverse("admin:compliance_person_change", args=[person.pk])
    told = {"name": person.name, "email": person.email, "is_active": "on"}
    answer = browser.post(page, {**told, "subject": subject})
    assert answer.status_code in {302, 403}, answer.content
    person.refresh_from_db()


@pytest.mark.usefixtures("_provider")
def test_a_person_is_tied_to_an_account(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    _tie(sign_in(cast.administrator), cast.reviewer, "00u1")

    assert cast.reviewer.subject == "00u1"
    assert cast.reviewer.issuer == "https://id.example.com"
    (entry,) = entries(act="person.identity_tied")
    assert entry.actor_id == cast.administrator.pk
    assert "00u1" not in str(entry.signed_content())


@pytest.mark.usefixtures("_provider")
def test_and_untied(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.administrator)
    _tie(browser, cast.reviewer, "00u1")
    _tie(browser, cast.reviewer, "")

    assert (cast.reviewer.issuer, cast.reviewer.subject) == ("", "")


@pytest.mark.usefixtures("_provider")
def test_nobody_ties_himself(cast: Cast, sign_in: SignIn) -> None:
    _tie(sign_in(cast.administrator), cast.administrator, "00u1")

    assert cast.administrator.subject == ""


@pytest.mark.usefixtures("_provider")
def test_an_account_belongs_to_one_person(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.administrator)
    _tie(browser, cast.reviewer, "00u1")
    page = reverse("admin:compliance_person_change", args=[cast.lead.pk])
    told = {"name": cast.lead.name, "email": cast.lead.email, "is_active": "on"}
    answer = browser.post(page, {**told, "subject": "00u1"})

    assert answer.status_code == 200
    cast.lead.refresh_from_db()
    assert cast.lead.subject == ""


def test_without_a_provider_nobody_is_tied(cast: Cast, sign_in: SignIn) -> None:
    _tie(sign_in(cast.administrator), cast.reviewer, "00u1")

    assert cast.reviewer.subject == ""


def test_a_group_of_the_provider_is_written_down(cast: Cast, sign_in: SignIn) -> None:
    told = {"name": "QA", "external_id": "earwitness-qa", "members": cast.reviewer.pk}
    sign_in(cast.administrator).post(reverse("admin:compliance_group_add"), told)

    group = Group.objects.get(external_id="earwitness-qa")
    assert not group.members.exists()  # the provider says who is in it


def _identities(browser: Client, person: Person, said: str) -> Any:
    page = reverse("admin:compliance_person_change", args=[person.pk])
    told = {"name": person.name, "email": person.email, "is_active": "on"}
    return browser.post(page, {**told, "staff_identities": said})


def test_identities_in_calls_are_said_and_seen(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    browser = sign_in(cast.administrator)
    _identities(browser, cast.reviewer, "rosa@desk\r\n rosa-home \r\n")
    assert {row.identity for row in staff.of(cast.reviewer)} == {
        "rosa@desk",
        "rosa-home",
    }
    page = reverse("admin:compliance_person_change", args=[cast.reviewer.pk])
    assert "rosa@desk" in browser.get(page).content.decode()

    _identities(browser, cast.reviewer, "rosa-home")
    assert [row.identity for row in staff.of(cast.reviewer)] == ["rosa-home"]
    told = entries(act="person.staff_identity_given")
    told += entries(act="person.staff_identity_ended")
    assert len(told) == 3
    assert "rosa" not in str([entry.signed_content() for entry in told])


def test_one_that_is_anothers_is_told_at_the_field(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.administrator)
    _identities(browser, cast.reviewer, "rosa@desk")
    _identities(browser, cast.reviewer, "")
    answer = _identities(browser, cast.lead, "rosa@desk")

    assert "is or was another person" in answer.content.decode()
    assert not staff.of(cast.lead).exists()


def test_nobody_says_which_calls_are_his_own(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.administrator)
    answer = _identities(browser, cast.administrator, "ada@desk")

    assert answer.status_code == 403
    assert not staff.of(cast.administrator).exists()


def test_a_service_has_none(cast: Cast, sign_in: SignIn) -> None:
    page = reverse("admin:compliance_person_change", args=[cast.service.pk])
    browser = sign_in(cast.administrator)

    assert "staff_identities" not in browser.get(page).content.decode()
    _identities(browser, cast.service, "agent@desk")
    assert not staff.of(cast.service).exists()
