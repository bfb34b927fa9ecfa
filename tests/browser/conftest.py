"""Real Chromium against a live portal: signed-in pages, axe, and a quiet console."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from compliance.models import Person

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
ZONE = "Europe/Berlin"

OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """One Chromium for the session; each test opens contexts of its own."""
    # Playwright's loop lives in this thread, where Django would refuse the ORM
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium, args=list(ARGUMENTS)
        )
        yield launched
        launched.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def console() -> Iterator[list[str]]:
    """What the pages complained of; a test that leaves anything here fails."""
    complaints: list[str] = []
    yield complaints
    assert complaints == []


@pytest.fixture
def open_page(
    browser: Browser, live_server: LiveServer, console: list[str]
) -> Iterator[OpenPage]:
    """`open_page("/calls/", person=cast.reviewer, width=360, scheme="dark")`."""
    contexts: list[BrowserContext] = []

    def opened(
        path: str,
        *,
        person: Person | None = None,
        width: int = 1280,
        scheme: Any = "light",
        scripts: bool = True,
    ) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            timezone_id=ZONE,
            java_script_enabled=scripts,
        )
        contexts.append(context)
        if person:
            context.add_cookies([_session(person, live_server.url)])
        page = context.new_page()
        page.on("pageerror", lambda error: console.append(str(error)))
        page.on("console", lambda message: _note(console, message))
        page.goto(path)
        page.wait_for_load_state("networkidle")
        return page

    yield opened
    for context in contexts:
        context.close()


def _session(person: Person, url: str) -> Any:
    client = Client()
    client.force_login(person)
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": url}


def _note(console: list[str], message: Any) -> None:
    """Keep errors and warnings; a refused answer is the test's own business."""
    if message.type not in {"error", "warning"}:
        return
    if not re.search(r"Failed to load resource.*(403|404)", message.text):
        console.append(message.text)


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], list[str]]:
    """`axe(page)`: what is wrong for people who see, hear or point less; [] is well."""
    script = Path(settings.BASE_DIR, "node_modules/axe-core/axe.min.js").read_text()

    def wrong(page: Page) -> list[str]:
        page.evaluate(script)
        found = page.evaluate("tags => axe.run({runOnly: tags})", list(WCAG))
        return [
            f"{rule['id']}: {node['html'][:160]}"
            for rule in found["violations"]
            for node in rule["nodes"]
        ]

    return wrong
