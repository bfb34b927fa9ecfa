"""Is everything recorded right now: each call in progress, and what its recorder does."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from compliance.models import Person, Team
from recordings.models import Call, Recording
from tests.cast import Cast
from tests.factories.compliance import PhoneNumberFactory
from tests.factories.recordings import CallFactory, PartyFactory, RecordingFactory

SignIn = Callable[[Person], Client]
LIVE = "/live/"
State = Recording.State
Consent = Call.Consent


def shown(browser: Client, url: str = LIVE) -> str:
    """The page."""
    answer = browser.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def answer_of(page: str) -> str:
    """The sentence on top."""
    found = re.search(r'data-announce="([^"]+)"', page)
    assert found
    return found[1]


def live_call(team: Team, *, seconds: int = 60, **facts: Any) -> Call:
    """A call that began so long ago and goes on."""
    began = timezone.now() - timedelta(seconds=seconds)
    facts = {"capture": Call.Capture.NONE, **facts}
    return CallFactory.create(
        team=team, started_at=began, ended_at=None, duration_ms=0, **facts
    )


def part_of(call: Call, state: Recording.State, **facts: Any) -> Recording:
    """A part that was planned and begun two seconds into the call."""
    began: datetime = call.started_at + timedelta(seconds=2)
    over = state not in Recording.OPEN
    return RecordingFactory.create(
        call=call,
        state=state,
        planned_at=began,
        started_at=began if state == State.RECORDING or over else None,
        ended_at=began + timedelta(seconds=10) if over else None,
        **facts,
    )


def test_with_no_call_it_says_so(cast: Cast, sign_in: SignIn) -> None:
    page = shown(sign_in(cast.officer))
    assert answer_of(page) == "No call is in progress."
    assert "The next one appears here by itself" in page


def test_the_sentence_answers_the_question(cast: Cast, sign_in: SignIn) -> None:
    for _ in range(2):
        part_of(live_call(cast.claims), State.RECORDING)
    part_of(live_call(cast.claims), State.STARTING)
    live_call(cast.sales, consent=Consent.REFUSED)
    lost = live_call(cast.claims)
    part_of(lost, State.FAILED, reason="failed:upload")

    page = shown(sign_in(cast.officer))

    assert answer_of(page) == (
        "5 calls in progress, 2 recorded, 1 starting, 1 not to be recorded, 1 not: look."
    )
    assert "The file could not be written to the store." in page
    rows = page.partition("<tbody>")[2]
    assert rows.index(f"/calls/{lost.id}/") < rows.index("starting"), "it comes first"


@pytest.mark.parametrize(
    ("state", "facts", "words"),
    [
        (State.PLANNED, {}, "starting"),
        (State.UNCLEAR, {}, "start unclear"),
        (State.RECORDING, {}, "recording"),
        (
            State.RECORDING,
            {"stop_wanted": "withdrawn"},
            "A party withdrew its consent.",
        ),
        (State.FAILED, {"reason": "no_capacity"}, "LiveKit had no recorder free."),
    ],
)
def test_each_state_is_a_word_and_says_why(
    cast: Cast, sign_in: SignIn, state: State, facts: dict[str, str], words: str
) -> None:
    part_of(live_call(cast.claims), state, **facts)
    assert words in shown(sign_in(cast.reviewer)).partition("<tbody>")[2]


@pytest.mark.parametrize(
    ("consent", "words"),
    [
        (Consent.PENDING, "What the law asks for had not happened yet."),
        (Consent.REFUSED, "A party refused to be recorded."),
        (Consent.GRANTED, "Nobody asked for a recorder."),
        (Consent.UNDECIDED, "Nobody has decided yet whether it may be."),
    ],
)
def test_a_call_without_a_recorder_says_why_not(
    cast: Cast, sign_in: SignIn, consent: Consent, words: str
) -> None:
    live_call(cast.claims, consent=consent)
    page = shown(sign_in(cast.officer))
    assert words in page
    wanted = consent in {Consent.GRANTED, Consent.UNDECIDED}
    assert ("1 not: look" in page) is wanted


@pytest.mark.parametrize("consent", [Consent.GRANTED, Consent.UNDECIDED])
def test_a_call_that_has_just_begun_is_no_fault(
    cast: Cast, sign_in: SignIn, consent: Consent
) -> None:
    live_call(cast.claims, seconds=5, consent=consent)
    assert answer_of(shown(sign_in(cast.officer))) == "1 call in progress, 1 starting."


def test_recorded_and_unrecorded_time_stand_beside_each_other(
    cast: Cast, sign_in: SignIn
) -> None:
    part_of(live_call(cast.claims, seconds=62), State.RECORDING)
    page = shown(sign_in(cast.officer)).partition("<tbody>")[2]
    lengths = re.findall(r'class="length[^>]*>(\d+:\d\d)<', page)
    assert lengths in (["1:00", "0:02"], ["1:01", "0:02"])


@pytest.mark.parametrize(
    ("who", "calls", "parties"),
    [
        ("officer", 2, True),
        ("reviewer", 1, True),
        ("sales_reviewer", 1, True),
        ("auditor", 2, True),
        ("administrator", 2, False),
    ],
)
def test_people_see_the_calls_of_their_teams(
    cast: Cast, sign_in: SignIn, who: str, calls: int, parties: bool
) -> None:
    number = PhoneNumberFactory.create(e164="+493023124711")
    for team in (cast.claims, cast.sales):
        PartyFactory.create(call=live_call(team), number=number)
    page = shown(sign_in(cast.people[who]))
    rows = page.partition("<tbody>")[2].partition("</tbody>")[0]
    assert rows.count("<tr") == calls
    assert ("4711" in rows) is parties
    assert ('href="/calls/' in rows) is parties
    assert "+493023124711" not in page


def test_others_are_told_whom_to_ask(cast: Cast, sign_in: SignIn) -> None:
    answer = sign_in(cast.stranger).get(LIVE, headers={"accept": "text/html"})
    assert answer.status_code == 403


def test_asked_again_it_answers_only_when_something_changed(
    cast: Cast, sign_in: SignIn
) -> None:
    call = live_call(cast.claims)
    part = part_of(call, State.STARTING)
    browser = sign_in(cast.officer)
    found = re.search(r'hx-get="([^"]+)"', shown(browser))
    assert found
    assert browser.get(found[1]).status_code == 204

    Recording.objects.filter(id=part.id).update(
        state=State.RECORDING, started_at=call.started_at
    )
    board = shown(browser, found[1])
    assert board.lstrip().startswith("<section")
    assert "1 recorded." in board


def test_the_page_costs_the_same_with_more_calls(
    cast: Cast, sign_in: SignIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    browser = sign_in(cast.officer)
    for _ in range(2):
        for _ in range(3):
            call = live_call(cast.claims)
            PartyFactory.create(call=call)
            part_of(call, State.RECORDING)
        with django_assert_num_queries(9):
            browser.get(LIVE)
        with django_assert_num_queries(7):
            browser.get(f"{LIVE}?seen=nothing")


def test_there_is_a_door_to_it(cast: Cast, sign_in: SignIn) -> None:
    for who in ("reviewer", "administrator"):
        assert f'href="{LIVE}"' in sign_in(cast.people[who]).get("/").content.decode()
