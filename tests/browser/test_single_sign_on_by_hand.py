"""Signing in through a real identity provider, in a real browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from compliance.access import grants, groups
from compliance.access.roles import Role
from compliance.access.session_store import SessionStore
from compliance.access.sso.sessions import CHECK_EVERY, CHECKED_AT
from compliance.models import PersonSession
from tests.browser.conftest import OpenPage
from tests.cast import SINCE, Cast
from tests.identity_provider import PASSWORD, IdentityProvider

Axe = Callable[[Page], list[str]]


@pytest.fixture
def nina(
    cast: Cast, identity_provider: IdentityProvider, live_server: LiveServer
) -> str:
    """A reviewer of claims by her group; her login at the provider."""
    group = groups.make(name="QA", external_id="reviewers", by=None)
    grants.grant(group=group, role=Role.REVIEWER, team=cast.claims, by=None, now=SINCE)
    identity_provider.employ("nina", groups=["reviewers"])
    identity_provider.control(portal=live_server.url)
    return "nina"


def _type_there(page: Page, login: str) -> None:
    page.get_by_label("User").fill(login)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def _pass_the_check() -> None:
    """Every session was checked long ago."""
    for row in PersonSession.objects.exclude(provider_sub=""):
        data = row.get_decoded()
        data[CHECKED_AT] -= CHECK_EVERY.total_seconds()
        row.session_data = SessionStore().encode(data)
        row.save()


def test_in_and_out(open_page: OpenPage, nina: str, axe: Axe) -> None:
    page = open_page("/login?next=/access")
    assert axe(page) == []
    page.get_by_role("link", name="Sign in with Example ID").click()
    _type_there(page, nina)

    expect(page.get_by_role("heading", level=1)).to_have_text(
        "What may I hear, and why?"
    )
    page.get_by_text("Menu of Nina").locator("xpath=..").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Yes").click()
    expect(page.get_by_role("link", name="Sign in with Example ID")).to_be_visible()


def test_the_provider_itself_ends_the_session(
    open_page: OpenPage, nina: str, identity_provider: IdentityProvider
) -> None:
    """It calls the portal: nothing is asked of the browser before the next page."""
    page = open_page("/login?next=/access")
    page.get_by_role("link", name="Sign in with Example ID").click()
    _type_there(page, nina)
    page.wait_for_url("**/access")
    there = page.context.new_page()
    there.goto(f"{identity_provider.issuer}/session/end")
    there.get_by_role("button", name="Yes").click()
    expect(there.get_by_role("heading", level=1)).to_have_text("Signed out")

    assert not PersonSession.objects.exclude(provider_sub="").exists()
    page.goto("/access")
    expect(page.get_by_role("link", name="Sign in with Example ID")).to_be_visible()


def test_a_check_loses_nothing_that_was_typed(
    open_page: OpenPage, nina: str, axe: Axe, console: list[str]
) -> None:
    page = open_page("/login?next=/preferences")
    page.get_by_role("link", name="Sign in with Example ID").click()
    _type_there(page, nina)
    page.locator("select[name=theme]").select_option("dark")
    _pass_the_check()
    page.evaluate("htmx.ajax('GET', '/access', '#live')")
    page.get_by_role("link", name="Confirm in a new tab").wait_for()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Confirm in a new tab").click()
    assert all("401" in said for said in console)  # htmx complains of it, too
    console.clear()
    tab = opened.value

    expect(tab.get_by_role("heading", level=1)).to_have_text("You are still signed in")
    assert axe(tab) == []
    assert page.locator("select[name=theme]").input_value() == "dark"


def test_who_does_not_come_in_is_told_why(
    open_page: OpenPage, nina: str, identity_provider: IdentityProvider, axe: Axe
) -> None:
    identity_provider.employ(nina, groups=[])
    page = open_page("/login", width=360, scheme="dark")
    assert axe(page) == []
    page.get_by_role("link", name="Sign in with Example ID").click()
    _type_there(page, nina)

    expect(page.get_by_role("heading", level=1)).to_have_text(
        "You cannot sign in here yet"
    )
    assert axe(page) == []
