"""The identity provider of this installation, read strictly from the environment."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured

ALGORITHMS = ("RS256", "ES256")
ENROLS = ("mapped", "everybody", "nobody")
BACKEND = "compliance.access.sso.backend.ProviderBackend"


def read(env: Any) -> dict[str, Any]:
    """The fields of `access.sso.provider.Client`; empty where no issuer is named."""
    issuer = env.str("EARWITNESS_OIDC_ISSUER", default="")
    if not issuer:
        return {}
    told = {
        "issuer": issuer,
        "client_id": env.str("EARWITNESS_OIDC_CLIENT_ID"),
        "client_secret": env.str("EARWITNESS_OIDC_CLIENT_SECRET"),
        "name": env.str("EARWITNESS_OIDC_NAME", default=""),
        "algorithm": env.str("EARWITNESS_OIDC_ALGORITHM", default="RS256"),
        "scopes": env.str("EARWITNESS_OIDC_SCOPES", default="openid email profile"),
        "subject_claim": env.str("EARWITNESS_OIDC_SUBJECT_CLAIM", default="sub"),
        "groups_claim": env.str("EARWITNESS_OIDC_GROUPS_CLAIM", default="groups"),
        "required": _pairs(env.list("EARWITNESS_OIDC_REQUIRED_CLAIMS", default=[])),
        "enrols": env.str("EARWITNESS_OIDC_ENROLS", default="mapped"),
        "max_age": env.int("EARWITNESS_OIDC_MAX_AGE", default=0),
    }
    _check(told)
    return told


def _check(told: dict[str, Any]) -> None:
    if told["algorithm"] not in ALGORITHMS:
        raise ImproperlyConfigured("EARWITNESS_OIDC_ALGORITHM wants RS256 or ES256.")
    if told["enrols"] not in ENROLS:
        raise ImproperlyConfigured(
            "EARWITNESS_OIDC_ENROLS wants mapped, everybody or nobody."
        )
    if told["subject_claim"] == "email":
        raise ImproperlyConfigured(
            "EARWITNESS_OIDC_SUBJECT_CLAIM: an e-mail address can change hands."
        )
    if "openid" not in told["scopes"].split():
        raise ImproperlyConfigured("EARWITNESS_OIDC_SCOPES wants openid among them.")


def _pairs(entries: list[str]) -> tuple[tuple[str, str], ...]:
    pairs = tuple(tuple(entry.split("=", 1)) for entry in entries)
    if any(len(pair) != 2 for pair in pairs):
        raise ImproperlyConfigured(
            "EARWITNESS_OIDC_REQUIRED_CLAIMS wants claim=value,claim2=value2."
        )
    return tuple((name, value) for name, value in pairs)


def origin(told: dict[str, Any]) -> list[str]:
    """Where signing out leads: a form's answer may go there."""
    if not told:
        return []
    scheme, _sep, rest = told["issuer"].partition("://")
    return [f"{scheme}://{rest.partition('/')[0]}"]
