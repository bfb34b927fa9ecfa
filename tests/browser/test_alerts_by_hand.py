"""Alerts are worked: by key alone, by pointer, and without a script."""

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from recordings.models import Alert, Call
from tests.browsing import Axe
from tests.cast import Cast
from tests.factories.recordings import AlertFactory, CallFactory, RecordingFactory

OpenPage = Callable[..., Page]
NOTE = "Egress was down; two more now."


@pytest.fixture
def call(cast: Cast) -> Call:
    """A call of claims of which much is odd: three parts lost, one side silent."""
    made: Call = CallFactory.create(team=cast.claims, started_at=timezone.now())
    for number in (1, 2, 3):
        part = RecordingFactory.create(
            call=made, part=number, object_key=f"recordings/{number}.ogg"
        )
        AlertFactory.create(
            team=cast.claims, call=made, recording=part, detail="failed:upload"
        )
    AlertFactory.create(
        kind=Alert.Kind.SILENT_SIDE,
        team=cast.claims,
        call=made,
        detail="silent_agent",
    )
    return made


def here(page: Page) -> str:
    """The words of what has the focus."""
    words: str = page.evaluate("() => document.activeElement.textContent")
    return " ".join(words.split())


def test_by_key_alone(cast: Cast, open_page: OpenPage, call: Call, axe: Axe) -> None:
    page = open_page("/alerts/", person=cast.officer)
    said, press = page.locator("#live"), page.keyboard.press
    page.evaluate("() => { window.kept = true; }")

    press("a")
    expect(said).to_have_text("Choose a row first: J goes to the next.")
    press("j")
    assert "A recording is lost" in here(page)
    press("ArrowDown")
    assert "One side of a call is silent" in here(page)
    press("a")
    expect(said).to_have_text("Acknowledged: One side of a call is silent.")
    assert "One side of a call is silent" in here(page), "the focus stayed"
    press("s")
    expect(said).to_have_text("Yours now: One side of a call is silent.")

    press("k")
    press("Enter")
    inner = page.get_by_role("link", name="The file could not be written to the store.")
    expect(inner).to_have_count(3)
    expect(page.locator(":focus")).to_have_attribute("aria-expanded", "true")
    assert axe(page) == []
    press("r")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert axe(page) == []
    page.keyboard.type(NOTE)
    press("Control+Enter")
    expect(said).to_have_text("Closed: A recording is lost, 3 matters.")
    expect(page.locator("#answer")).to_contain_text("1 matter is open.")
    expect(page.locator("#rail .waits")).to_contain_text("1")
    expect(page.locator("#closed")).to_contain_text(NOTE)
    assert "One side of a call is silent" in here(page), "the row that took its place"

    press("r")
    page.keyboard.type("The headset was mended.")
    press("Control+Enter")
    expect(page.locator("#matters")).to_contain_text("Nothing is open")
    assert page.evaluate("() => window.kept"), "no load was needed"
    press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Resolve the row, with a note")


def test_where_control_failed_cause_and_risk_are_asked_for(
    cast: Cast, open_page: OpenPage, axe: Axe
) -> None:
    AlertFactory.create(
        kind=Alert.Kind.OWN_CLOCKS, subject="redis", team=None, call=None
    )
    page = open_page("/alerts/", person=cast.officer)
    press = page.keyboard.press
    press("j")
    press("r")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert axe(page) == []

    for words in ("chrony was not started", "none: times were compared", "It runs."):
        page.keyboard.type(words)
        press("Tab")
    page.get_by_role("dialog").get_by_role("button", name="Resolve").click()

    expect(page.locator("#matters")).to_contain_text("Nothing is open")
    closed = Alert.objects.get()
    assert (closed.cause, closed.risk, closed.note) == (
        "chrony was not started",
        "none: times were compared",
        "It runs.",
    )


def test_a_note_half_written_is_not_an_end(
    cast: Cast, open_page: OpenPage, call: Call
) -> None:
    page = open_page("/alerts/", person=cast.officer)
    page.keyboard.press("j")
    page.keyboard.press("r")
    page.keyboard.type("a j k s")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("r")
    expect(page.get_by_label("How it was settled").first).to_have_value("")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert Alert.objects.filter(closed_at=None).count() == 4


def test_who_may_not_is_told_so(cast: Cast, open_page: OpenPage, call: Call) -> None:
    page = open_page("/alerts/", person=cast.reviewer)
    page.keyboard.press("j")
    page.keyboard.press("r")
    expect(page.locator("#live")).to_have_text("You cannot do that to this row.")


def test_without_a_script(cast: Cast, open_page: OpenPage, call: Call) -> None:
    page = open_page("/alerts/", person=cast.officer, scripts=False)
    page.get_by_role("button", name="Acknowledge One side").click()
    expect(page.locator("#messages")).to_contain_text("Acknowledged: One side")
    page.get_by_role("link", name="Resolve One side").click()
    page.get_by_label("How it was settled").fill("The headset was mended.")
    page.get_by_role("button", name="Resolve").click()
    expect(page.locator("h1")).to_have_text("One side of a call is silent")
    expect(page.locator("#messages")).to_contain_text("Closed: One side")

    page.get_by_role("link", name="Alerts").first.click()
    page.locator("#matters .row-link", has_text="A recording is lost").click()
    page.get_by_label("How they were settled").fill(NOTE)
    page.get_by_role("button", name="Resolve all 3").click()
    expect(page.locator("#messages")).to_contain_text("3 matters.")
    assert not Alert.objects.filter(closed_at=None).exists()


def test_one_alert_is_worked_on_its_page(
    cast: Cast, open_page: OpenPage, call: Call, axe: Axe
) -> None:
    alert = Alert.objects.get(kind=Alert.Kind.SILENT_SIDE)
    page = open_page(f"/alerts/{alert.id}/", person=cast.officer)
    assert axe(page) == []
    page.keyboard.press("a")
    expect(page.locator("#messages")).to_contain_text("Acknowledged")
    page.wait_for_load_state()  # a key is heard once the new page's scripts are there
    page.keyboard.press("s")
    expect(page.locator("#messages")).to_contain_text("Yours now")
    page.wait_for_load_state()
    page.keyboard.press("r")
    page.keyboard.type("The headset was mended.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("Closed")
    expect(page.locator("main")).to_contain_text("The headset was mended.")
    expect(page.locator("main li")).to_have_count(3)
    assert axe(page) == []


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
def test_the_runbook_is_at_the_heading(
    cast: Cast, open_page: OpenPage, call: Call, axe: Axe, width: int, scheme: str
) -> None:
    page = open_page("/alerts/", person=cast.officer, width=width, scheme=scheme)
    assert axe(page) == []
    page.get_by_role("link", name="Runbook One side of a call is silent").click()
    heading = page.get_by_role("heading", name="One side of a call is silent")
    expect(heading).to_be_in_viewport()
    assert axe(page) == []
