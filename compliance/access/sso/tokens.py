"""Whether a token of the identity provider may be believed.

mozilla-django-oidc checks the signature and the nonce; everything else that OpenID
Connect Core 3.1.3.7 asks for is asked for here.
"""

import hmac
from datetime import datetime, timedelta
from typing import Any

import jwt

from compliance.access.sso import provider
from compliance.access.sso.provider import Client
from compliance.access.sso.rejections import Code, Rejected

Claims = dict[str, Any]

LEEWAY = timedelta(seconds=60)
OLDEST = timedelta(minutes=15)
"""A token is made when we ask for it; Entra ID dates it back five minutes."""
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"

_CODES: tuple[tuple[type[Exception], Code], ...] = (
    (jwt.InvalidSignatureError, Code.SIGNATURE),
    (jwt.InvalidAudienceError, Code.AUDIENCE),
    (jwt.InvalidIssuerError, Code.ISSUER),
    (jwt.InvalidAlgorithmError, Code.ALGORITHM),
)


def check_identity(
    token: str, *, nonce: str, access_token: str, now: datetime
) -> Claims:
    """The claims of an ID token. Raises Rejected.

    nonce: the one of our own question. access_token: what came beside the token.
    """
    claims = _decoded(token, now)
    ours = provider.client()
    given = claims.get("nonce")
    if not isinstance(given, str) or not hmac.compare_digest(given, nonce):
        raise Rejected(Code.NONCE)
    if not claims.get("sub"):
        raise Rejected(Code.SUBJECT)
    _check_presenter(claims, ours)
    _check_login_time(claims, ours, now)
    _check_access_token(claims, token, access_token)
    return claims


def check_refreshed(
    token: str, *, subject: str, access_token: str, now: datetime
) -> Claims:
    """The claims of an ID token that came for a refresh token. Raises Rejected.

    It speaks of the same person (Core 12.2); when he signed in was checked then.
    """
    claims = _decoded(token, now)
    if claims.get("sub") != subject:
        raise Rejected(Code.SUBJECT)
    _check_presenter(claims, provider.client())
    _check_access_token(claims, token, access_token)
    return claims


def check_shown_since(claims: Claims, *, since: float) -> None:
    """The person showed who he is after `since` (seconds since 1970). Raises Rejected.

    A provider that was asked with `max_age` says so in `auth_time` (Core 2).
    """
    if _time(claims, "auth_time") < since - LEEWAY.total_seconds():
        raise Rejected(Code.STALE)


def check_logout(token: str, *, now: datetime) -> Claims:
    """The claims of a logout token (Back-Channel Logout 1.0, 2.6). Raises Rejected."""
    claims = _decoded(token, now)
    events = claims.get("events")
    if (
        "nonce" in claims
        or not isinstance(events, dict)
        or not isinstance(events.get(LOGOUT_EVENT), dict)
        or not isinstance(claims.get("jti"), str)
        or not (claims.get("sub") or claims.get("sid"))
    ):
        raise Rejected(Code.MALFORMED)
    return claims


def _decoded(token: str, now: datetime) -> Claims:
    """Signed by the provider, with the one algorithm, for us, and now."""
    ours = provider.client()
    try:
        header = jwt.get_unverified_header(token)
        if header.get("alg") != ours.algorithm:
            raise Rejected(Code.ALGORITHM)
        key = provider.signing_key(header.get("kid"))
        claims: Claims = jwt.decode(
            token,
            jwt.PyJWK(key, algorithm=ours.algorithm),
            algorithms=[ours.algorithm],
            audience=ours.client_id,
            issuer=ours.issuer,
            # times are ours to check: by `now`
            options={
                "require": ["iss", "aud", "exp", "iat"],
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
    except jwt.PyJWTError as error:
        raise Rejected(_code(error)) from error
    _check_times(claims, now)
    return claims


def _code(error: jwt.PyJWTError) -> Code:
    for kind, code in _CODES:
        if isinstance(error, kind):
            return code
    return Code.MALFORMED


def _check_times(claims: Claims, now: datetime) -> None:
    at, leeway = now.timestamp(), LEEWAY.total_seconds()
    if _time(claims, "exp") <= at - leeway:
        raise Rejected(Code.EXPIRED)
    issued = _time(claims, "iat")
    if max(issued, _time(claims, "nbf", issued)) > at + leeway:
        raise Rejected(Code.CLOCK)
    if issued < at - OLDEST.total_seconds():
        raise Rejected(Code.EXPIRED)


def _check_presenter(claims: Claims, ours: Client) -> None:
    """`azp` names us, and must where the token is for others too."""
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    presenter = claims.get("azp")
    if presenter is None and not several:
        return
    if presenter != ours.client_id:
        raise Rejected(Code.AUDIENCE)


def _check_login_time(claims: Claims, ours: Client, now: datetime) -> None:
    """`auth_time`: when the person last showed who he is."""
    if "auth_time" not in claims and not ours.max_age:
        return
    at, leeway = now.timestamp(), LEEWAY.total_seconds()
    logged_in = _time(claims, "auth_time")
    if logged_in > at + leeway:
        raise Rejected(Code.CLOCK)
    if ours.max_age and logged_in < at - ours.max_age - leeway:
        raise Rejected(Code.STALE)


def _check_access_token(claims: Claims, token: str, access_token: str) -> None:
    """`at_hash` binds the access token to this ID token, where there is one."""
    if "at_hash" not in claims:
        return
    algorithm = jwt.get_algorithm_by_name(jwt.get_unverified_header(token)["alg"])
    digest = algorithm.compute_hash_digest(access_token.encode())
    half = jwt.utils.base64url_encode(digest[: len(digest) // 2]).decode()
    if not hmac.compare_digest(half, str(claims["at_hash"])):
        raise Rejected(Code.MALFORMED)


def _time(claims: Claims, name: str, default: float | None = None) -> float:
    """Seconds since 1970; anything else is no time."""
    value = claims.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Rejected(Code.MALFORMED)
    return float(value)
