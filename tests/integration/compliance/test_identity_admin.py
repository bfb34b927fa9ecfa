"""What administrators say of the identity provider's people and groups."""

from collections.abc import Callable

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

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
