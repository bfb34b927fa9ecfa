"""SURFACES: each part of the portal can be served by a process of its own."""

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.urls import clear_url_caches
from pytest_django.fixtures import Settings

from compliance.models import Person
from portal import urls
from recordings.livekit.simulator import sign
from recordings.models import LiveKitEvent
from tests.cast import Cast
from tests.telling import room_started

pytestmark = pytest.mark.django_db
SECRET = "a secret of at least thirty-two letters"
DOORS = {
    "web": "/login",
    "api": "/api/schema/",
    "webhook": "/webhooks/livekit",
    "metrics": "/metrics",
    "scim": "/scim/v2/Users",
    "admin": "/admin/",
}
Serve = Callable[..., Client]


@pytest.fixture
def serve(settings: Settings) -> Iterator[Serve]:
    """`serve("api")`: a browser at a process that serves only this."""
    usual = settings.SURFACES
    settings.METRICS_TOKEN = SECRET

    def reload(surfaces: list[str]) -> None:
        settings.SURFACES = surfaces
        importlib.reload(urls)
        clear_url_caches()

    def only(*surfaces: str) -> Client:
        reload(list(surfaces))
        return Client()

    yield only
    reload(usual)


@pytest.mark.parametrize("alone", ["web", "api", "webhook", "metrics", "scim"])
def test_it_opens_its_own_door_and_no_other(serve: Serve, alone: str) -> None:
    browser = serve(alone)

    assert browser.get(DOORS[alone]).status_code not in {404, 500}
    others = {path for surface, path in DOORS.items() if surface != alone}
    assert {browser.get(path).status_code for path in others} == {404}


@pytest.mark.parametrize("alone", ["web", "api", "webhook", "metrics", "scim"])
def test_a_process_always_says_that_it_lives(serve: Serve, alone: str) -> None:
    browser = serve(alone)

    assert browser.get("/healthz").status_code == 200
    assert browser.get("/readyz").status_code in {200, 503}


@pytest.mark.parametrize("alone", ["api", "webhook", "metrics", "scim"])
def test_without_pages_a_wrong_address_is_told_to_programs(
    serve: Serve, cast: Cast, alone: str
) -> None:
    browser = serve(alone)
    browser.force_login(cast.reviewer)  # the cookie of a page beside it
    answer = browser.get("/nowhere")

    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"


def test_webhooks_alone_are_stored(serve: Serve, settings: Settings) -> None:
    settings.LIVEKIT_API_KEYS = {"key": SECRET}
    body = json.dumps(room_started()).encode()

    answer = serve("webhook").post(
        "/webhooks/livekit",
        body,
        content_type="application/webhook+json",
        headers={"Authorization": sign(body, key="key", secret=SECRET)},
    )

    assert answer.status_code == 200
    assert LiveKitEvent.objects.exists()


def test_the_api_alone_answers_and_describes_itself(serve: Serve, cast: Cast) -> None:
    browser = serve("api")
    browser.force_login(cast.reviewer)

    assert browser.get("/api/v1/calls").json()["results"] == []
    assert b"/api/v1/calls" in browser.get("/api/schema/").content
    assert browser.get("/api/v1/calls/nobody").status_code == 404


PAGES = ["/", "/calls/", "/alerts/", "/audit/", "/consent/", "/preferences", "/access"]


@pytest.mark.parametrize("path", PAGES)
def test_pages_alone_lead_to_no_door_that_is_not_there(
    serve: Serve, cast: Cast, path: str
) -> None:
    for person in (cast.administrator, cast.officer, cast.auditor, cast.reviewer):
        browser = serve("web")
        browser.force_login(person)
        answer = browser.get(path)

        assert answer.status_code in {200, 403}
        assert b'"/admin/' not in answer.content


def test_who_is_not_signed_in_is_sent_to_the_door(serve: Serve) -> None:
    assert serve("web").get("/calls/").headers["Location"] == "/login?next=/calls/"


@pytest.mark.parametrize(
    ("surfaces", "told"),
    [("web,wep", "SURFACES wants some of web, api"), ("admin", "SURFACES: admin")],
)
def test_surfaces_that_cannot_be_served_stop_the_start(
    surfaces: str, told: str
) -> None:
    start = subprocess.run(
        [sys.executable, "-c", "import portal.wsgi"],
        env=os.environ | {"SURFACES": surfaces, "EARWITNESS_DEBUG": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert start.returncode != 0
    assert told in start.stderr


def test_no_address_ties_an_account_to_its_login() -> None:
    start = subprocess.run(
        [sys.executable, "-c", "import portal.wsgi"],
        env=os.environ | {"EARWITNESS_SCIM_SUBJECT": "emails", "EARWITNESS_DEBUG": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert "EARWITNESS_SCIM_SUBJECT wants externalId or userName" in start.stderr


def test_the_admin_site_beside_the_pages(
    serve: Serve, cast: Cast, sign_in: Callable[[Person], Client]
) -> None:
    browser = serve("web", "admin")
    browser.force_login(cast.administrator)

    assert browser.get("/admin/").status_code == 200
