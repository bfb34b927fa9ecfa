"""A list becomes a file: by key, by pointer, and without a script."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from recordings import tasks
from recordings.models import Call, Export
from tests.cast import Cast
from tests.factories.recordings import CallFactory, RecordingFactory

OpenPage = Callable[..., Page]


@pytest.fixture
def failed(cast: Cast) -> Call:
    """A failed call of today beside one that was recorded."""
    now = timezone.now()
    call = CallFactory.create(
        team=cast.claims, started_at=now, capture=Call.Capture.FAILED
    )
    CallFactory.create(team=cast.claims, started_at=now)
    RecordingFactory.create(call=call)
    return call


def work_off() -> None:
    """Do what a worker would do now."""
    tasks.make_export(export_id=str(Export.objects.latest("asked_at").id))


def test_the_file_follows_the_filters_and_appears_by_itself(
    cast: Cast, open_page: OpenPage, failed: Call
) -> None:
    page = open_page("/calls/", person=cast.lead)
    page.locator("summary", has_text="Recording").click()
    page.get_by_role("checkbox", name="failed").check()
    expect(page.locator("#export")).to_contain_text("1 call,")
    page.get_by_label("Take this list as a file").click()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Make a CSV file")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/calls/exports/")
    expect(page.locator("#exports")).to_contain_text("waiting")
    page.evaluate("() => { window.kept = true; }")
    work_off()
    link = page.get_by_role("link", name="Download")
    expect(link).to_be_visible()
    expect(page.locator("#live")).to_have_text("The file is ready.")
    assert page.evaluate("() => window.kept"), "no load was needed"
    with page.expect_download() as download:
        link.click()
    text = Path(download.value.path()).read_text("utf-8-sig")
    assert [line.split(",")[0] for line in text.splitlines()[1:]] == [str(failed.id)]


def test_a_file_without_a_script(cast: Cast, open_page: OpenPage, failed: Call) -> None:
    page = open_page("/calls/?capture=failed", person=cast.lead, scripts=False)
    page.get_by_label("Take this list as a file").click()
    page.get_by_role("button", name="Make a CSV file").click()
    work_off()
    page.get_by_role("link", name="Load the page again").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert str(failed.id) in Path(download.value.path()).read_text("utf-8-sig")
