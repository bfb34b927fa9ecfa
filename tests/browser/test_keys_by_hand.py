"""A key made, copied, replaced and revoked by an administrator in a real browser."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from compliance import service_token
from compliance.models import ServiceKey
from tests.browser.conftest import OpenPage
from tests.cast import Cast

Axe = Callable[[Page], list[str]]


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
@pytest.mark.usefixtures("transactional_db", "clean_cache")
def test_from_making_to_revoking(
    cast: Cast, open_page: OpenPage, axe: Axe, width: int, scheme: str
) -> None:
    def is_clean() -> None:
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    page = open_page("/keys/", person=cast.administrator, width=width, scheme=scheme)
    is_clean()
    page.get_by_role("link", name="Make a key for Voice agent").click()
    is_clean()
    page.get_by_label("What it is called").fill("Frankfurt")
    page.get_by_label("see calls and their facts").check()
    page.get_by_label("Only from these networks").fill("127.0.0.0/8")
    page.get_by_role("button", name="Make the key").click()
    token = page.get_by_label("Frankfurt, for Voice agent")
    expect(token).to_be_focused()
    expect(token).to_have_value(re.compile(f"^{service_token.PATTERN}$"))
    is_clean()

    page.get_by_role("link", name="I have copied it").click()
    page.get_by_role("button", name="Replace Frankfurt").click()
    page.get_by_role("link", name="I have copied it").click()
    is_clean()
    expect(page.get_by_role("button", name="Replace Frankfurt")).to_have_count(1)
    page.get_by_role("button", name="Revoke Frankfurt").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("is revoked.")).to_be_visible()
    is_clean()
    assert ServiceKey.objects.filter(revoked=True).count() == 1


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark")])
@pytest.mark.usefixtures("transactional_db", "clean_cache")
def test_a_key_of_the_directory(
    cast: Cast, open_page: OpenPage, axe: Axe, width: int, scheme: str
) -> None:
    def is_clean() -> None:
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    page = open_page("/keys/", person=cast.administrator, width=width, scheme=scheme)
    page.get_by_role("link", name="Make a key for the directory").click()
    is_clean()
    page.get_by_label("What it is called").fill("Entra ID")
    page.get_by_role("button", name="Make the key").click()
    token = page.get_by_label("Entra ID, for Directory (SCIM)")
    expect(token).to_be_focused()
    expect(token).to_have_value(re.compile("^earwitness_scim_"))
    expect(page.get_by_text("/scim/v2", exact=False)).to_be_visible()
    is_clean()
    page.get_by_role("link", name="I have copied it").click()
    expect(page.get_by_role("button", name="Replace Entra ID")).to_be_visible()
    is_clean()
