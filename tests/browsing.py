"""A real Chromium, what its console said, and axe: for browser tests and journeys."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

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

Axe = Callable[[Page], list[str]]


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """One Chromium for a module; each test opens contexts of its own.

    Not for the session: while it lives, Playwright's event loop runs in this thread,
    and product code that opens its own loop cannot be tested beside it.
    """
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
def open_context(
    browser: Browser, console: list[str]
) -> Iterator[Callable[..., BrowserContext]]:
    """`open_context(base_url=…)`: a browser of its own, closed when the test ends."""
    contexts: list[BrowserContext] = []

    def opened(
        *,
        base_url: str,
        width: int = 1280,
        scheme: Any = "light",
        scripts: bool = True,
    ) -> BrowserContext:
        context = browser.new_context(
            base_url=base_url,
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            timezone_id=ZONE,
            java_script_enabled=scripts,
        )
        contexts.append(context)
        context.on("weberror", lambda error: console.append(str(error.error)))
        context.on("console", lambda message: _note(console, message))
        return context

    yield opened
    for context in contexts:
        context.close()


def _note(console: list[str], message: Any) -> None:
    """Keep errors and warnings; a refused answer is the test's own business."""
    if message.type not in {"error", "warning"}:
        return
    if not re.search(r"Failed to load resource.*(401|403|404)", message.text):
        console.append(message.text)


@pytest.fixture(scope="session")
def axe() -> Axe:
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
