"""Single sign-on against a real, certified provider: who comes in, and who does not."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import LazySettings

from compliance.access import grants, groups, policy
from compliance.access.permissions import Verb
from compliance.access.roles import Role
from compliance.models import AuditEntry, Group, Person
from tests.cast import Cast
from tests.identity_provider import IdentityProvider, Visitor, parameter, reason

NOW = datetime(2026, 2, 1, tzinfo=UTC)
Entries = Callable[..., list[AuditEntry]]


@pytest.fixture
def reviewers(cast: Cast) -> Group:
    """The group whose people review the calls of claims."""
    group = groups.make(name="QA", external_id="reviewers", by=cast.administrator)
    grants.grant(
        group=group,
        role=Role.REVIEWER,
        team=cast.claims,
        by=cast.administrator,
        now=NOW,
    )
    return group


@pytest.fixture
def nina(identity_provider: IdentityProvider, reviewers: Group) -> str:
    """Somebody in that group who was never here; her login at the provider."""
    identity_provider.employ("nina", groups=["reviewers", "something else"])
    return "nina"


def _person(login: str) -> Person | None:
    return Person.objects.filter(subject=login).first()


def test_who_is_in_a_group_that_gives_a_role_comes_in(
    cast: Cast, nina: str, visitor: Visitor, entries: Entries
) -> None:
    answer = visitor.signs_in(nina, "/sso/start?next=/access")

    person = _person(nina)
    assert answer["Location"] == "/access"
    assert person
    assert (person.name, person.email) == ("Nina", "nina@provider.test")
    assert policy.allows(person, Verb.LISTEN, cast.claims)
    assert not policy.allows(person, Verb.LISTEN, cast.sales)
    assert not person.has_usable_password()
    (login,) = entries(act="session.login")
    assert (login.actor_id, login.facts) == (person.pk, {"method": "sso"})
    assert len(entries(act="group.joined")) == 1


def test_the_question_is_asked_as_it_should_be(nina: str, visitor: Visitor) -> None:
    question = visitor.asks()

    assert parameter(question, "code_challenge_method") == "S256"
    assert parameter(question, "response_type") == "code"
    assert len(parameter(question, "state")) >= 32
    assert parameter(question, "state") != parameter(question, "nonce")


def test_the_second_time_it_is_the_same_person(nina: str, visitor: Visitor) -> None:
    for _ in range(2):
        visitor.signs_in(nina)
        visitor.client.post("/logout")

    assert Person.objects.filter(subject=nina).count() == 1


def test_a_new_name_and_address_are_taken_over(
    nina: str, identity_provider: IdentityProvider, visitor: Visitor
) -> None:
    visitor.signs_in(nina)
    identity_provider.employ(nina, name="Nina N", email="n@provider.test")
    visitor.signs_in(nina)

    person = _person(nina)
    assert person
    assert (person.name, person.email) == ("Nina N", "n@provider.test")


def test_a_vanished_group_takes_its_role_along(
    cast: Cast,
    nina: str,
    identity_provider: IdentityProvider,
    visitor: Visitor,
    entries: Entries,
) -> None:
    visitor.signs_in(nina)
    identity_provider.employ(nina, groups=[])
    visitor.signs_in(nina)

    person = _person(nina)
    assert person
    assert not policy.allows(person, Verb.VIEW)
    assert len(entries(act="group.left")) == 1
    assert visitor.client.get("/calls/").status_code == 403


def test_a_role_given_by_hand_is_left_alone(
    cast: Cast, nina: str, identity_provider: IdentityProvider, visitor: Visitor
) -> None:
    identity_provider.employ(nina, groups=[])
    Person.objects.filter(pk=cast.reviewer.pk).update(
        issuer=identity_provider.issuer, subject=nina
    )

    visitor.signs_in(nina)

    assert visitor.is_in
    assert policy.allows(cast.reviewer, Verb.LISTEN, cast.claims)


def test_groups_whose_roles_are_kept_apart_let_nobody_in(
    cast: Cast, nina: str, identity_provider: IdentityProvider, visitor: Visitor
) -> None:
    for name, role in (("readers", Role.AUDITOR), ("givers", Role.ADMINISTRATOR)):
        group = groups.make(name=name, external_id=name, by=None)
        grants.grant(group=group, role=role, by=None, now=NOW)
    identity_provider.employ(nina, groups=["readers"])
    visitor.signs_in(nina)
    visitor.client.post("/logout")
    identity_provider.employ(nina, groups=["readers", "givers"])
    answer = visitor.signs_in(nina)

    person = _person(nina)
    assert reason(answer) == "kept_apart"
    assert person
    assert not visitor.is_in
    assert [group.name for group in person.groups.all()] == ["readers"]


def test_who_is_in_no_such_group_stays_outside(
    cast: Cast, identity_provider: IdentityProvider, visitor: Visitor, entries: Entries
) -> None:
    identity_provider.employ("otto", groups=["something else"])
    answer = visitor.signs_in("otto")

    assert (answer.status_code, reason(answer)) == (403, "unknown")
    assert not visitor.is_in
    assert _person("otto") is None
    (entry,) = entries(act="session.login_failed")
    assert entry.facts == {"method": "sso", "reason": "unknown"}


def test_everybody_can_be_taken_in_without_a_role(
    cast: Cast,
    identity_provider: IdentityProvider,
    visitor: Visitor,
    settings: LazySettings,
) -> None:
    settings.OIDC |= {"enrols": "everybody", "groups_claim": ""}
    identity_provider.employ("otto", groups=["reviewers"])
    visitor.signs_in("otto")

    person = _person("otto")
    assert person
    assert not policy.allows(person, Verb.VIEW)


def test_nobody_takes_over_an_account_by_its_e_mail(
    cast: Cast, nina: str, identity_provider: IdentityProvider, visitor: Visitor
) -> None:
    identity_provider.employ(nina, groups=["reviewers"], email="OLGA@example.org")
    answer = visitor.signs_in(nina)

    assert reason(answer) == "email_taken"
    assert not visitor.is_in
    cast.officer.refresh_from_db()
    assert (cast.officer.subject, cast.officer.name) == ("", "Olga Officer")


def test_a_known_person_does_not_get_the_address_of_another(
    cast: Cast, nina: str, identity_provider: IdentityProvider, visitor: Visitor
) -> None:
    visitor.signs_in(nina)
    identity_provider.employ(nina, groups=["reviewers"], email="olga@example.org")
    visitor.signs_in(nina)

    person = _person(nina)
    assert person
    assert person.email == "nina@provider.test"


def test_an_address_nobody_confirmed_opens_no_account(
    nina: str, identity_provider: IdentityProvider, visitor: Visitor
) -> None:
    identity_provider.employ(nina, groups=["reviewers"], email_verified=False)

    assert reason(visitor.signs_in(nina)) == "email_unverified"


def test_the_same_subject_of_another_issuer_is_somebody_else(
    cast: Cast, nina: str, visitor: Visitor
) -> None:
    Person.objects.filter(pk=cast.officer.pk).update(
        issuer="https://other.example", subject=nina
    )
    visitor.signs_in(nina)

    assert visitor.client.session["_auth_user_id"] != str(cast.officer.pk)


def test_who_was_shut_out_stays_out(nina: str, visitor: Visitor) -> None:
    visitor.signs_in(nina)
    Person.objects.filter(subject=nina).update(is_active=False)

    assert visitor.client.get("/access").status_code == 302
    assert reason(visitor.signs_in(nina)) == "inactive"


def test_people_may_be_known_by_another_claim(
    nina: str,
    identity_provider: IdentityProvider,
    visitor: Visitor,
    settings: LazySettings,
) -> None:
    """Entra ID: `oid` is the same in every application, `sub` is not."""
    settings.OIDC |= {"subject_claim": "oid"}
    assert reason(visitor.signs_in(nina)) == "subject"
    identity_provider.employ(nina, groups=["reviewers"], oid="an-object-id")
    visitor.signs_in(nina)

    assert _person("an-object-id")


@pytest.mark.parametrize(
    "told", [{"_claim_names": {"groups": "src1"}}, {"hasgroups": True}]
)
def test_too_many_groups_are_not_no_groups(
    cast: Cast,
    nina: str,
    identity_provider: IdentityProvider,
    visitor: Visitor,
    told: dict[str, Any],
) -> None:
    visitor.signs_in(nina)
    visitor.client.post("/logout")
    identity_provider.control(claims={**told, "groups": None})
    answer = visitor.signs_in(nina)

    assert reason(answer) == "overage"
    assert "so many groups" in answer.content.decode()
    assert not visitor.is_in
    person = _person(nina)
    assert person
    assert policy.allows(person, Verb.VIEW)  # nothing was taken either


def test_another_organisation_is_refused(
    nina: str,
    identity_provider: IdentityProvider,
    visitor: Visitor,
    settings: LazySettings,
) -> None:
    settings.OIDC |= {"required": (("hd", "example.org"),)}
    identity_provider.employ(nina, groups=["reviewers"], hd="elsewhere.org")
    assert reason(visitor.signs_in(nina)) == "elsewhere"
    identity_provider.employ(nina, groups=["reviewers"], hd="example.org")
    visitor.signs_in(nina)

    assert visitor.is_in


# --- A provider, or somebody between, that lies --------------------------------

HOUR = 3600
TIMES = {"exp", "iat", "auth_time"}
"""Said below as seconds from now."""
LIES: dict[str, tuple[dict[str, Any], str]] = {
    "another sign-in": ({"nonce": "another"}, "nonce"),
    "no nonce": ({"nonce": None}, "nonce"),
    "another application": ({"aud": "another application"}, "audience"),
    "shared, for another": (
        {"aud": ["portal", "another"], "azp": "another"},
        "audience",
    ),
    "shared, for nobody": ({"aud": ["portal", "another"]}, "audience"),
    "another issuer": ({"iss": "https://other.example"}, "issuer"),
    "no issuer": ({"iss": None}, "malformed"),
    "over": ({"exp": -HOUR}, "expired"),
    "for ever": ({"exp": None}, "malformed"),
    "old": ({"iat": -HOUR}, "expired"),
    "of the future": ({"iat": HOUR}, "clock"),
    "login of the future": ({"auth_time": HOUR}, "clock"),
    "nobody": ({"sub": None}, "subject"),
    "another access token": ({"at_hash": "bm90IGl0cyBoYXNo"}, "malformed"),
    "groups that are none": ({"groups": [1]}, "malformed"),
}


def _said_now(claims: dict[str, Any]) -> dict[str, Any]:
    return {
        name: int(time.time()) + value if name in TIMES and value else value
        for name, value in claims.items()
    }


@pytest.mark.parametrize("lie", LIES)
def test_a_token_that_lies_opens_nothing(
    nina: str, identity_provider: IdentityProvider, visitor: Visitor, lie: str
) -> None:
    claims, code = LIES[lie]
    identity_provider.control(claims=_said_now(claims))
    answer = visitor.signs_in(nina)

    assert (answer.status_code, reason(answer)) == (403, code)
    assert not visitor.is_in
    assert _person(nina) is None


def test_a_sign_in_of_long_ago_is_refused_where_a_fresh_one_is_wanted(
    nina: str,
    identity_provider: IdentityProvider,
    visitor: Visitor,
    settings: LazySettings,
) -> None:
    settings.OIDC |= {"max_age": 300}
    visitor.signs_in(nina)
    assert visitor.is_in
    visitor.client.post("/logout")
    identity_provider.control(claims=_said_now({"auth_time": -HOUR}))

    assert reason(visitor.signs_in(nina)) == "stale"


def test_a_code_works_once(
    nina: str, visitor: Visitor, another_visitor: Callable[[], Visitor]
) -> None:
    back = visitor.is_answered(visitor.asks(), nina)
    visitor.comes_back(back)
    again = visitor.comes_back(back)
    stolen = another_visitor().comes_back(back)

    assert (again.status_code, reason(again)) == (400, "state")
    assert reason(stolen) == "state"


def test_a_stolen_code_does_not_fit_the_thiefs_own_question(
    nina: str, visitor: Visitor, another_visitor: Callable[[], Visitor]
) -> None:
    """PKCE: his question has another verifier."""
    thief = another_visitor()
    back = visitor.is_answered(visitor.asks(), nina)
    question = thief.asks()
    mixed = back.replace(parameter(back, "state"), parameter(question, "state"))

    assert reason(thief.comes_back(mixed)) == "code"
    assert not thief.is_in


def test_an_answer_in_the_name_of_another_provider_is_refused(
    nina: str, visitor: Visitor
) -> None:
    back = visitor.is_answered(visitor.asks(), nina)
    named = back.partition("&iss=")[0]

    assert reason(visitor.comes_back(f"{named}&iss=https://other.example")) == "issuer"


def test_an_answer_that_names_nobody_is_refused_too(
    nina: str, visitor: Visitor
) -> None:
    back = visitor.is_answered(visitor.asks(), nina)

    assert reason(visitor.comes_back(back.partition("&iss=")[0])) == "issuer"


def test_an_error_nobody_asked_for_signs_nobody_out(
    nina: str, visitor: Visitor
) -> None:
    visitor.signs_in(nina)
    answer = visitor.client.get("/sso/callback?error=login_required&state=made-up")

    assert reason(answer) == "state"
    assert visitor.is_in


def test_who_declines_is_told_so(nina: str, visitor: Visitor) -> None:
    state = parameter(visitor.asks(), "state")
    issuer = parameter(visitor.is_answered(visitor.asks(), nina), "iss")
    answer = visitor.client.get(
        "/sso/callback", {"error": "access_denied", "state": state, "iss": issuer}
    )

    assert (answer.status_code, reason(answer)) == (403, "denied")


def test_the_provider_may_change_its_key(
    nina: str, identity_provider: IdentityProvider, visitor: Visitor
) -> None:
    visitor.signs_in(nina)
    visitor.client.post("/logout")
    identity_provider.control(rotate=True)
    visitor.signs_in(nina)

    assert visitor.is_in


def test_a_wrong_secret_is_the_portals_own_fault(
    nina: str, visitor: Visitor, settings: LazySettings
) -> None:
    settings.OIDC |= {"client_secret": "another"}
    answer = visitor.signs_in(nina)

    assert (answer.status_code, reason(answer)) == (503, "client")


def test_a_provider_that_does_not_answer_is_a_page(
    nina: str, visitor: Visitor, settings: LazySettings
) -> None:
    settings.OIDC |= {"issuer": "http://127.0.0.1:9"}
    answer = visitor.client.get("/sso/start")

    assert (answer.status_code, reason(answer)) == (503, "unreachable")


@pytest.mark.parametrize("ours", [{"issuer_ends": "/"}, {"algorithm": "ES256"}])
def test_a_provider_other_than_agreed_is_not_asked(
    nina: str, visitor: Visitor, settings: LazySettings, ours: dict[str, str]
) -> None:
    ending = ours.pop("issuer_ends", "")
    settings.OIDC |= {**ours, "issuer": settings.OIDC["issuer"] + ending}

    assert reason(visitor.client.get("/sso/start")) == "discovery"


def test_each_tab_comes_back_to_its_own_page(nina: str, visitor: Visitor) -> None:
    first, second = (
        visitor.asks(f"/sso/start?next={page}") for page in ("/access", "/preferences")
    )
    answers = [
        visitor.comes_back(visitor.is_answered(question, nina))
        for question in (second, first)
    ]

    assert [answer["Location"] for answer in answers] == ["/preferences", "/access"]


@pytest.mark.parametrize(
    "wanted", ["https://other.example/", "//other.example", "/logout"]
)
def test_nobody_is_led_elsewhere(nina: str, visitor: Visitor, wanted: str) -> None:
    assert visitor.signs_in(nina, f"/sso/start?next={wanted}")["Location"] == "/"


def test_without_a_provider_there_is_no_such_door(visitor: Visitor, db: None) -> None:
    for path in ("/sso/start", "/sso/callback"):
        assert visitor.client.get(path).status_code == 404
