"""Pause and resume on the page of a live call."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.models import Person
from recordings.models import Call, Pause, Recording
from tests.cast import Cast
from tests.factories.recordings import (
    CallFactory,
    ConsentRecordFactory,
    PartyFactory,
    RecordingFactory,
)

SignIn = Callable[[Person], Client]
State = Recording.State

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(cast: Cast) -> Call:
    """A call of claims that is lawfully being recorded."""
    now = timezone.now()
    call: Call = CallFactory.create(
        team=cast.claims, started_at=now, ended_at=None, why="met"
    )
    PartyFactory.create(call=call, joined_at=now)
    ConsentRecordFactory.create(call=call, occurred_at=now)
    RecordingFactory.create(
        call=call, state=State.RECORDING, planned_at=now, started_at=now
    )
    return call


def page(browser: Client, call: Call) -> str:
    return browser.get(reverse("call", args=[call.id])).content.decode()


def send(browser: Client, call: Call, what: str, **body: str) -> Any:
    """Press the button as htmx does."""
    headers = {"HX-Request": "true"}
    return browser.post(reverse(f"call-{what}", args=[call.id]), body, headers=headers)


def the_recorder_ended(call: Call) -> None:
    """LiveKit has said so, and the portal has thought about it."""
    Recording.objects.filter(call=call).update(state=State.CHECKING)
    Pause.objects.filter(call=call).update(confirmed_at=timezone.now())


def test_it_is_there_on_a_live_call_for_who_may(
    cast: Cast, sign_in: SignIn, call: Call
) -> None:
    assert "Pause recording" in page(sign_in(cast.lead), call)
    assert "Pause recording" not in page(sign_in(cast.reviewer), call)

    Call.objects.update(ended_at=timezone.now())
    assert "Pause recording" not in page(sign_in(cast.lead), call)


def test_asked_for_is_not_paused(cast: Cast, sign_in: SignIn, call: Call) -> None:
    browser = sign_in(cast.lead)
    answer = send(browser, call, "pause", reason="card").content.decode()

    assert "Asking LiveKit to stop" in answer
    assert "nothing is being recorded" not in answer
    assert 'hx-trigger="every 1s"' in answer
    pause = Pause.objects.get()
    assert (pause.reason, pause.asked_by) == ("card", cast.lead)
    assert Recording.objects.get().stop_wanted == "paused"


def test_paused_is_said_once_livekit_said_so(
    cast: Cast, sign_in: SignIn, call: Call
) -> None:
    browser = sign_in(cast.lead)
    send(browser, call, "pause", reason="card")
    look = reverse("call-pausing", args=[call.id])
    asking = browser.get(look).content.decode()
    seen = asking.split("?seen=")[1].split('"')[0]
    assert browser.get(look, {"seen": seen}).status_code == 204

    the_recorder_ended(call)

    answer = browser.get(look, {"seen": seen})
    assert answer.status_code == 200
    assert "Paused: nothing is being recorded" in answer.content.decode()
    assert "Resume recording" in answer.content.decode()


def test_resuming(cast: Cast, sign_in: SignIn, call: Call) -> None:
    browser = sign_in(cast.lead)
    send(browser, call, "pause", reason="card")
    the_recorder_ended(call)

    answer = send(browser, call, "resume").content.decode()

    assert "Pause recording" in answer
    pause = Pause.objects.get()
    assert (pause.end, pause.ended_by) == (Pause.End.RESUMED, cast.lead)


def test_without_a_script_it_leads_back_to_the_call(
    cast: Cast, sign_in: SignIn, call: Call
) -> None:
    browser = sign_in(cast.lead)
    url = reverse("call-pause", args=[call.id])

    answer = browser.post(url, {"reason": "card"}, follow=True)

    assert answer.redirect_chain[-1][0] == reverse("call", args=[call.id])
    assert "Asking LiveKit to stop" in answer.content.decode()


def test_a_call_that_has_just_ended_has_nothing_to_pause(
    cast: Cast, sign_in: SignIn, call: Call
) -> None:
    Call.objects.update(ended_at=timezone.now())
    answer = send(sign_in(cast.lead), call, "pause", reason="card")

    assert answer.status_code == 200
    assert "<button" not in answer.content.decode()
    assert not Pause.objects.exists()


def test_who_may_not_pause_is_refused(cast: Cast, sign_in: SignIn, call: Call) -> None:
    assert send(sign_in(cast.reviewer), call, "pause", reason="card").status_code == 403
    sales = send(sign_in(cast.sales_reviewer), call, "pause", reason="card")
    assert sales.status_code in {403, 404}
    assert not Pause.objects.exists()
