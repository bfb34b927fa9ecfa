"""Live: a call appears and its recorder's state changes while the page stays."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from recordings.models import Call, Recording
from tests.browsing import Axe
from tests.cast import Cast
from tests.factories.recordings import CallFactory, PartyFactory, RecordingFactory

OpenPage = Callable[..., Page]
State = Recording.State


def ring(cast: Cast) -> Recording:
    """A call begins, and a recorder is asked for."""
    now = timezone.now()
    call = CallFactory.create(
        team=cast.claims, started_at=now, ended_at=None, capture=Call.Capture.NONE
    )
    PartyFactory.create(call=call)
    made: Recording = RecordingFactory.create(
        call=call, state=State.STARTING, planned_at=now, started_at=None, ended_at=None
    )
    return made


def hang_up(part: Recording) -> None:
    """It ends."""
    now = timezone.now()
    Recording.objects.filter(id=part.id).update(state=State.CHECKING, ended_at=now)
    Call.objects.filter(id=part.call_id).update(ended_at=now)


def test_a_call_comes_is_recorded_and_goes(
    cast: Cast, open_page: OpenPage, axe: Axe
) -> None:
    page = open_page("/live/", person=cast.reviewer)
    page.evaluate("() => { window.kept = true; }")
    answer, said = page.locator("#answer"), page.locator("#live")
    expect(answer).to_contain_text("No call is in progress.")
    assert axe(page) == []

    part = ring(cast)
    expect(answer).to_contain_text("1 call in progress, 1 starting.")
    expect(said).to_have_text("1 call in progress, 1 starting.")
    page.keyboard.press("j")
    focused = page.locator(":focus")
    expect(focused).to_have_attribute("href", f"/calls/{part.call_id}/")

    now = timezone.now()
    Recording.objects.filter(id=part.id).update(state=State.RECORDING, started_at=now)
    expect(answer).to_contain_text("1 recorded.")
    expect(focused).to_have_attribute("href", f"/calls/{part.call_id}/")
    recorded = page.locator("[data-ms]")
    expect(recorded).to_have_text("0:03")
    assert axe(page) == []

    hang_up(part)
    expect(answer).to_contain_text("No call is in progress.")
    assert page.evaluate("() => window.kept"), "no load was needed"


def test_nothing_is_drawn_anew_while_nothing_changes(
    cast: Cast, open_page: OpenPage
) -> None:
    part = ring(cast)
    page = open_page("/live/", person=cast.reviewer)
    page.evaluate("() => { document.getElementById('board').mark = true; }")
    for _ in range(2):
        with page.expect_response(lambda answer: "seen=" in answer.url) as asked:
            pass
        assert asked.value.status == 204
    assert page.evaluate("() => document.getElementById('board').mark")
    hang_up(part)


def test_what_ought_to_be_recorded_and_is_not_stands_out(
    cast: Cast, open_page: OpenPage, axe: Axe
) -> None:
    part = ring(cast)
    part.state, part.reason = State.FAILED, "failed:upload"
    part.ended_at = timezone.now()
    part.save()
    Call.objects.update(started_at=timezone.now() - timedelta(minutes=2))
    for width, scheme in ((360, "dark"), (1280, "light")):
        page = open_page("/live/", person=cast.officer, width=width, scheme=scheme)
        expect(page.locator("#answer")).to_contain_text("1 not: look.")
        expect(page.locator("#board")).to_contain_text(
            "The file could not be written to the store."
        )
        assert axe(page) == []


@pytest.mark.usefixtures("live_server")
def test_a_server_that_is_gone_is_told_once_and_is_no_fault_when_it_is_back(
    cast: Cast, open_page: OpenPage, live_server: LiveServer, console: list[str]
) -> None:
    page = open_page("/live/", person=cast.reviewer)
    stale = page.locator("#stale")
    expect(stale).to_be_hidden()
    page.route("**/live/?seen=*", lambda route: route.abort())
    expect(stale).to_be_visible()
    with page.expect_request(lambda request: "seen=" in request.url):
        pass
    expect(page.locator(".toasts .note")).to_have_count(0)
    page.unroute("**/live/?seen=*")
    expect(stale).to_be_hidden()
    console.clear()  # Chromium names each request that failed


def test_without_a_script_it_is_a_page(cast: Cast, open_page: OpenPage) -> None:
    ring(cast)
    page = open_page("/live/", person=cast.reviewer, scripts=False)
    expect(page.locator("#answer")).to_contain_text("1 call in progress")
    page.get_by_role("link", name="Load it again").click()
    expect(page.locator("#answer")).to_contain_text("1 call in progress")
