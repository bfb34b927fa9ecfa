"""The list of calls as a person works it: by key, by pointer, and without a script."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from recordings.models import Call
from tests.browser.conftest import OpenPage
from tests.cast import Cast
from tests.factories.recordings import CallFactory, PartyFactory, RecordingFactory

pytestmark = pytest.mark.usefixtures("sixty_calls")


@pytest.fixture
def sixty_calls(cast: Cast) -> None:
    """Sixty calls of this week, each tenth of them failed."""
    now = timezone.now()
    for n in range(60):
        call = CallFactory.create(
            team=cast.claims,
            started_at=now - timedelta(minutes=n),
            capture=Call.Capture.RECORDED if n % 10 else Call.Capture.FAILED,
        )
        PartyFactory.create(call=call)
        RecordingFactory.create(call=call)


def row_in_focus(page: Page) -> int:
    """Which row the focus is in, from 0; -1 for none."""
    script = "() => [...document.querySelectorAll('.row-link')].indexOf(document.activeElement)"
    return int(page.evaluate(script))


def test_j_and_k_move_and_enter_opens(cast: Cast, open_page: OpenPage) -> None:
    page = open_page("/calls/", person=cast.reviewer)
    for key in "jjjk":
        page.keyboard.press(key)
    assert row_in_focus(page) == 1
    page.keyboard.press("Enter")
    page.wait_for_url("**/calls/*-*-*-*-*/**")


def test_keys_are_letters_in_a_text_field(cast: Cast, open_page: OpenPage) -> None:
    page = open_page("/calls/", person=cast.reviewer)
    page.keyboard.press("/")
    page.keyboard.type("jk?")
    assert page.locator("#find").input_value() == "jk?"
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_keys_can_be_switched_off(cast: Cast, open_page: OpenPage) -> None:
    page = open_page("/calls/", person=cast.reviewer)
    page.keyboard.press("?")
    page.get_by_label("Shortcuts are on").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    assert row_in_focus(page) == -1


def test_a_filter_keeps_the_focus_and_stands_in_the_address(
    cast: Cast, open_page: OpenPage
) -> None:
    page = open_page("/calls/", person=cast.reviewer)
    page.locator("summary", has_text="Recording").click()
    page.get_by_role("checkbox", name="failed").check()
    expect(page.locator("#count")).to_contain_text("6 calls")
    assert "capture=failed" in page.url
    assert "label=" not in page.url
    expect(page.get_by_role("checkbox", name="failed")).to_be_focused()
    expect(page.locator("#chip-capture")).to_have_text("Recording: failed")
    page.go_back()
    expect(page.locator("#count")).to_contain_text("60 calls")


def test_pages_turn_without_a_load(cast: Cast, open_page: OpenPage) -> None:
    page = open_page("/calls/", person=cast.reviewer)
    page.evaluate("() => { window.kept = true; }")
    first = page.locator(".row-link").first.get_attribute("href")
    page.get_by_role("link", name="Older").click()
    expect(page.locator(".row-link")).to_have_count(10)
    page.get_by_role("link", name="Newer").click()
    expect(page.locator(".row-link")).to_have_count(50)
    assert page.locator(".row-link").first.get_attribute("href") == first
    assert page.evaluate("() => window.kept")


def test_a_failure_of_the_server_is_said_with_its_number(
    cast: Cast, open_page: OpenPage, console: list[str]
) -> None:
    page = open_page("/calls/", person=cast.reviewer)
    page.route(
        "**/calls/?*",
        lambda route: route.fulfill(status=500, headers={"X-Request-ID": "abc123"}),
    )
    page.locator("summary", has_text="Recording").click()
    page.get_by_role("checkbox", name="failed").check()
    expect(page.locator("#toasts")).to_contain_text("abc123")
    expect(page.locator("#live")).to_contain_text("The server could not do that.")
    console.clear()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_chosen_theme_stays(cast: Cast, open_page: OpenPage, scheme: str) -> None:
    page = open_page("/", person=cast.reviewer, scheme="light")
    page.locator(".bar summary").click()
    page.locator(".bar").get_by_role("button", name=scheme.title()).click()
    page.goto("/calls/")
    root = page.locator("html")
    assert root.get_attribute("data-bs-theme") == scheme
    assert root.evaluate("e => getComputedStyle(e).colorScheme") == scheme


def test_times_are_those_of_the_browser(cast: Cast, open_page: OpenPage) -> None:
    page = open_page("/", person=cast.reviewer)
    page.goto("/calls/")
    stamp = page.locator(".row-link time").first
    assert "CE" in (stamp.get_attribute("title") or "")
    assert "UTC" in (stamp.get_attribute("title") or "")


def test_it_works_without_scripts(cast: Cast, open_page: OpenPage) -> None:
    page = open_page("/calls/", person=cast.reviewer, scripts=False)
    page.locator("summary", has_text="Recording").click()
    page.get_by_role("checkbox", name="failed").check()
    page.locator("details[open]").get_by_role("button", name="Apply").click()
    expect(page.locator("#count")).to_contain_text("6 calls")


def test_nothing_moves_while_the_page_loads(
    cast: Cast, open_page: Callable[..., Page]
) -> None:
    page = open_page("/calls/", person=cast.reviewer)
    shift = page.evaluate(
        """() => new Promise((done) => {
            let sum = 0;
            new PerformanceObserver((list) => {
                for (const entry of list.getEntries()) sum += entry.value;
            }).observe({ type: "layout-shift", buffered: true });
            setTimeout(() => done(sum), 300);
        })"""
    )
    assert shift < 0.01
