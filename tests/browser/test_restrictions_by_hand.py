"""Restricted processing: its pages are clean for all, and it is placed by keyboard."""

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings

from compliance.models import Restriction
from recordings import restricting
from recordings.models import Recording
from tests.browser.conftest import OpenPage
from tests.cast import Cast, assemble
from tests.factories.hearable import NUMBER, hearable_call, part_of
from tests.factories.requests import asked, verified

Axe = Callable[[Page], list[str]]
WIDER = "document.documentElement.scrollWidth > window.innerWidth"


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """Everybody."""
    return assemble()


@pytest.fixture
def part(cast: Cast, settings: Settings, tmp_path: object) -> Recording:
    """Of a call of just now."""
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path}
    return part_of(hearable_call(cast.claims, started_at=timezone.now()))


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
def test_pages_are_clean(
    cast: Cast,
    part: Recording,
    open_page: OpenPage,
    axe: Axe,
    width: int,
    scheme: str,
) -> None:
    request = asked(cast.officer, now=timezone.now(), numbers=(NUMBER,))
    verified(request, cast.officer, now=timezone.now())
    restricting.place(
        call=part.call,
        ground=Restriction.Ground.CLAIMS,
        why="She wants to sue us",
        by=cast.officer,
        now=timezone.now(),
    )
    page = open_page("/", person=cast.officer, width=width, scheme=scheme)
    call = f"/calls/{part.call_id}/"
    for path in (
        "/restrictions/",
        call,
        f"{call}?panel=keep",
        f"{call}restriction",
        f"/requests/{request.pk}/",
        "/calls/",
    ):
        page.goto(path, wait_until="networkidle")
        assert (path, axe(page)) == (path, [])
        assert (path, page.evaluate(WIDER)) == (path, False)


def test_an_officer_restricts_a_call_by_keyboard(
    cast: Cast, part: Recording, open_page: OpenPage
) -> None:
    page = open_page(f"/calls/{part.call_id}/", person=cast.officer)
    page.get_by_role("link", name="Restrict", exact=True).press("Enter")
    page.wait_for_url("**/restriction")
    ground = page.get_by_label("Ground")
    ground.focus()
    ground.select_option("claims")
    page.get_by_label("Why", exact=True).fill("She wants to sue us")
    page.get_by_role("button", name="Restrict it").press("Enter")

    expect(page.get_by_text("only stored from now on")).to_be_visible()
    expect(page.get_by_role("heading", name="only stored")).to_be_visible()
    assert Restriction.objects.get().item_id == part.pk
