"""Passkeys in a real browser: added, used to sign in, and to prove who one is."""

from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings

from compliance.models import AuditEntry, PersonSession, RoleGrant
from tests.browser.authenticator import Device
from tests.browser.conftest import OpenPage
from tests.cast import PASSWORD, Cast

Axe = Callable[[Page], list[str]]
pytestmark = pytest.mark.usefixtures("transactional_db", "clean_cache")


def _add(page: Page, name: str) -> None:
    page.get_by_label("Name of a new passkey").fill(name)
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("The passkey is kept.")).to_be_visible()


def _knock(page: Page, email: str) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize(
    ("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 360)]
)
def test_add_one_and_sign_in_with_it(
    cast: Cast, open_page: OpenPage, axe: Axe, scheme: str, width: int
) -> None:
    page = open_page("/security/", person=cast.officer, scheme=scheme, width=width)
    Device(page)
    assert axe(page) == []
    _add(page, "The key in the safe")
    assert axe(page) == []
    PersonSession.objects.all().delete()
    page.goto("/login?next=/access")
    _knock(page, "olga@example.org")
    expect(page.get_by_role("heading", level=1)).to_have_text("Show your second factor")
    assert axe(page) == []
    page.get_by_role("button", name="Use a passkey").click()

    page.wait_for_url("**/access")
    assert AuditEntry.objects.get(act="session.login").facts == {"method": "passkey"}


def test_rename_and_remove(cast: Cast, open_page: OpenPage) -> None:
    page = open_page("/security/", person=cast.officer)
    Device(page)
    _add(page, "Mine")
    page.get_by_label("Name", exact=True).fill("My telephone")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("My telephone")
    page.get_by_role("button", name="Remove My telephone").click()

    expect(page.get_by_text("None yet.")).to_be_visible()
    assert not Authenticator.objects.exists()


def test_a_device_that_keeps_one_already_says_so(
    cast: Cast, open_page: OpenPage
) -> None:
    page = open_page("/security/", person=cast.officer)
    Device(page)
    _add(page, "Mine")
    # the same device once more: it says that it keeps one already
    page.get_by_label("Name of a new passkey").fill("Again")
    page.get_by_role("button", name="Add a passkey").click()

    expect(page.get_by_text("The device made no passkey.")).to_be_visible()
    assert Authenticator.objects.filter(type="webauthn").count() == 1


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_prove_it_and_go_on(
    cast: Cast,
    open_page: OpenPage,
    axe: Axe,
    settings: Settings,
    scheme: str,
    width: int,
) -> None:
    page = open_page(
        "/security/", person=cast.administrator, scheme=scheme, width=width
    )
    device = Device(page)
    _add(page, "Mine")
    page.goto("/access/roles/")
    page.locator("summary", has_text="Give a role").click()
    page.get_by_label("Person or service").select_option(label=cast.stranger.name)
    page.get_by_label("Role", exact=True).select_option("reviewer")
    page.get_by_label("For the calls of").select_option(label="Claims")
    settings.STEP_UP_SECONDS = -1
    page.get_by_role("button", name="Give the role").click()
    settings.STEP_UP_SECONDS = 600
    assert axe(page) == []
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Prove it in a new tab").click()
    tab = opened.value
    device.plug_into(tab)
    assert axe(tab) == []
    tab.get_by_role("button", name="Use a passkey").click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("It is you")
    page.get_by_role("button", name="Go on with what I was doing").click()

    expect(page.get_by_text("The role is given, from now on.")).to_be_visible()
    assert RoleGrant.objects.filter(person=cast.stranger).exists()
