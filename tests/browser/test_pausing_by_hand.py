"""Pausing a live call by keyboard alone; the page says 'paused' when LiveKit has."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from recordings.models import Call, Pause, Recording
from tests.cast import Cast
from tests.factories.recordings import CallFactory, RecordingFactory

Axe = Callable[[Page], list[Any]]
OpenPage = Callable[..., Page]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("look", [{}, {"width": 360, "scheme": "dark"}])
def test_a_call_is_paused_and_goes_on(
    cast: Cast, open_page: OpenPage, axe: Axe, look: dict[str, Any]
) -> None:
    now = timezone.now()
    call: Call = CallFactory.create(
        team=cast.claims, started_at=now, ended_at=None, why="met"
    )
    RecordingFactory.create(
        call=call, state="recording", planned_at=now, started_at=now
    )
    page = open_page(reverse("call", args=[call.id]), person=cast.lead, **look)
    words = page.locator("#pausing-title")
    page.focus("#id_reason")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(words).to_have_text("Asking LiveKit to stop …")
    assert axe(page) == []
    Recording.objects.update(state="checking", ended_at=timezone.now())
    Pause.objects.update(confirmed_at=timezone.now())
    expect(words).to_have_text("Paused: nothing is being recorded")
    expect(page.locator("#stop-title")).to_have_text("Being checked", timeout=4000)
    expect(page.locator("#live")).to_have_text("Paused: nothing is being recorded")
    expect(page.locator("#pausing-act")).to_be_focused()
    assert axe(page) == []

    page.keyboard.press("Enter")
    expect(words).to_have_text("Not paused")
    assert Pause.objects.get().end == Pause.End.RESUMED
    assert page.evaluate("document.body.scrollWidth <= innerWidth")
