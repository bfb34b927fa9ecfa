"""Before a session ends somebody is told, and what was written comes back after it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models import F
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings

from compliance.access import sessions
from compliance.models import PersonSession
from tests.browser.conftest import OpenPage
from tests.cast import PASSWORD, Cast

Axe = Callable[[Page], list[str]]
pytestmark = pytest.mark.usefixtures("transactional_db", "clean_cache")


def pass_by(**span: float) -> None:
    """Let time pass for every session that is open."""
    gone = timedelta(**span)
    PersonSession.objects.update(
        seen_at=F("seen_at") - gone,
        began_at=F("began_at") - gone,
        expire_date=F("expire_date") - gone,
    )


def look(page: Page) -> None:
    """What a tab does when somebody comes back to it."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_two_minutes_before_one_may_stay(
    cast: Cast, open_page: OpenPage, axe: Axe, scheme: str
) -> None:
    page = open_page("/", person=cast.officer, scheme=scheme, width=360)
    warning = page.get_by_role("dialog", name="You are about to be signed out")
    look(page)
    expect(warning).to_be_hidden()
    pass_by(minutes=13, seconds=10)
    look(page)
    expect(warning).to_be_visible()
    assert axe(page) == []
    page.keyboard.press("Enter")
    expect(warning).to_be_hidden()
    assert PersonSession.objects.get().seen_at > PersonSession.objects.get().began_at


def test_what_was_written_is_back_after_signing_in(
    cast: Cast, open_page: OpenPage
) -> None:
    page = open_page("/lists/notices/", person=cast.officer)
    page.locator("summary", has_text="Put a notice on file").click()
    page.locator("textarea").fill("Calls of this team are recorded.")
    sessions.end(by=cast.officer)
    look(page)
    page.wait_for_url("**/login?**")
    page.get_by_label("E-mail").fill("olga@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/lists/notices/")
    expect(page.locator("textarea")).to_have_value("Calls of this team are recorded.")
    assert page.evaluate("sessionStorage.getItem('left-off')") is None


def test_it_is_not_put_back_for_somebody_else(cast: Cast, open_page: OpenPage) -> None:
    page = open_page("/lists/notices/", person=cast.officer)
    page.locator("summary", has_text="Put a notice on file").click()
    page.locator("textarea").fill("Not for others.")
    sessions.end(by=cast.officer)
    look(page)
    page.wait_for_url("**/login?**")
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/lists/notices/")
    assert page.evaluate("sessionStorage.getItem('left-off')") is None


def test_near_the_last_moment_only_signing_in_helps(
    cast: Cast, open_page: OpenPage, settings: Settings
) -> None:
    page = open_page("/", person=cast.officer)
    settings.SESSION_COOKIE_AGE = 100
    PersonSession.objects.update(expire_date=F("began_at") + timedelta(seconds=100))
    look(page)
    warning = page.get_by_role("dialog", name="You are about to be signed out")
    expect(warning).to_be_visible()
    expect(warning.get_by_role("button", name="Stay signed in")).to_be_hidden()
    warning.get_by_role("button", name="Sign in again now").click()
    page.wait_for_url("**/login?**")
