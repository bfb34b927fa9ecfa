"""The organisation's directory: a client of SCIM with a token of its own."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from compliance.access.directory import tokens
from compliance.models import DirectoryAccount
from tests.cast import Cast

ISSUER = "https://id.example.org"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
MEDIA_TYPE = "application/scim+json"


class Directory:
    """Tells people and groups; `token` may be changed to come as somebody else."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.client = Client(raise_request_exception=False)

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """One request; body is sent as it is when it is text."""
        sent = body if isinstance(body, str | bytes) else json.dumps(body)
        return self.client.generic(
            method,
            path if path.startswith("/") else f"/scim/v2/{path}",
            "" if body is None else sent,
            content_type=more.pop("content_type", MEDIA_TYPE),
            headers={"Authorization": f"Bearer {self.token}"} if self.token else {},
            **more,
        )

    def get(self, path: str, **query: Any) -> Any:
        return self.ask("GET", path, QUERY_STRING=_encoded(query))

    def post(self, path: str, body: Any) -> Any:
        return self.ask("POST", path, body)

    def put(self, path: str, body: Any) -> Any:
        return self.ask("PUT", path, body)

    def patch(self, path: str, *operations: Any) -> Any:
        return self.ask(
            "PATCH", path, {"schemas": [PATCH], "Operations": list(operations)}
        )

    def delete(self, path: str) -> Any:
        return self.ask("DELETE", path)

    def tells(self, name: str, **more: Any) -> DirectoryAccount:
        """Somebody new: `tells("rosa")` is rosa@example.com with the id `id-rosa`."""
        answer = self.post("Users", somebody(name, **more))
        assert answer.status_code == 201, answer.content
        return DirectoryAccount.objects.get(pk=answer.json()["id"])


def somebody(name: str, **more: Any) -> dict[str, Any]:
    """What every directory says of a person."""
    return {
        "schemas": [USER],
        "externalId": f"id-{name}",
        "userName": f"{name}@example.com",
        "displayName": name.title(),
        "emails": [{"value": f"{name}@example.com", "type": "work", "primary": True}],
        "active": True,
        **more,
    }


def _encoded(query: dict[str, Any]) -> str:
    from urllib.parse import urlencode

    return urlencode(query)


@pytest.fixture
def provider_of_tests(settings: Any) -> None:
    """An identity provider that is only named: nobody asks it."""
    settings.OIDC = {"issuer": ISSUER, "client_id": "portal", "client_secret": "s"}


@pytest.fixture
def directory(cast: Cast, provider_of_tests: None, clean_cache: None) -> Directory:
    """With a token that the administrator made."""
    now = timezone.now()
    _key, token = tokens.make(
        name="Entra ID",
        by=cast.administrator,
        now=now,
        until=now + timedelta(days=90),
    )
    return Directory(token)
