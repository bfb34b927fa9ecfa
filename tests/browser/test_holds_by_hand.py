"""The pages of legal holds: clean for all, and done by keyboard alone."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from compliance.access.roles import Role
from compliance.custody import Scope
from compliance.models import Hold, HoldItem
from compliance.retention import holds
from recordings.models import Call
from tests.browser.conftest import OpenPage
from tests.cast import Cast, assemble
from tests.factories.recordings import CallFactory, PartyFactory, RecordingFactory
from tests.factories.second_person import second

Axe = Callable[[Page], list[str]]


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """The cast, and a second officer."""
    made = assemble()
    second(Role.OFFICER)
    return made


@pytest.fixture
def calls(cast: Cast) -> list[Call]:
    """Three calls of today with their recordings."""
    found = []
    for _ in range(3):
        call = CallFactory.create(team=cast.claims, started_at=timezone.now())
        PartyFactory.create(call=call)
        goes = timezone.now() + timedelta(days=9)
        RecordingFactory.create(call=call, expires_at=goes)
        found.append(call)
    return found


@pytest.fixture
def hold(cast: Cast, calls: list[Call]) -> Hold:
    """On two of them; the second was being destroyed already."""
    placed = holds.place(
        matter="Smith v. Acme",
        reason="A letter of a lawyer",
        custodian="Legal department",
        scope=Scope(calls=tuple(call.id for call in calls[:2])),
        is_confidential=True,
        by=cast.officer,
        now=timezone.now(),
    )
    late = placed.items.filter(item_id=calls[1].recordings.get().id)
    late.update(state=HoldItem.State.TOO_LATE)
    return placed


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
def test_pages_are_clean(
    cast: Cast,
    calls: list[Call],
    hold: Hold,
    open_page: OpenPage,
    axe: Axe,
    width: int,
    scheme: str,
) -> None:
    page = open_page("/", person=cast.officer, width=width, scheme=scheme)
    for path in (
        "/holds/",
        f"/holds/{hold.pk}/",
        f"/holds/new?call={calls[2].pk}",
        f"/calls/{calls[0].pk}/?panel=keep",
        "/calls/",
    ):
        page.goto(path, wait_until="networkidle")
        assert (path, axe(page)) == (path, [])
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_hold_is_placed_and_its_release_asked_for_by_keyboard(
    cast: Cast, calls: list[Call], open_page: OpenPage, axe: Axe
) -> None:
    page = open_page(f"/calls/{calls[0].pk}/", person=cast.officer)
    page.get_by_role("link", name="Hold", exact=True).press("Enter")
    page.get_by_label("Matter").fill("Smith v. Acme")
    page.get_by_label("Reason").fill("A letter of a lawyer")
    page.get_by_role("button", name="Show what it catches").press("Enter")
    page.get_by_role("heading", name="It would keep 1 recording now").wait_for()
    assert axe(page) == []

    page.get_by_role("button", name="Place the hold").press("Enter")
    page.get_by_text("The hold is in force.").wait_for()
    page.get_by_role("button", name="Ask for its release").press("Enter")

    page.get_by_role("heading", name="release a legal hold").wait_for()
    assert Hold.objects.get().state == Hold.State.IN_FORCE
