"""The page of service keys: made, shown once, replaced, revoked by one click."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from compliance import service_token
from compliance.access import grants, groups
from compliance.access.roles import Role
from compliance.models import AuditEntry, Person, ServiceKey
from tests.cast import Cast
from tests.factories.compliance import PersonFactory

pytestmark = pytest.mark.usefixtures("clean_cache")
SignIn = Callable[[Person], Client]
Entries = Callable[..., list[AuditEntry]]
LIST = "/keys/"


def token_in(answer: Any) -> str:
    (token,) = set(re.findall(service_token.PATTERN, answer.content.decode()))
    return str(token)


def make(browser: Client, service: Person, **said: Any) -> Any:
    form = {"name": "Frankfurt", "days": "30", "verbs": ["view", "read_plan"], **said}
    return browser.post(reverse("key-new", args=[service.pk]), form)


def calls(token: str, **extra: Any) -> Any:
    return Client().get(
        "/api/v1/calls", headers={"Authorization": f"Api-Key {token}"}, **extra
    )


@pytest.mark.parametrize("who", ["reviewer", "officer", "auditor", "stranger"])
def test_others_see_no_keys(cast: Cast, sign_in: SignIn, who: str) -> None:
    browser = sign_in(cast.people[who])

    assert browser.get(LIST).status_code == 403
    assert make(browser, cast.service).status_code == 403
    assert not ServiceKey.objects.exists()


def test_a_token_is_shown_once_and_opens_the_api(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.administrator)
    answer = make(browser, cast.service)
    token = token_in(answer)

    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert calls(token).status_code == 200
    listed = browser.get(LIST).content.decode()
    assert "Frankfurt" in listed
    assert f"earwitness_{service_token.prefix_of(token)}_…" in listed
    assert token not in listed
    assert "127.0.0.1" in listed, "where it was last used from"
    assert token not in str(dict(browser.session))


def test_the_form_offers_what_the_service_may_do(cast: Cast, sign_in: SignIn) -> None:
    page = sign_in(cast.administrator).get(reverse("key-new", args=[cast.service.pk]))
    form = page.context["form"]

    assert {code for code, _ in form.fields["verbs"].choices} == {
        *("view", "edit_label", "report_consent", "read_plan", "pause", "keep_consent"),
        *("tell_event", "file_request", "edit_number_list"),
    }
    assert list(form.fields["teams"].queryset) == [cast.claims]


@pytest.fixture
def german(tmp_path: Path) -> Iterator[None]:
    """The German catalogue, compiled."""
    shutil.copytree(settings.BASE_DIR / "locale" / "de", tmp_path / "de")
    with override_settings(LOCALE_PATHS=[tmp_path]):
        call_command("compile_catalogues")
        with override_settings(LOCALE_PATHS=[tmp_path]):  # read anew
            yield


@pytest.mark.usefixtures("german")
def test_the_form_speaks_german(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.administrator)
    url = reverse("key-new", args=[cast.service.pk])

    assert "90 Tagen" in browser.get(url, headers={"Accept-Language": "de"}).text
    assert "90 days" in browser.get(url).text


@pytest.mark.parametrize(
    "said",
    [
        {"verbs": []},
        {"verbs": ["listen"]},
        {"networks": "10.0.0.1/8"},
        {"networks": "home"},
        {"networks": "\n".join(["10.0.0.0/8"] * 21)},
        {"days": "3650"},
        {"name": ""},
    ],
)
def test_what_is_wrong_is_said_and_nothing_made(
    cast: Cast, sign_in: SignIn, said: dict[str, Any]
) -> None:
    answer = make(sign_in(cast.administrator), cast.service, **said)

    assert answer.status_code == 200
    assert "No key is made yet" in answer.content.decode()
    assert not ServiceKey.objects.exists()


def test_a_team_out_of_reach_is_not_offered(cast: Cast, sign_in: SignIn) -> None:
    answer = make(sign_in(cast.administrator), cast.service, teams=[cast.sales.pk])

    assert "No key is made yet" in answer.content.decode()


def test_a_role_that_a_group_gives_is_enough(cast: Cast, sign_in: SignIn) -> None:
    service = PersonFactory.create(kind=Person.Kind.SERVICE, name="CRM")
    browser = sign_in(cast.administrator)
    assert "No role: its keys open nothing." in browser.get(LIST).content.decode()
    group = groups.make(name="Back office", by=None)
    groups.join(group=group, person=service, by=None, now=timezone.now())
    grants.grant(
        group=group, role=Role.SERVICE, by=None, now=timezone.now(), team=cast.claims
    )
    page = browser.get(LIST)
    assert {one.service: one.roles for one in page.context["services"]}[service] == [
        "service"
    ]
    assert calls(token_in(make(browser, service))).status_code == 200


def test_people_have_no_keys(cast: Cast, sign_in: SignIn) -> None:
    assert make(sign_in(cast.administrator), cast.lead).status_code == 404


def test_its_limits_hold_in_the_api(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.administrator)
    token = token_in(
        make(browser, cast.service, verbs=["pause"], networks="10.0.0.0/8, 127.0.0.1")
    )
    away = token_in(make(browser, cast.service, networks="10.0.0.0/8"))

    assert calls(token).status_code == 403
    refused = calls(away)
    assert refused.status_code == 401
    assert "network" in refused.json()["title"]


def test_the_address_is_the_one_the_proxy_saw(
    cast: Cast, sign_in: SignIn, settings: Any
) -> None:
    token = token_in(
        make(sign_in(cast.administrator), cast.service, networks="10.0.0.0/8")
    )
    forged = {"HTTP_X_FORWARDED_FOR": "10.0.0.1, 192.0.2.9"}

    assert calls(token, HTTP_X_FORWARDED_FOR="10.0.0.1").status_code == 401
    settings.TRUSTED_PROXIES = 1
    assert calls(token, HTTP_X_FORWARDED_FOR="10.0.0.1").status_code == 200
    assert calls(token, **forged).status_code == 401


def test_one_click_revokes(cast: Cast, sign_in: SignIn, entries: Entries) -> None:
    browser = sign_in(cast.administrator)
    token = token_in(make(browser, cast.service))
    key = ServiceKey.objects.get()

    answer = browser.post(reverse("key-revoke", args=[key.pk]), follow=True)
    assert "is revoked" in answer.content.decode()
    assert calls(token).status_code == 401
    assert len(entries(act="service_key.revoked")) == 1
    assert browser.get(reverse("key-revoke", args=[key.pk])).status_code == 405


def test_a_key_is_replaced_while_both_work(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.administrator)
    old = token_in(make(browser, cast.service))
    key = ServiceKey.objects.get()
    answer = browser.post(reverse("key-rotate", args=[key.pk]), {"overlap": "week"})
    new = token_in(answer)

    assert calls(old).status_code == calls(new).status_code == 200
    key.refresh_from_db()
    assert key.expiry_date is not None
    assert 6 < (key.expiry_date - timezone.now()).days + 1 <= 7


def test_a_leaked_key_is_replaced_without_overlap(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.administrator)
    old = token_in(make(browser, cast.service))
    url = reverse("key-rotate", args=[ServiceKey.objects.get().pk])
    new = token_in(browser.post(url, {"overlap": "now"}))

    assert (calls(old).status_code, calls(new).status_code) == (401, 200)
    again = browser.post(url, {"overlap": "now"}, follow=True)
    assert "has ended" in again.content.decode()


def test_the_list_costs_the_same_for_many(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.administrator)
    make(browser, cast.service, teams=[cast.claims.pk])
    browser.get(LIST)
    with CaptureQueriesContext(connection) as few:
        browser.get(LIST)
    for _ in range(4):
        make(browser, cast.service, teams=[cast.claims.pk])
    with CaptureQueriesContext(connection) as many:
        browser.get(LIST)

    assert len(many) == len(few)


def test_each_key_has_its_own_share(cast: Cast, sign_in: SignIn, settings: Any) -> None:
    settings.REQUESTS_A_MINUTE = 2
    browser = sign_in(cast.administrator)
    one, other = (token_in(make(browser, cast.service)) for _ in range(2))

    answers = [calls(one) for _ in range(5)]
    assert 429 in [answer.status_code for answer in answers]
    late = next(answer for answer in answers if answer.status_code == 429)
    assert 0 < int(late["Retry-After"]) <= 60
    assert calls(other).status_code == 200


def make_of_directory(browser: Client, **said: Any) -> Any:
    form = {"name": "Entra ID", "days": "90", **said}
    return browser.post(reverse("key-new-directory"), form)


def tells(token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return Client().get("/scim/v2/Users", headers=headers).status_code


@pytest.mark.parametrize("who", ["reviewer", "officer", "auditor", "stranger"])
def test_others_make_no_key_of_the_directory(
    cast: Cast, sign_in: SignIn, who: str
) -> None:
    assert make_of_directory(sign_in(cast.people[who])).status_code == 403
    assert not ServiceKey.objects.exists()


def test_a_key_of_the_directory_is_made_replaced_and_revoked(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    browser = sign_in(cast.administrator)
    answer = make_of_directory(browser)
    token = token_in(answer)
    assert "no-store" in answer["Cache-Control"]
    assert "http://testserver/scim/v2" in answer.content.decode()
    assert token.startswith("earwitness_scim_")
    assert tells(token) == 200
    listed = browser.get(LIST).content.decode()
    assert token not in listed
    assert f"earwitness_scim_{service_token.prefix_of(token)}_…" in listed

    old = ServiceKey.objects.get()
    assert old.last_used_at is not None
    answer = browser.post(reverse("key-rotate", args=[old.pk]), {"overlap": "day"})
    fresh = token_in(answer)
    assert fresh.startswith("earwitness_scim_")
    assert tells(token) == tells(fresh) == 200
    browser.post(reverse("key-revoke", args=[old.pk]))
    assert (tells(token), tells(fresh)) == (401, 200)
    acts = {one.act for one in entries(act__startswith="service_key.")}
    assert acts == {
        "service_key.made",
        "service_key.rotated",
        "service_key.revoked",
        "service_key.refused",
    }


def test_a_key_of_the_directory_can_be_bound_to_networks(
    cast: Cast, sign_in: SignIn
) -> None:
    browser = sign_in(cast.administrator)
    elsewhere = token_in(make_of_directory(browser, networks="203.0.113.0/24"))
    here = token_in(make_of_directory(browser, networks="127.0.0.0/8"))

    assert (tells(elsewhere), tells(here)) == (401, 200)


def test_the_directory_gets_no_key_of_the_api(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.administrator)
    make_of_directory(browser)
    directory = Person.objects.get(email="directory@scim.invalid")

    assert make(browser, directory).status_code == 404


def test_a_directory_that_is_shut_out_enters_by_no_key(
    cast: Cast, sign_in: SignIn
) -> None:
    browser = sign_in(cast.administrator)
    token = token_in(make_of_directory(browser))
    Person.objects.filter(email="directory@scim.invalid").update(is_active=False)

    assert tells(token) == 401
    assert make_of_directory(browser).status_code == 302
    assert ServiceKey.objects.count() == 1
