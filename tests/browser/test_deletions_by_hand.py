"""The pages of deletions and purges: clean for all, and a pause by keyboard alone."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from compliance.custody import Scope
from compliance.models import SweepPause
from recordings import purges
from recordings.models import Call, Purge, Recording
from tests.browser.conftest import OpenPage
from tests.cast import Cast, assemble
from tests.factories.recordings import CallFactory, PartyFactory, RecordingFactory

Axe = Callable[[Page], list[str]]
DAY = timedelta(days=1)


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """The cast."""
    return assemble()


@pytest.fixture
def hidden(cast: Cast) -> Call:
    """A call whose part is hidden, beside one whose part could not be destroyed."""
    now = timezone.now()
    calls = [CallFactory.create(team=cast.claims, started_at=now) for _ in range(2)]
    for call in calls:
        PartyFactory.create(call=call)
    RecordingFactory.create(
        call=calls[0],
        bytes=480_000,
        ended_at=now - 9 * DAY,
        expires_at=now - DAY,
        gone_by=now + 6 * DAY,
        dating={"written": (now - DAY).isoformat(), "by_hand": None, "zone": "UTC"},
    )
    RecordingFactory.create(
        call=calls[1],
        state=Recording.State.EXPIRED,
        expires_at=now - DAY,
        due_at=now,
        setback="StoreRefused",
    )
    return calls[0]


@pytest.fixture
def purge(cast: Cast) -> Purge:
    """Half carried out, of recordings that would go in several months, or never."""
    now = timezone.now()
    for days in (20, 40, 41, 90, 0):
        call = CallFactory.create(team=cast.sales, started_at=now)
        goes = now + days * DAY if days else None
        RecordingFactory.create(call=call, bytes=9_000, expires_at=goes)
    scope = Scope(team=cast.sales.pk)
    made = purges.rehearse(scope=scope, by=cast.officer, now=now)
    first = made.items.order_by("id").values_list("id", flat=True)[:2]
    made.items.filter(id__in=list(first)).update(fate="gone")
    return made


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
def test_pages_of_deletions_are_clean(
    cast: Cast,
    hidden: Call,
    purge: Purge,
    open_page: OpenPage,
    axe: Axe,
    width: int,
    scheme: str,
) -> None:
    page = open_page("/", person=cast.officer, width=width, scheme=scheme)
    for path in (
        "/retention/deletions/",
        "/retention/purges/",
        f"/retention/purges/{purge.pk}/",
        f"/calls/{hidden.pk}/?panel=keep",
        "/calls/",
    ):
        page.goto(path, wait_until="networkidle")
        assert (path, axe(page)) == (path, [])
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_sweep_is_paused_and_let_go_on_by_keyboard(
    cast: Cast, open_page: OpenPage, axe: Axe
) -> None:
    page = open_page("/retention/deletions/", person=cast.officer)
    page.get_by_label("Why nothing may be deleted for now").fill("An inquiry")
    page.get_by_role("button", name="Pause the sweep").press("Enter")
    page.get_by_text("The sweep is paused by Olga Officer").wait_for()
    assert axe(page) == []

    page.get_by_role("button", name="Let it go on").press("Enter")

    page.get_by_text("The sweep goes on.").wait_for()
    assert SweepPause.objects.get().resumed_by == cast.officer
