"""Pages of a live portal in a real Chromium, with somebody signed in."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, Page
from pytest_django.live_server_helper import LiveServer

from compliance.models import Person
from tests.proving import prove

OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(
    live_server: LiveServer, open_context: Callable[..., BrowserContext]
) -> OpenPage:
    """`open_page("/calls/", person=cast.reviewer, width=360, scheme="dark")`."""

    def opened(path: str, *, person: Person | None = None, **options: Any) -> Page:
        context = open_context(base_url=live_server.url, **options)
        if person:
            context.add_cookies([_session(person, live_server.url)])
        page = context.new_page()
        page.goto(path)
        page.wait_for_load_state("networkidle")
        return page

    return opened


def _session(person: Person, url: str) -> Any:
    client = Client()
    client.force_login(person)
    prove(client)
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": url}
