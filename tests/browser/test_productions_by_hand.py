"""Productions in a real browser: readable for all, and usable by keyboard alone."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings

from compliance.access.roles import Role
from recordings.models import Production, Recording
from tests.browser.conftest import OpenPage
from tests.cast import Cast
from tests.factories.productions import agreed, asked, small, worked
from tests.factories.second_person import second

Axe = Callable[[Page], list[str]]


@pytest.fixture
def production(cast: Cast, settings: Settings, tmp_path: Path) -> Production:
    """One that is made, with something missing; another waits for a second person."""
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path / "media"}
    other, now = second(Role.OFFICER), timezone.now()
    asked(cast, small(cast), now=now)
    made = asked(
        cast,
        small(cast, 1),
        small(cast, 2),
        small(cast, 3, state=Recording.State.LOST),
        now=now,
    )
    agreed(made, other, now=now)
    worked(now=now)
    return made


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
def test_productions_are_clean_and_taken_by_keyboard(
    cast: Cast,
    open_page: OpenPage,
    axe: Axe,
    production: Production,
    width: int,
    scheme: str,
) -> None:
    page = open_page("/productions/", person=cast.officer, width=width, scheme=scheme)
    for path in ("/productions/", "/productions/new", f"/productions/{production.pk}/"):
        page.goto(path, wait_until="networkidle")
        assert (path, axe(page)) == (path, [])
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    link = page.get_by_role("link", name="Download production-").first
    link.focus()
    with page.expect_download() as taken:
        page.keyboard.press("Enter")
    assert taken.value.suggested_filename.endswith("-001.zip")
    page.reload()
    expect(page.get_by_role("row", name="-001.zip")).to_contain_text("1×")  # noqa: RUF001
