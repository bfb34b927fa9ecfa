"""Sessions that the identity provider opened: checked with it, and ended by it."""

import json
from collections.abc import Callable
from datetime import timedelta

import jwt
import pytest
from django.conf import LazySettings
from django.urls import reverse
from django.utils import timezone

from compliance.access import grants, groups, policy
from compliance.access.permissions import Verb
from compliance.access.roles import Role
from compliance.access.sso import sessions
from compliance.access.sso.sessions import CHECK_EVERY, CHECKED_AT
from compliance.models import AuditEntry, Person, PersonSession
from tests.cast import PASSWORD, SINCE, Cast
from tests.identity_provider import IdentityProvider, Visitor, parameter, reason

Entries = Callable[..., list[AuditEntry]]
PAGE = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate"}
HTMX = {"HX-Request": "true", "Accept": "*/*"}
SCRIPT = {"Accept": "application/json", "Sec-Fetch-Mode": "cors"}


@pytest.fixture
def nina(cast: Cast, identity_provider: IdentityProvider) -> str:
    """A reviewer of claims by her group; her login at the provider."""
    group = groups.make(name="QA", external_id="reviewers", by=None)
    grants.grant(group=group, role=Role.REVIEWER, team=cast.claims, by=None, now=SINCE)
    identity_provider.employ("nina", groups=["reviewers"])
    return "nina"


@pytest.fixture
def inside(nina: str, visitor: Visitor) -> Visitor:
    """Nina, signed in."""
    visitor.signs_in(nina)
    return visitor


def _pass(visitor: Visitor, time: timedelta) -> None:
    """Let time go by since the provider vouched for the session."""
    session = visitor.client.session
    session[CHECKED_AT] -= time.total_seconds()
    session.save()


def test_a_fresh_session_is_left_alone(inside: Visitor) -> None:
    _pass(inside, CHECK_EVERY / 2 - timedelta(seconds=30))

    assert inside.client.get("/access", headers=PAGE).status_code == 200


def test_a_page_is_checked_in_passing(inside: Visitor, entries: Entries) -> None:
    _pass(inside, CHECK_EVERY / 2)
    question = inside.asks("/access?x=1")
    answer = inside.comes_back(inside.is_answered(question, "nobody has to type"))

    assert parameter(question, "prompt") == "none"
    assert answer["Location"] == "/access?x=1"
    assert inside.client.get("/access", headers=PAGE).status_code == 200
    assert len(entries(act="session.login")) == 1


def test_a_check_keeps_the_session_and_its_forms(inside: Visitor) -> None:
    before = inside.client.session.session_key
    _pass(inside, CHECK_EVERY)
    inside.comes_back(inside.is_answered(inside.asks("/access"), ""))

    assert inside.client.session.session_key == before


@pytest.mark.parametrize("headers", [HTMX, SCRIPT], ids=["htmx", "script"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_scripts_get_401_and_the_way_to_sign_in(
    inside: Visitor, method: str, headers: dict[str, str]
) -> None:
    ask = getattr(inside.client, method)
    _pass(inside, CHECK_EVERY - timedelta(seconds=30))
    assert ask("/preferences", headers=headers).status_code == 200
    _pass(inside, timedelta(seconds=30))
    answer = ask("/preferences", headers=headers)

    assert answer.status_code == 401
    assert answer["X-Sign-In"].startswith("/sso/start?again=1")
    assert answer.json()["sign_in"] == answer["X-Sign-In"]


def test_a_form_that_comes_too_late_changes_nothing(inside: Visitor) -> None:
    _pass(inside, CHECK_EVERY)
    answer = inside.client.post(
        "/preferences",
        {"theme": "dark"},
        headers={**PAGE, "Referer": "http://testserver/preferences"},
    )

    assert answer.status_code == 401
    assert "Nothing was changed" in answer.content.decode()
    assert 'href="/preferences"' in answer.content.decode()
    assert Person.objects.get(subject="nina").theme == ""


def test_the_way_to_sign_in_ends_on_a_page_that_says_so(inside: Visitor) -> None:
    _pass(inside, CHECK_EVERY)
    hint = inside.client.post("/preferences", headers=SCRIPT)["X-Sign-In"]
    answer = inside.comes_back(inside.is_answered(inside.asks(hint), ""))

    assert "still signed in" in inside.client.get(answer["Location"]).content.decode()
    assert inside.client.post("/preferences", headers=SCRIPT).status_code == 200


def test_what_is_for_everybody_is_never_in_the_way(inside: Visitor) -> None:
    _pass(inside, CHECK_EVERY * 2)

    assert inside.client.get("/healthz").status_code == 200
    assert inside.client.post("/logout").status_code == 302


def test_a_password_session_is_not_the_providers_business(
    cast: Cast, nina: str, visitor: Visitor
) -> None:
    told = {"username": cast.reviewer.email, "password": PASSWORD}
    visitor.client.post("/login", told)

    assert CHECKED_AT not in visitor.client.session
    assert visitor.client.get("/access", headers=PAGE).status_code == 200


def test_a_group_lost_at_the_provider_is_lost_by_the_next_check(
    cast: Cast, inside: Visitor, identity_provider: IdentityProvider
) -> None:
    identity_provider.employ("nina", groups=[])
    _pass(inside, CHECK_EVERY)
    answer = inside.comes_back(inside.is_answered(inside.asks("/calls/"), ""))

    assert answer.status_code == 302, reason(answer)
    assert not policy.allows(Person.objects.get(subject="nina"), Verb.VIEW)


def test_who_signed_out_there_is_out_here(
    inside: Visitor, identity_provider: IdentityProvider, entries: Entries
) -> None:
    inside.there.cookies.clear()
    _pass(inside, CHECK_EVERY)
    answer = inside.comes_back(inside.is_answered(inside.asks("/access"), "nina"))

    assert (answer.status_code, reason(answer)) == (401, "signed_out")
    assert "/sso/start?next=%2Faccess" in answer.content.decode()
    assert not inside.is_in
    (entry,) = entries(act="session.ended_by_provider")
    assert entry.facts == {"reason": "recheck"}


def test_who_may_not_come_in_any_more_is_out_by_the_check(
    inside: Visitor, identity_provider: IdentityProvider
) -> None:
    identity_provider.control(claims={"hasgroups": True, "groups": None})
    _pass(inside, CHECK_EVERY)
    answer = inside.comes_back(inside.is_answered(inside.asks("/access"), ""))

    assert reason(answer) == "overage"
    assert not inside.is_in


def test_a_process_without_pages_says_so_too(
    inside: Visitor, settings: LazySettings
) -> None:
    settings.SURFACES = ["api"]
    _pass(inside, CHECK_EVERY)
    answer = inside.client.get("/api/v1/calls", headers=PAGE)

    assert answer.status_code == 401
    assert "confirm" in answer.json()["reason"]


def test_somebody_else_at_the_same_machine_gets_his_own_session(
    cast: Cast, inside: Visitor, identity_provider: IdentityProvider
) -> None:
    inside.there.cookies.clear()
    identity_provider.employ("otto", groups=["reviewers"])
    inside.signs_in("otto")

    otto = Person.objects.get(subject="otto")
    assert inside.client.session["_auth_user_id"] == str(otto.pk)


def test_without_an_answer_from_the_provider_nothing_is_shown(
    inside: Visitor, settings: LazySettings
) -> None:
    settings.OIDC |= {"issuer": "http://127.0.0.1:9"}
    _pass(inside, CHECK_EVERY)
    answer = inside.client.get("/access", headers=PAGE)

    assert (answer.status_code, reason(answer)) == (503, "unreachable")


def test_how_long_it_lasts_is_told_without_a_check(inside: Visitor) -> None:
    """The warning before the end must come, also while the check waits."""
    _pass(inside, CHECK_EVERY)

    told = inside.client.get("/session", headers={**SCRIPT, "X-Passive": "1"})
    assert told.json()["left"] > 0
    assert inside.client.post("/session", headers=SCRIPT).status_code == 200


def test_it_ends_by_the_limits_of_every_session(inside: Visitor) -> None:
    PersonSession.objects.update(expire_date=timezone.now())

    assert inside.client.get("/access", headers=PAGE)["Location"] == (
        "/login?next=/access"
    )
    answer = inside.client.get("/access", headers=HTMX)
    assert (answer.status_code, "X-Sign-In" in answer) == (401, False)


def test_ending_it_at_my_sessions_ends_it(inside: Visitor) -> None:
    page = inside.client.get("/sessions/", headers=PAGE).content.decode()
    inside.client.post("/sessions/end")

    assert "this one" in page
    assert not inside.is_in
    assert not PersonSession.objects.exclude(provider_sub="").exists()


# --- Signing out ----------------------------------------------------------------


def test_signing_out_here_signs_out_there(
    inside: Visitor, identity_provider: IdentityProvider
) -> None:
    leads_to = inside.client.post("/logout")["Location"]

    assert leads_to.startswith(f"{identity_provider.issuer}/session/end?")
    assert parameter(leads_to, "post_logout_redirect_uri") == "http://testserver/login"
    assert not inside.is_in
    assert not PersonSession.objects.exclude(provider_sub="").exists()
    there = inside.there.get(leads_to, timeout=10)
    assert there.status_code == 200
    assert 'name="logout"' in there.text


def test_the_id_token_is_not_readable_in_the_database(inside: Visitor) -> None:
    kept = json.dumps(dict(inside.client.session.items()))

    assert "nina@provider.test" not in kept
    assert jwt.decode(
        sessions.id_token(inside.client.session), options={"verify_signature": False}
    )["sub"]


def test_who_has_a_password_signs_out_here_alone(
    cast: Cast, nina: str, visitor: Visitor
) -> None:
    told = {"username": cast.reviewer.email, "password": PASSWORD}
    visitor.client.post("/login", told)

    assert visitor.client.post("/logout")["Location"] == reverse("login")


def _logout_token(
    identity_provider: IdentityProvider, visitor: Visitor, **claims: object
) -> str:
    """What the provider would send about this session, signed with its key."""
    told = jwt.decode(
        sessions.id_token(visitor.client.session), options={"verify_signature": False}
    )
    return identity_provider.signed(
        {
            "iss": told["iss"],
            "aud": told["aud"],
            "sub": told["sub"],
            "sid": told.get("sid"),
            "iat": told["iat"],
            "exp": told["iat"] + 120,
            "jti": f"one of {told['iat']} {visitor.client.session.session_key}",
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
            **claims,
        }
    )


def _send(visitor: Visitor, token: str) -> int:
    told = {"logout_token": token}
    return int(visitor.client.post("/sso/back-channel-logout", told).status_code)


def test_the_provider_ends_the_session_itself(
    inside: Visitor, identity_provider: IdentityProvider, entries: Entries
) -> None:
    assert _send(inside, _logout_token(identity_provider, inside)) == 200

    assert inside.client.get("/access").status_code == 302
    (entry,) = entries(act="session.ended_by_provider")
    assert entry.facts == {"reason": "back_channel"}
    assert entry.object_pk == str(Person.objects.get(subject="nina").pk)


def test_without_a_session_named_all_of_the_persons_end(
    inside: Visitor,
    identity_provider: IdentityProvider,
    another_visitor: Callable[[], Visitor],
) -> None:
    elsewhere = another_visitor()
    elsewhere.signs_in("nina")
    assert _send(inside, _logout_token(identity_provider, inside, sid=None)) == 200

    assert not inside.client.session.get("_auth_user_id")
    assert elsewhere.client.get("/access").status_code == 302


def test_another_session_of_the_person_goes_on(
    inside: Visitor,
    identity_provider: IdentityProvider,
    another_visitor: Callable[[], Visitor],
) -> None:
    elsewhere = another_visitor()
    elsewhere.signs_in("nina")
    _send(inside, _logout_token(identity_provider, inside))

    assert elsewhere.client.get("/access").status_code == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "an ID token has one"},
        {"events": {}},
        {"aud": "another application"},
        {"iss": "https://other.example"},
        {"exp": 1},
        {"jti": None},
        {"sub": None, "sid": None},
    ],
    ids=lambda claims: next(iter(claims)),
)
def test_a_logout_token_that_is_none_ends_nothing(
    inside: Visitor, identity_provider: IdentityProvider, claims: dict[str, object]
) -> None:
    assert _send(inside, _logout_token(identity_provider, inside, **claims)) == 400

    assert inside.client.get("/access").status_code == 200


def test_an_id_token_is_no_logout_token(inside: Visitor) -> None:
    assert _send(inside, sessions.id_token(inside.client.session)) == 400


def test_a_logout_token_works_once(
    inside: Visitor, identity_provider: IdentityProvider
) -> None:
    token = _logout_token(identity_provider, inside, sid=None)
    _send(inside, token)
    inside.signs_in("nina")

    assert _send(inside, token) == 400
    assert inside.client.get("/access").status_code == 200
