"""Acts that take a second factor shown lately: asked for, given, remembered."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from compliance.access import step_up
from compliance.access.permissions import STEP_UP, Verb
from compliance.models import AuditEntry, Person, RoleGrant
from recordings.models import Export
from tests.cast import PASSWORD, Cast
from tests.factories.recordings import CallFactory, RecordingFactory
from tests.proving import prove

pytestmark = pytest.mark.usefixtures("clean_cache")
Entries = Callable[..., list[AuditEntry]]


@pytest.fixture
def stale(cast: Cast, client: Client) -> Callable[[Person], Client]:
    """`stale(cast.officer)`: signed in, and has proved nothing lately."""

    def signed_in(person: Person) -> Client:
        client.force_login(person)
        return client

    return signed_in


def _role(cast: Cast) -> dict[str, Any]:
    return {"person": cast.stranger.pk, "role": "reviewer", "team": cast.claims.pk}


def test_the_verbs() -> None:
    leaves = {Verb.DOWNLOAD, Verb.EXPORT, Verb.PRODUCE}
    leaves |= {Verb.VERIFY_AUDIT, Verb.FORWARD_AUDIT}
    destroys = {
        Verb.QUARANTINE,
        Verb.RELEASE_HOLD,
        Verb.EDIT_LIFECYCLE,
        Verb.EDIT_POLICY,
        Verb.EDIT_NUMBER_LIST,
        Verb.PURGE,
        Verb.ERASE_SUBJECT,
    }
    others = {Verb.GRANT_ROLE, Verb.APPROVE, Verb.HEAR_RESTRICTED}
    assert {*leaves, *destroys, *others} == STEP_UP


@pytest.mark.parametrize("name", ["download", "quarantine"])
def test_a_page_leads_there_and_back(
    cast: Cast, stale: Callable[[Person], Client], name: str
) -> None:
    part = RecordingFactory.create(call=CallFactory.create(team=cast.claims))
    browser, page = stale(cast.officer), reverse(name, args=[part.pk])
    asked = browser.get(page)
    proved = browser.post(asked["Location"], {"password": PASSWORD, "next": page})

    assert asked["Location"] == reverse("step-up", query={"next": page})
    assert proved["Location"] == page
    assert browser.get(page).status_code == 200


def test_what_was_sent_is_offered_again(
    cast: Cast, stale: Callable[[Person], Client]
) -> None:
    browser = stale(cast.administrator)
    answer = browser.post(reverse("role-give"), _role(cast))

    assert answer.status_code == 403
    assert list(map(str, dict(answer.context["sent"]).values())) == [
        str(value) for value in _role(cast).values()
    ]
    assert not RoleGrant.objects.filter(person=cast.stranger).exists()
    browser.post(reverse("step-up"), {"password": PASSWORD})
    browser.post(reverse("role-give"), dict(answer.context["sent"]))
    assert RoleGrant.objects.filter(person=cast.stranger).exists()


@pytest.mark.parametrize("headers", [{"HX-Request": "true"}, {"Accept": "text/json"}])
def test_a_part_of_a_page_is_told_where_to_go(
    cast: Cast, stale: Callable[[Person], Client], headers: dict[str, str]
) -> None:
    answer = stale(cast.officer).post(reverse("calls-export"), headers=headers)

    assert answer.status_code == 403
    assert answer.json()["code"] == "step_up_needed"
    assert answer["X-Sign-In"] == answer.json()["sign_in"]
    assert answer["X-Sign-In"].startswith(reverse("step-up"))
    assert not Export.objects.exists()


def test_a_role_taken_away_and_the_admin_site(
    cast: Cast, stale: Callable[[Person], Client]
) -> None:
    browser = stale(cast.administrator)
    grant = RoleGrant.objects.get(person=cast.reviewer)
    person = reverse("admin:compliance_person_change", args=[cast.reviewer.pk])

    assert browser.post(reverse("role-end", args=[grant.pk])).status_code == 403
    assert browser.get(person).status_code == 200
    assert browser.post(person, {"name": "Rosa"}).status_code == 403
    assert RoleGrant.objects.get(pk=grant.pk).valid_until is None


def test_who_may_not_is_refused_and_not_asked(
    cast: Cast, stale: Callable[[Person], Client]
) -> None:
    part = RecordingFactory.create(call=CallFactory.create(team=cast.claims))
    answer = stale(cast.reviewer).get(reverse("download", args=[part.pk]))

    assert answer.status_code == 403


def test_it_is_fresh_for_ten_minutes(cast: Cast, client: Client) -> None:
    client.force_login(cast.officer)
    now = timezone.now()
    session = client.session
    step_up.note(session, method="passkey", now=now)

    assert step_up.is_fresh(session, now=now + timedelta(minutes=10))
    assert not step_up.is_fresh(session, now=now + timedelta(minutes=10, seconds=1))


def test_a_password_counts_only_where_no_factor_is_asked_for(
    cast: Cast, client: Client, settings: Settings
) -> None:
    client.force_login(cast.administrator)
    prove(client, method="password")
    settings.SECOND_FACTOR = True

    answer = client.post(reverse("role-give"), _role(cast))
    page = client.get(reverse("step-up")).content.decode()
    assert answer.status_code == 403
    assert "You have no second factor yet" in page
    settings.SECOND_FACTOR = False
    assert client.post(reverse("role-give"), _role(cast)).status_code == 302


def test_each_proof_and_each_failure_is_an_entry(
    cast: Cast, stale: Callable[[Person], Client], entries: Entries
) -> None:
    browser = stale(cast.officer)
    browser.post(reverse("step-up"), {"password": "wrong"})
    browser.post(reverse("step-up"), {"code": "123456"})
    browser.post(reverse("step-up"), {"password": PASSWORD})

    assert [(one.act, one.facts) for one in entries(act__startswith="session.ste")] == [
        ("session.step_up_failed", {"method": "password", "reason": "wrong"}),
        ("session.step_up_failed", {"method": "second_factor", "reason": "wrong"}),
        ("session.stepped_up", {"method": "password"}),
    ]


def test_passwords_cannot_be_guessed_there(
    cast: Cast, stale: Callable[[Person], Client]
) -> None:
    browser = stale(cast.officer)
    for _ in range(5):
        browser.post(reverse("step-up"), {"password": "wrong"})

    answer = browser.post(reverse("step-up"), {"password": PASSWORD})
    assert "Too many attempts" in answer.content.decode()


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil", "/confirm", ""])
def test_it_leads_to_no_other_place(
    cast: Cast, stale: Callable[[Person], Client], wanted: str
) -> None:
    sent = {"password": PASSWORD, "next": wanted}

    assert stale(cast.officer).post(reverse("step-up"), sent)["Location"] == "/"
