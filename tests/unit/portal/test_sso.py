"""What the environment may say of an identity provider."""

import environ
import pytest
from django.core.exceptions import ImproperlyConfigured

from portal import sso

TOLD = {
    "EARWITNESS_OIDC_ISSUER": "https://id.example.com/tenant",
    "EARWITNESS_OIDC_CLIENT_ID": "portal",
    "EARWITNESS_OIDC_CLIENT_SECRET": "secret",
}


class Environment(environ.Env):  # type: ignore[misc]
    """An environment of its own."""

    ENVIRON: dict[str, str] = {}


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch) -> Environment:
    """One in which a provider is named."""
    monkeypatch.setattr(Environment, "ENVIRON", dict(TOLD))
    return Environment()


def test_without_an_issuer_there_is_no_provider(env: Environment) -> None:
    del env.ENVIRON["EARWITNESS_OIDC_ISSUER"]

    assert sso.read(env) == {}
    assert sso.origin({}) == []


def test_what_need_not_be_said(env: Environment) -> None:
    told = sso.read(env)

    assert told["algorithm"] == "RS256"
    assert (told["subject_claim"], told["groups_claim"]) == ("sub", "groups")
    assert told["enrols"] == "mapped"
    assert sso.origin(told) == ["https://id.example.com"]


def test_claims_that_every_token_must_have(env: Environment) -> None:
    env.ENVIRON["EARWITNESS_OIDC_REQUIRED_CLAIMS"] = "hd=example.com,tid=a=b"

    assert sso.read(env)["required"] == (("hd", "example.com"), ("tid", "a=b"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALGORITHM", "HS256"),
        ("ALGORITHM", "none"),
        ("ENROLS", "anybody"),
        ("SUBJECT_CLAIM", "email"),
        ("SCOPES", "email profile"),
        ("REQUIRED_CLAIMS", "hd"),
    ],
)
def test_what_is_unsafe_stops_the_start(
    env: Environment, name: str, value: str
) -> None:
    env.ENVIRON[f"EARWITNESS_OIDC_{name}"] = value

    with pytest.raises(ImproperlyConfigured, match=name):
        sso.read(env)
