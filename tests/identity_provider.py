"""A real identity provider (npm `oidc-provider`), and somebody who signs in there."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.conf import LazySettings
from django.test import Client

from compliance.access.sso import provider as known_provider
from portal.embedded.ports import free_port
from portal.sso import BACKEND, origin
from tests.services import CI_FOLDER, require_service

PASSWORD = "a password of the provider"
ROOT = CI_FOLDER.parent


@dataclass(frozen=True)
class IdentityProvider:
    """A running provider; `control` changes it (.ci/identity_provider.mjs)."""

    issuer: str

    def control(self, **changed: Any) -> None:
        """Change what it does from now on."""
        answer = requests.post(f"{self.issuer}/control", json=changed, timeout=10)
        assert answer.status_code == 200, answer.text

    def employ(self, login: str, **claims: Any) -> None:
        """Have one person, of whom it says this; everybody else is gone."""
        told = {"name": login.title(), "email": f"{login}@provider.test", **claims}
        self.control(people={login: {"password": PASSWORD, "claims": told}})

    def signed(self, claims: dict[str, Any]) -> str:
        """A token of these claims, signed with its own key."""
        return requests.post(f"{self.issuer}/sign", json=claims, timeout=10).text


class Visitor:
    """A browser: Django's client towards the portal, cookies of its own at the provider."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.there = requests.Session()

    def asks(self, path: str = "/sso/start") -> str:
        """Open a page of the portal that leads to the provider: the question's URL."""
        answer = self.client.get(path, headers={"Accept": "text/html"})
        assert answer.status_code == 302, answer.content
        return str(answer["Location"])

    def is_answered(self, question: str, login: str) -> str:
        """Sign in at the provider where it asks; the URL that leads back."""
        url = question
        for _step in range(8):
            answer = self.there.get(url, allow_redirects=False, timeout=10)
            if "/interaction/" in url and answer.status_code == 200:
                told = {"login": login, "password": PASSWORD}
                answer = self.there.post(
                    url, data=told, allow_redirects=False, timeout=10
                )
            assert answer.status_code in {302, 303}, answer.text
            url = requests.compat.urljoin(url, answer.headers["Location"])
            if "/sso/callback" in url:
                return url
        raise AssertionError(url)

    def comes_back(self, url: str) -> Any:
        """Follow the way back to the portal."""
        at = urlsplit(url)
        return self.client.get(f"{at.path}?{at.query}")

    def signs_in(self, login: str, path: str = "/sso/start") -> Any:
        """All of it; what the portal answers in the end."""
        return self.comes_back(self.is_answered(self.asks(path), login))

    @property
    def is_in(self) -> bool:
        """Whether somebody is signed in."""
        return "_auth_user_id" in self.client.session


def parameter(url: str, name: str) -> str:
    """One parameter of a URL."""
    return parse_qs(urlsplit(url).query)[name][0]


def reason(answer: Any) -> str:
    """The code on the page of a sign-in that failed."""
    found = re.search(r"runs the portal: (\w+)", answer.content.decode())
    assert found, answer.content.decode()
    return found[1]


@pytest.fixture(scope="session")
def running_provider() -> Iterator[IdentityProvider]:
    """One provider for the session of tests; use `identity_provider`."""
    node = shutil.which("node")
    found = bool(node) and Path(ROOT, "node_modules/oidc-provider").exists()
    require_service("The identity provider", "npm ci", found=found)
    port = free_port()
    process = subprocess.Popen(
        [str(node), "--no-warnings", CI_FOLDER / "identity_provider.mjs"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"PORT": str(port)},
    )
    with process:
        assert process.stdin
        assert process.stdout
        with closing(process.stdin):
            # oidc-provider prints warnings of its own first
            lines = iter(process.stdout.readline, "")
            if "ready\n" not in lines:
                pytest.fail("The identity provider did not start.", pytrace=False)
            yield IdentityProvider(f"http://127.0.0.1:{port}")


@pytest.fixture
def identity_provider(
    running_provider: IdentityProvider,
    settings: LazySettings,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[IdentityProvider]:
    """A provider that this portal trusts, without people yet."""
    running_provider.control(
        portal="http://testserver",
        people={},
        claims=None,
        seconds=3600,
        refresh=False,
    )
    settings.OIDC = {
        "issuer": running_provider.issuer,
        "client_id": "portal",
        "client_secret": "portal-secret-portal-secret-000001",
        "name": "Example ID",
    }
    policy: dict[str, Any] = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    allowed = [*policy["form-action"], *origin(settings.OIDC)]
    settings.CONTENT_SECURITY_POLICY = {
        "DIRECTIVES": {**policy, "form-action": allowed}
    }
    settings.AUTHENTICATION_BACKENDS = [*settings.AUTHENTICATION_BACKENDS, BACKEND]
    monkeypatch.setattr(known_provider, "KEYS_AT_ONCE_SECONDS", 0)
    known_provider.forget()
    yield running_provider
    known_provider.forget()


@pytest.fixture
def visitor(client: Client) -> Visitor:
    """Somebody before the portal's door."""
    return Visitor(client)


@pytest.fixture
def another_visitor() -> Callable[[], Visitor]:
    """`another_visitor()`: somebody else's browser."""
    return lambda: Visitor(Client())
