"""The question to the identity provider, and which question an answer belongs to."""

import hmac
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import get_random_string
from mozilla_django_oidc.utils import (
    absolutify,
    add_state_and_verifier_and_nonce_to_session,
    generate_code_challenge,
)

from compliance.access.sso import provider
from compliance.access.sso.rejections import Code, Rejected

STATE_LENGTH = 32
VERIFIER_LENGTH = 64
ANSWER_SECONDS = 15 * 60
_STATES = "oidc_states"


@dataclass(frozen=True)
class Asked:
    """What was asked, kept in the session under its `state` until it is answered."""

    nonce: str
    code_verifier: str
    back: str
    silently: bool
    anew_since: float = 0.0
    """Not 0: he was to show anew who he is, after this (seconds since 1970)."""


def url(
    request: HttpRequest,
    *,
    back: str,
    silently: bool = False,
    anew: bool = False,
    who: str = "",
) -> str:
    """Where to send the browser so that the provider says who sits before it.

    back: a path of ours to return to. silently: only if nobody has to type anything.
    anew: even if he is signed in there. who: the address the provider knows him by,
    where a browser has several accounts. Raises Rejected.
    """
    ours, nonce = provider.client(), get_random_string(STATE_LENGTH)
    state, verifier = (
        get_random_string(STATE_LENGTH),
        get_random_string(VERIFIER_LENGTH),
    )
    asked = {
        "response_type": "code",
        "client_id": ours.client_id,
        "redirect_uri": absolutify(request, reverse("sso-callback")),
        "scope": ours.scopes,
        "state": state,
        "nonce": nonce,
        "code_challenge": generate_code_challenge(verifier, "S256"),
        "code_challenge_method": "S256",
    }
    if ours.max_age:
        asked["max_age"] = str(ours.max_age)
    if silently:
        asked["prompt"] = "none"
    if anew:
        asked |= {"prompt": "login", "max_age": "0"}
    if who:
        asked["login_hint"] = who
    leads_to = provider.endpoints().authorization
    add_state_and_verifier_and_nonce_to_session(request, state, asked, verifier)
    # each tab returns to its own page, so the page belongs to the question
    request.session[_STATES][state] |= {
        "back": back,
        "silently": silently,
        "anew_since": time.time() if anew else 0.0,
    }
    request.session.modified = True
    return f"{leads_to}{'&' if '?' in leads_to else '?'}{urlencode(asked)}"


def answered(request: HttpRequest) -> Asked:
    """The question that this answer is to; it is forgotten, so no answer works twice.

    Raises Rejected for an answer to nothing we asked from this browser, or from
    somebody else than the provider (RFC 9207).
    """
    states: dict[str, dict[str, Any]] = request.session.get(_STATES) or {}
    entry = states.pop(request.GET.get("state", ""), None)
    if entry is None:
        raise Rejected(Code.STATE)
    # the exchange is slow: what other tabs write meanwhile must not be lost
    request.session.modified = True
    request.session.save()
    if time.time() - entry["added_on"] > ANSWER_SECONDS:
        raise Rejected(Code.STATE)
    _check_issuer(request)
    return Asked(
        nonce=entry["nonce"],
        code_verifier=entry["code_verifier"],
        back=entry["back"],
        silently=entry["silently"],
        anew_since=entry["anew_since"],
    )


def _check_issuer(request: HttpRequest) -> None:
    named = request.GET.get("iss")
    if named is None and not provider.endpoints().names_itself:
        return
    if not hmac.compare_digest(
        (named or "").encode(), provider.client().issuer.encode()
    ):
        raise Rejected(Code.ISSUER)


def sign_out_url(request: HttpRequest, *, id_token: str) -> str:
    """Where the provider ends its own session too; '' where it offers no such place."""
    try:
        leads_to = provider.endpoints().end_session
    except Rejected:
        return ""
    if not leads_to or not id_token:
        return ""
    asked = {
        "id_token_hint": id_token,
        "client_id": provider.client().client_id,
        "post_logout_redirect_uri": absolutify(request, reverse("login")),
    }
    return f"{leads_to}{'&' if '?' in leads_to else '?'}{urlencode(asked)}"
