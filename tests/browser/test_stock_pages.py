"""The pages of the inventory, of storage and of spills, and a spill sealed by keyboard."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from compliance.access.roles import Role
from recordings import media_store, misplaced, spills
from recordings.misplaced import What
from recordings.models import Discrepancy, Inventory, Recording, Spill
from tests.browser.conftest import OpenPage
from tests.cast import Cast, assemble
from tests.factories.hearable import hearable_call, part_of
from tests.factories.recordings import CallFactory, RecordingFactory
from tests.factories.second_person import second

Axe = Callable[[Page], list[str]]
NOW = timezone.now()


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """The cast, and a second officer."""
    made = assemble()
    second(Role.OFFICER)
    return made


@pytest.fixture
def found(cast: Cast) -> Discrepancy:
    """A run that came to its end, and one finding of each kind."""
    store = media_store.store().name
    run = Inventory.objects.create(
        store=store, state="done", asked_at=NOW, done_at=NOW, keys=1207, files=1205,
        sound=1190, orphans=9, lost=4, altered=2, extra=1, bytes=2_400_000_000,
    )  # fmt: skip
    for n, kind in enumerate(Discrepancy.Kind):
        part = RecordingFactory.create(
            call=CallFactory.create(team=cast.claims, started_at=NOW),
            bytes=(n + 1) * 1_400_000,
            storage_class="GLACIER" if n == 1 else "",
            store=store,
        )
        row = Discrepancy.objects.create(
            kind=kind, store=store, inventory=run, team=cast.claims, bytes=140_000,
            object_key=f"recordings/{cast.claims.pk}/2026/11/02/{part.call_id}/01-a.ogg",
            recording=None if kind == "orphan" else part, versions=1, modified_at=NOW,
            detail={"altered": "hash", "extra": "hidden"}.get(kind, ""),
        )  # fmt: skip
    return row


def spilt(cast: Cast) -> Spill:
    """Card data on a recording that a floor keeps."""
    part = part_of(hearable_call(cast.claims, started_at=NOW - timedelta(hours=3)))
    misplaced.report(recording=part, what=What.CARD, at_ms=0, by=cast.reviewer, now=NOW)
    floor = NOW + timedelta(days=400)
    Recording.objects.filter(pk=part.pk).update(keep_until=floor)
    return Spill.objects.select_related("recording__call").get(recording=part)


@pytest.fixture
def own_folder(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path}


@pytest.mark.usefixtures("own_folder")
@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
def test_pages_are_clean(
    cast: Cast,
    found: Discrepancy,
    open_page: OpenPage,
    axe: Axe,
    width: int,
    scheme: str,
) -> None:
    sealed, waiting = spilt(cast), spilt(cast)
    day = (NOW + timedelta(days=90)).date()
    control = spills.Control(
        "A dispute holds it until 2028", "The number lies in the store",
        "Sealed; the keys of the bucket were withdrawn", cast.officer, day,
    )  # fmt: skip
    spills.seal(spill=sealed, control=control, by=cast.officer, now=NOW)
    page = open_page("/", person=cast.officer, width=width, scheme=scheme)
    for path in (
        "/store/",
        f"/store/{found.pk}/",
        "/store/space/",
        "/spills/",
        f"/spills/{waiting.pk}/",
        f"/spills/{sealed.pk}/",
    ):
        page.goto(path, wait_until="networkidle")
        assert (path, axe(page)) == (path, [])
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.usefixtures("own_folder")
def test_a_spill_is_sealed_by_keyboard(cast: Cast, open_page: OpenPage) -> None:
    spill = spilt(cast)
    page = open_page("/spills/", person=cast.officer)
    page.locator("a.row-link").press("Enter")
    page.get_by_label("Why it cannot be destroyed").fill("A dispute")
    page.get_by_label("Risk that stays").fill("The number lies in the store")
    page.get_by_label("What is done instead").fill("The keys were withdrawn")

    page.get_by_role("button", name="Seal it").press("Enter")

    page.get_by_text("It is sealed: nobody can hear it.").wait_for()
    spill.recording.refresh_from_db()
    assert spill.recording.state == Recording.State.SEALED
