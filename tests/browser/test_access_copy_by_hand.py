"""The copy for a person in a real browser: readable for all, and usable by keyboard."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings

from compliance.models import SubjectRequest
from recordings.copies import making
from recordings.models import AccessCopy, Recording
from tests.browser.conftest import OpenPage
from tests.cast import Cast
from tests.factories.copies import access
from tests.factories.hearable import hearable_call, part_of

Axe = Callable[[Page], list[str]]


@pytest.fixture
def part(cast: Cast, settings: Settings, tmp_path: Path) -> Recording:
    """A recording in which everybody is on both channels."""
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path / "media"}
    return part_of(hearable_call(cast.claims), sides=Recording.Sides.TOGETHER)


@pytest.fixture
def asked_for(cast: Cast, part: Recording) -> SubjectRequest:
    return access(cast, now=timezone.now())


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
def test_others_are_marked_and_the_copy_is_made_by_keyboard(
    cast: Cast,
    open_page: OpenPage,
    axe: Axe,
    console: list[str],
    asked_for: SubjectRequest,
    width: int,
    scheme: str,
) -> None:
    copy = f"/requests/{asked_for.pk}/copy/"
    page = open_page(copy, person=cast.officer, width=width, scheme=scheme)

    def is_clean() -> None:
        assert (page.url, axe(page)) == (page.url, [])
        console.clear()  # axe itself copies the waveform's style, which CSP refuses it
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    is_clean()
    page.get_by_role("link", name="Listen and mark").press("Enter")
    expect(page.get_by_role("heading", name="Where others are heard")).to_be_visible()
    page.wait_for_load_state("networkidle")
    is_clean()
    page.get_by_label("From, row 1", exact=True).focus()
    page.keyboard.type("0:01")
    page.keyboard.press("Tab")
    page.keyboard.type("0:02.5")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 of 1 recordings could leave now.")).to_be_visible()
    page.wait_for_load_state()
    page.get_by_role("button", name="Make the copy").press("Enter")
    expect(page.get_by_text("0 of 1 recordings looked at")).to_be_visible()
    making.make(copy_id=AccessCopy.objects.get().pk, now=timezone.now())
    shown = page.get_by_role("button", name="Show the passphrase once")
    expect(shown).to_be_visible()  # the page asked again by itself
    is_clean()
    shown.press("Enter")
    expect(page.get_by_role("heading", name="shown this once")).to_be_visible()
    is_clean()
    page.goto(f"/requests/{asked_for.pk}/", wait_until="networkidle")
    expect(page.get_by_text("The passphrase has not been given out.")).to_be_hidden()
    expect(page.get_by_text("1 of 1 recordings are in it")).to_be_visible()
    is_clean()
