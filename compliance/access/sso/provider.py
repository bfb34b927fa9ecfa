"""The identity provider: where it is reached, by discovery, and which keys it signs with.

What it says of itself is kept in the process for an hour, its keys for ten minutes.
Nothing of it is kept in Redis: whoever may write there could sign anybody in.
"""

import time
from dataclasses import dataclass
from typing import Any, cast

import requests
from django.conf import settings
from urllib3.exceptions import HTTPError

from compliance.access.sso.rejections import Code, Rejected

DISCOVERY_SECONDS = 3600
KEYS_SECONDS = 600
KEYS_AT_ONCE_SECONDS = 10
"""An unknown key is looked for at once, but not more often than this."""
TIMEOUT = (3.05, 6)
MOST_BYTES = 1_000_000
OK, SERVER_ERROR = 200, 500

_kept: dict[str, tuple[float, dict[str, Any]]] = {}


@dataclass(frozen=True)
class Client:
    """What the installation is told of the provider: portal/sso.py reads it."""

    issuer: str
    client_id: str
    client_secret: str
    name: str = ""
    algorithm: str = "RS256"
    scopes: str = "openid email profile"
    subject_claim: str = "sub"
    groups_claim: str = "groups"
    required: tuple[tuple[str, str], ...] = ()
    enrols: str = "mapped"
    max_age: int = 0


@dataclass(frozen=True)
class Endpoints:
    """What the provider says of itself."""

    authorization: str
    token: str
    keys: str
    userinfo: str = ""
    end_session: str = ""
    takes_basic: bool = True
    names_itself: bool = False


@dataclass(frozen=True)
class Answer:
    """What an endpoint answered: the status, and the JSON object in it."""

    status: int
    told: dict[str, Any]


def is_on() -> bool:
    """Whether this installation has an identity provider."""
    return bool(settings.OIDC)


def client() -> Client:
    """The provider as it is configured; ask `is_on` first."""
    return Client(**settings.OIDC)


def endpoints() -> Endpoints:
    """Where the provider is reached. Raises Rejected when it does not say so."""
    url = f"{client().issuer.rstrip('/')}/.well-known/openid-configuration"
    return _checked(_document(url, seconds=DISCOVERY_SECONDS))


def signing_key(key_id: str | None) -> dict[str, Any]:
    """The key of that id, as a JWK; the only one, where the token names none.

    A key not known yet is asked for at once: providers change theirs. Raises Rejected.
    """
    url = endpoints().keys
    for seconds in (KEYS_SECONDS, KEYS_AT_ONCE_SECONDS):
        fitting = _fitting(_document(url, seconds=seconds), key_id)
        if len(fitting) == 1:
            return fitting[0]
    raise Rejected(Code.KEY)


def usable_keys() -> int:
    """How many keys it shows that could sign for us. Raises Rejected."""
    return len(_fitting(_document(endpoints().keys, seconds=KEYS_SECONDS), None))


def forget() -> None:
    """Ask everything anew."""
    _kept.clear()


def ask(method: str, url: str, **options: Any) -> Answer:
    """Ask an endpoint; it has ten seconds, a megabyte, and no redirects.

    Raises Rejected when nobody answers, or nothing that can be read.
    """
    try:
        with requests.request(
            method,
            url,
            timeout=TIMEOUT,
            allow_redirects=False,
            stream=True,
            **options,
        ) as response:
            body = response.raw.read(MOST_BYTES + 1, decode_content=True)
            if response.status_code >= SERVER_ERROR or len(body) > MOST_BYTES:
                raise Rejected(Code.UNREACHABLE)
            response._content = body
            told = response.json()
    except (requests.RequestException, HTTPError, ValueError) as error:
        raise Rejected(Code.UNREACHABLE) from error
    if not isinstance(told, dict):
        raise Rejected(Code.UNREACHABLE)
    return Answer(response.status_code, told)


def _document(url: str, *, seconds: float) -> dict[str, Any]:
    asked_at, told = _kept.get(url, (0.0, {}))
    if told and time.monotonic() - asked_at < seconds:
        return told
    answer = ask("GET", url)
    if answer.status != OK:
        raise Rejected(Code.UNREACHABLE)
    _kept[url] = (time.monotonic(), answer.told)
    return answer.told


def _checked(told: dict[str, Any]) -> Endpoints:
    """The endpoints, if the document is this issuer's and offers what we insist on."""
    ours = client()
    methods = told.get("code_challenge_methods_supported", ["S256"])
    algorithms = told.get("id_token_signing_alg_values_supported", [ours.algorithm])
    wanted = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    if (
        told.get("issuer") != ours.issuer
        or "S256" not in methods
        or ours.algorithm not in algorithms
        or not all(_is_reached_safely(told.get(name)) for name in wanted)
    ):
        raise Rejected(Code.DISCOVERY)
    ways = told.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    return Endpoints(
        authorization=told["authorization_endpoint"],
        token=told["token_endpoint"],
        keys=told["jwks_uri"],
        userinfo=_safe(told.get("userinfo_endpoint")),
        end_session=_safe(told.get("end_session_endpoint")),
        takes_basic="client_secret_basic" in ways,
        names_itself=bool(told.get("authorization_response_iss_parameter_supported")),
    )


def _safe(url: object) -> str:
    return cast("str", url) if _is_reached_safely(url) else ""


def _is_reached_safely(url: object) -> bool:
    """https, unless the issuer itself is without: then all of it is a test."""
    safely = client().issuer.startswith("https://")
    schemes = ("https://",) if safely else ("https://", "http://")
    return isinstance(url, str) and url.startswith(schemes)


def _fitting(told: dict[str, Any], key_id: str | None) -> list[dict[str, Any]]:
    algorithm = client().algorithm
    kind = {"RS256": "RSA", "ES256": "EC"}[algorithm]
    return [
        key
        for key in told.get("keys", [])
        if key.get("kty") == kind
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and (key_id is None or key.get("kid") == key_id)
    ]
