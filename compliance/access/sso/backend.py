"""The exchange of a code for a person: mozilla-django-oidc's, with our checks in it."""

from datetime import datetime
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest
from django.utils import timezone
from mozilla_django_oidc.auth import OIDCAuthenticationBackend

from compliance.access.backend import ActivePeople
from compliance.access.sso import arrivals, claims, provider, tokens
from compliance.access.sso.provider import OK
from compliance.access.sso.rejections import Code, Rejected
from compliance.models import Person

PATH = f"{__name__}.ProviderBackend"
UNAUTHORIZED = 401


class ProviderBackend(ActivePeople, OIDCAuthenticationBackend):  # type: ignore[misc]
    """Who has an account at the identity provider and may enter here.

    After `authenticate`, `id_token`, `refresh_token` and `told` are what it said.
    """

    id_token = ""
    refresh_token = ""
    told: dict[str, Any]

    def __init__(self) -> None:
        # not the library's: Django makes one on each request, and it would go and
        # look for the endpoints
        if provider.is_on():
            self.OIDC_RP_CLIENT_ID = provider.client().client_id
            self.OIDC_RP_CLIENT_SECRET = provider.client().client_secret

    @staticmethod
    def get_settings(attr: str, *default: Any) -> Any:
        """What the library asks of settings: one name is ours, the rest its defaults."""
        return {"OIDC_AUTHENTICATION_CALLBACK_URL": "sso-callback"}.get(attr, *default)

    def authenticate(  # type: ignore[override]
        self, request: HttpRequest | None, *, nonce: str, code_verifier: str
    ) -> Person | None:
        """The person of the code in this request. Raises Rejected.

        Both arguments are required: the password's form never ends up here.
        """
        person: Person | None = super().authenticate(
            request, nonce=nonce, code_verifier=code_verifier
        )
        return person

    def get_user(self, user_id: Any) -> Any:
        """The person of a session, while he is active."""
        return ModelBackend.get_user(self, user_id)

    def get_token(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Exchange the code, in the way the provider takes the client's secret."""
        auth = None
        endpoints = provider.endpoints()
        if endpoints.takes_basic:
            auth = (payload["client_id"], payload.pop("client_secret"))
        answer = provider.ask("POST", endpoints.token, data=payload, auth=auth)
        if answer.status != OK:
            odd_client = answer.told.get("error") in {
                "invalid_client",
                "unauthorized_client",
            }
            wrong = answer.status == UNAUTHORIZED or odd_client
            raise Rejected(Code.CLIENT if wrong else Code.REUSED)
        for name in ("id_token", "access_token"):
            if not isinstance(answer.told.get(name), str):
                raise Rejected(Code.MALFORMED)
        self.access_token = answer.told["access_token"]
        self.refresh_token = str(answer.told.get("refresh_token") or "")
        return answer.told

    def refreshed(
        self, refresh_token: str, *, subject: str, now: datetime
    ) -> dict[str, Any]:
        """What it says of the same person by now (Core 12). Raises Rejected.

        Afterwards `refresh_token` is the next one, or '' where this one stays.
        """
        ours = provider.client()
        payload = {
            "grant_type": "refresh_token",
            "refresh_token": refresh_token,
            "client_id": ours.client_id,
            "client_secret": ours.client_secret,
        }
        id_token = self.get_token(payload)["id_token"]
        told = tokens.check_refreshed(
            id_token, subject=subject, access_token=self.access_token, now=now
        )
        return {**self.get_userinfo(self.access_token, id_token, told), **told}

    def verify_token(self, token: str, **kwargs: Any) -> dict[str, Any]:
        """The claims of the ID token, all of it checked. Raises Rejected."""
        return tokens.check_identity(
            token,
            nonce=kwargs["nonce"],
            access_token=self.access_token,
            now=timezone.now(),
        )

    def store_tokens(self, access_token: str, id_token: str) -> None:
        """Keep the ID token for the sign-out; the access token has done its work."""
        self.id_token = id_token

    def get_or_create_user(
        self, access_token: str, id_token: str, payload: dict[str, Any]
    ) -> Person:
        """The person, whose roles follow his groups. Raises Rejected."""
        self.told = payload
        more = self.get_userinfo(access_token, id_token, payload)
        identity = claims.identity({**more, **payload})
        return arrivals.admit(identity, now=timezone.now())

    def get_userinfo(
        self, access_token: str, id_token: str, payload: dict[str, Any]
    ) -> dict[str, Any]:
        """What the ID token left out, about the same person (Core 5.3.2)."""
        claims.groups(payload)
        endpoint = provider.endpoints().userinfo
        if not endpoint or claims.is_whole(payload):
            return {}
        bearer = {"Authorization": f"Bearer {access_token}"}
        answer = provider.ask("GET", endpoint, headers=bearer)
        if answer.status != OK:
            raise Rejected(Code.UNREACHABLE)
        if answer.told.get("sub") != payload["sub"]:
            raise Rejected(Code.SUBJECT)
        return answer.told
