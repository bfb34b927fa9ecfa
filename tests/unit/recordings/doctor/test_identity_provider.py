"""Doctor tells whether people can sign in through the identity provider."""

from typing import Any

import pytest
from django.conf import LazySettings

from compliance.access.sso import provider
from compliance.access.sso.provider import Answer
from compliance.access.sso.rejections import Code, Rejected
from recordings.doctor.identity_provider import findings
from recordings.finding import Level
from tests.unit.recordings.doctor.looking import only, told

ISSUER = "https://id.example.com"
SAID = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/auth",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/keys",
}
KEY = {"kty": "RSA", "kid": "1", "use": "sig", "alg": "RS256"}


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> Any:
    """`says(keys=[...], issuer=...)`: what the provider answers from now on."""
    settings.OIDC = {"issuer": ISSUER, "client_id": "us", "client_secret": "s"}
    provider.forget()

    def answers(*, keys: list[dict[str, str]], **said: str) -> None:
        def ask(_method: str, url: str) -> Answer:
            is_keys = url.endswith("/keys")
            return Answer(200, {"keys": keys} if is_keys else {**SAID, **said})

        monkeypatch.setattr(provider, "ask", ask)

    return answers


def test_without_one_there_is_nothing_to_see_to(settings: LazySettings) -> None:
    settings.OIDC = {}

    assert only(findings()).level is Level.OK


def test_one_that_fits(says: Any) -> None:
    says(keys=[KEY, {**KEY, "kid": "2"}, {"kty": "EC"}])

    assert "2 of its keys can sign here" in told(findings(), Level.OK)
    assert not told(findings(), Level.FAIL)


def test_keys_of_another_kind(says: Any) -> None:
    says(keys=[{"kty": "EC", "use": "sig"}])

    assert list(told(findings(), Level.FAIL)) == ["none of its keys is for RS256"]


def test_another_issuer(says: Any) -> None:
    says(keys=[KEY], issuer="https://else.example.com")

    (remedy,) = told(findings(), Level.FAIL).values()
    assert "EARWITNESS_OIDC_ISSUER" in remedy


def test_one_that_does_not_answer(says: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: object) -> Answer:
        raise Rejected(Code.UNREACHABLE)

    monkeypatch.setattr(provider, "ask", silent)

    assert "the identity provider is of no use (unreachable)" in told(
        findings(), Level.FAIL
    )
