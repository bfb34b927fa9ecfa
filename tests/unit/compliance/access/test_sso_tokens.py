"""Whether a token is believed: algorithms and keys, which no provider mixes up by itself."""

import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import LazySettings
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from jwt.utils import base64url_encode

from compliance.access.sso import provider, tokens
from compliance.access.sso.rejections import Code, Rejected

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ISSUER = "https://id.example.com"
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
CLAIMS = {
    "iss": ISSUER,
    "aud": "portal",
    "sub": "nina",
    "nonce": "ours",
    "iat": int(NOW.timestamp()),
    "exp": int((NOW + timedelta(minutes=5)).timestamp()),
}


@pytest.fixture(autouse=True)
def _provider(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider that publishes one key of each kind."""
    settings.OIDC = {"issuer": ISSUER, "client_id": "portal", "client_secret": "s"}
    published = [
        _public(RSAAlgorithm.to_jwk(RSA_KEY.public_key()), "rsa"),
        _public(ECAlgorithm.to_jwk(EC_KEY.public_key()), "ec"),
    ]
    told: dict[str, dict[str, Any]] = {
        f"{ISSUER}/.well-known/openid-configuration": {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/auth",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
        },
        f"{ISSUER}/keys": {"keys": published},
    }
    monkeypatch.setattr(
        provider, "ask", lambda _method, url: provider.Answer(200, told[url])
    )
    provider.forget()


def _public(jwk: str, key_id: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(jwk)
    return {**told, "kid": key_id, "use": "sig"}


def _checked(token: str) -> dict[str, Any]:
    return tokens.check_identity(token, nonce="ours", access_token="", now=NOW)


def _code(token: str) -> Code:
    with pytest.raises(Rejected) as rejected:
        _checked(token)
    return rejected.value.code


def _signed(key: Any, algorithm: str, **headers: Any) -> str:
    return jwt.encode(CLAIMS, key, algorithm=algorithm, headers=headers)


def test_signed_with_the_published_key() -> None:
    assert _checked(_signed(RSA_KEY, "RS256", kid="rsa"))["sub"] == "nina"


def test_a_token_may_leave_out_which_key_if_there_is_one() -> None:
    assert _checked(_signed(RSA_KEY, "RS256"))["sub"] == "nina"


def test_elliptic_curves_where_they_are_agreed(settings: LazySettings) -> None:
    settings.OIDC |= {"algorithm": "ES256"}

    assert _checked(_signed(EC_KEY, "ES256", kid="ec"))["sub"] == "nina"
    assert _code(_signed(RSA_KEY, "RS256", kid="rsa")) == Code.ALGORITHM


def test_a_token_nobody_signed() -> None:
    assert _code(_signed(None, "none")) == Code.ALGORITHM


def test_the_public_key_is_no_shared_secret() -> None:
    """The old trick: HS256 under the key that everybody can read."""
    public = RSA_KEY.public_key().public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    head = base64url_encode(b'{"alg":"HS256","kid":"rsa"}')
    said = head + b"." + base64url_encode(json.dumps(CLAIMS).encode())
    mac = base64url_encode(hmac.digest(public, said, "sha256"))

    assert _code((said + b"." + mac).decode()) == Code.ALGORITHM


def test_another_key_under_a_known_name() -> None:
    assert _code(_signed(OTHER_RSA_KEY, "RS256", kid="rsa")) == Code.SIGNATURE


@pytest.mark.parametrize("key_id", ["nobody's", "ec"])
def test_a_key_that_is_not_published_for_this(key_id: str) -> None:
    assert _code(_signed(RSA_KEY, "RS256", kid=key_id)) == Code.KEY


@pytest.mark.parametrize("token", ["", "a.b.c", "no token", "é" * 10])
def test_what_is_no_token(token: str) -> None:
    assert _code(token) == Code.MALFORMED


def _at(at: datetime, **claims: Any) -> None:
    token = jwt.encode({**CLAIMS, **claims}, RSA_KEY, "RS256")
    tokens.check_identity(token, nonce="ours", access_token="", now=at)


@pytest.mark.parametrize(
    "at",
    [NOW + timedelta(minutes=5, seconds=59), NOW - timedelta(seconds=60)],
    ids=["the last second", "our clock is slow"],
)
def test_clocks_may_be_a_minute_apart(at: datetime) -> None:
    _at(at)


@pytest.mark.parametrize(
    ("claims", "at", "code"),
    [
        ({}, NOW + timedelta(minutes=6), Code.EXPIRED),
        ({}, NOW - timedelta(seconds=61), Code.CLOCK),
        ({"nbf": int(NOW.timestamp()) + 90}, NOW, Code.CLOCK),
        ({"exp": True}, NOW, Code.MALFORMED),
        ({"iat": "now"}, NOW, Code.MALFORMED),
    ],
    ids=["over", "our clock is too slow", "not yet", "no time", "no number"],
)
def test_not_more(claims: dict[str, Any], at: datetime, code: Code) -> None:
    with pytest.raises(Rejected, match=code.value):
        _at(at, **claims)
