"""A voice agent asks whether a call is recorded, pauses it and goes on."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from compliance.access import grants
from compliance.access.roles import Role
from compliance.models import Person
from recordings import tasks
from recordings.api import waiting
from recordings.livekit.simulator.world import Room
from recordings.models import Call, Pause, Recording
from tests.cast import Cast
from tests.factories.recordings import CallFactory, RecordingFactory
from tests.line import Line
from tests.telling import BEGAN
from tests.waiting import until

Api = Callable[[Person], APIClient]
State = Recording.State

pytestmark = pytest.mark.django_db


@pytest.fixture
def live(cast: Cast) -> Call:
    """A call of claims that is being recorded."""
    now = timezone.now()
    call: Call = CallFactory.create(
        team=cast.claims, started_at=now, ended_at=None, why="met"
    )
    RecordingFactory.create(
        call=call, state=State.RECORDING, planned_at=now, started_at=now
    )
    return call


def path(call: Call, what: str) -> str:
    return f"/api/v1/rooms/{call.room_id}/{what}"


def state_of(client: APIClient, call: Call, **query: Any) -> Any:
    answer = client.get(path(call, "recording-state"), query)
    assert answer.status_code == 200, answer.json()
    return answer.json()


def pause(client: APIClient, call: Call, **more: Any) -> Any:
    body = {"reason": "card", "wait": 0, **more}
    return client.post(path(call, "pause"), body, format="json")


def resume(client: APIClient, call: Call) -> Any:
    return client.post(path(call, "resume"))


# the state


def test_the_agent_is_told_in_a_word_and_a_sentence(
    cast: Cast, api: Api, live: Call
) -> None:
    told = state_of(api(cast.service), live)

    assert (told["state"], told["is_recording"], told["part"]) == ("recording", True, 1)
    assert told["explanation"] == "What the law asks for has happened."
    assert told["pause"] is None


def test_started_is_not_recording(cast: Cast, api: Api, live: Call) -> None:
    """LiveKit said egress_started; nobody hears anything yet."""
    Recording.objects.update(state=State.STARTING, started_at=None)

    told = state_of(api(cast.service), live)
    assert (told["state"], told["is_recording"]) == ("starting", False)


def test_a_stop_says_why(cast: Cast, api: Api, live: Call) -> None:
    Recording.objects.update(state=State.STOPPING, stop_wanted="withdrawn")

    told = state_of(api(cast.service), live)
    assert (told["state"], told["why"]) == ("stopping", "withdrawn")
    assert told["explanation"] == "A party withdrew its consent."


def test_another_version_is_answered_at_once(cast: Cast, api: Api, live: Call) -> None:
    client = api(cast.service)
    begun = timezone.now()

    state_of(client, live, wait=20, known="of-yesterday")
    state_of(client, live, wait=20)

    assert timezone.now() - begun < timedelta(seconds=10)


def test_the_same_version_is_waited_out(
    cast: Cast, api: Api, live: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = api(cast.service)
    before = state_of(client, live)["version"]
    looks: list[float] = []
    monkeypatch.setattr(waiting, "sleep", looks.append)
    clock = iter(range(1000))
    monkeypatch.setattr(waiting, "monotonic", lambda: next(clock) / 4)

    assert state_of(client, live, wait=2, known=before)["version"] == before
    assert looks == [0.25] * 7


def test_a_look_is_one_query_while_nothing_happens(
    cast: Cast,
    api: Api,
    live: Call,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: Any,
) -> None:
    client = api(cast.service)
    before = state_of(client, live)["version"]
    monkeypatch.setattr(waiting, "STEP_SECONDS", 0.01)

    with django_assert_max_num_queries(130) as asked:
        state_of(client, live, wait=1, known=before)
    assert len(asked) > 20


def test_where_too_many_wait_nobody_is_kept_waiting(
    cast: Cast, api: Api, live: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waiting takes a thread, and consents must find one."""
    client = api(cast.service)
    before = state_of(client, live)["version"]
    monkeypatch.setattr(waiting, "_seats", threading.Semaphore(0))
    begun = timezone.now()

    assert state_of(client, live, wait=20, known=before)["version"] == before
    assert timezone.now() - begun < timedelta(seconds=10)


@pytest.mark.parametrize("wait", ["-1", "21", "nan", "long"])
def test_nobody_waits_for_ever(cast: Cast, api: Api, live: Call, wait: str) -> None:
    answer = api(cast.service).get(path(live, "recording-state"), {"wait": wait})
    assert answer.status_code == 400


def test_another_teams_call_is_not_found(cast: Cast, api: Api) -> None:
    call: Call = CallFactory.create(team=cast.sales, ended_at=None)
    client = api(cast.service)

    assert client.get(path(call, "recording-state")).status_code == 404
    assert pause(client, call).status_code == 404
    assert resume(client, call).status_code == 404


# waiting for what another process does


@pytest.mark.django_db(transaction=True)
def test_a_change_ends_the_wait(cast: Cast, api: Api, live: Call) -> None:
    client = api(cast.service)
    before = state_of(client, live)["version"]
    answers: list[Any] = []

    def ask() -> None:
        answers.append(state_of(client, live, wait=20, known=before))
        connection.close()

    asking = threading.Thread(target=ask)
    asking.start()
    until(lambda: waiting._seats._value < 2 or answers)
    assert not answers
    Recording.objects.update(state=State.CHECKING, ended_at=timezone.now())
    Call.objects.update(why="withdrawn")
    asking.join(15)

    assert answers[0]["state"] == "not_recording"


# pausing


@pytest.fixture
def recorded(line: Line) -> Room:
    """A call on a simulated LiveKit that is being recorded."""
    grants.grant(
        person=line.service, role=Role.SERVICE, by=None, now=BEGAN, team=line.team
    )
    line.now = timezone.now()
    room = line.ring()
    line.record(room)
    return room


def stop_meanwhile(line: Line, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the request waits, the worker stops the recorder and LiveKit tells its end."""

    def work(_seconds: float) -> None:
        line.now = timezone.now()
        line.sweep()
        line.until_ended(room.recordings[-1])

    monkeypatch.setattr(waiting, "sleep", work)


def test_a_pause_succeeds_only_when_livekit_said_that_the_recorder_ended(
    line: Line, recorded: Room, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = api(line.service)
    unsure = pause(client, line.call())

    assert unsure.status_code == 202
    assert unsure.json()["paused"] is False
    assert unsure.json()["confirmed_at"] is None
    assert unsure.json()["state"] == "stopping"
    assert unsure.json()["explanation"] == "Somebody asked for a pause."

    stop_meanwhile(line, recorded, monkeypatch)
    sure = pause(client, line.call(), wait=20)
    assert sure.status_code == 200, sure.json()
    assert sure.json()["paused"] is True
    assert sure.json()["confirmed_at"]
    assert sure.json()["state"] == "paused"
    assert Pause.objects.count() == 1, "asking again is the same pause"

    again = pause(client, line.call()).json()
    assert (again["paused"], again["version"]) == (True, sure.json()["version"])


def test_resuming_begins_the_next_part_and_may_be_told_again(
    line: Line, recorded: Room, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = api(line.service)
    stop_meanwhile(line, recorded, monkeypatch)
    pause(client, line.call(), wait=20)

    first, second = resume(client, line.call()), resume(client, line.call())

    assert first.status_code == second.status_code == 200
    assert first.json() == second.json()
    assert first.json()["state"] == "starting"
    assert Recording.objects.filter(state=State.PLANNED).count() == 1


def test_what_is_not_paused_cannot_be_resumed(cast: Cast, api: Api, live: Call) -> None:
    answer = resume(api(cast.service), live)

    assert answer.status_code == 409
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "not_paused"


def test_a_pause_that_ended_by_itself_is_told_of(
    cast: Cast, api: Api, live: Call
) -> None:
    """What was said since may be on a recording."""
    pause(api(cast.service), live)
    Pause.objects.update(ends_by=timezone.now())
    tasks.reconsider(str(live.id))

    answer = resume(api(cast.service), live)
    assert (answer.status_code, answer.json()["code"]) == (409, "pause_over")


def test_a_call_that_is_over_is_neither_paused_nor_resumed(
    cast: Cast, api: Api
) -> None:
    call: Call = CallFactory.create(team=cast.claims)
    client = api(cast.service)

    for answer in (pause(client, call), resume(client, call)):
        assert (answer.status_code, answer.json()["code"]) == (409, "call_over")
    assert not Pause.objects.exists()


def test_a_pause_wants_a_reason(cast: Cast, api: Api, live: Call) -> None:
    answer = api(cast.service).post(path(live, "pause"), {}, format="json")
    assert answer.status_code == 400
    assert "reason" in answer.json()["errors"]


def test_a_reviewer_asks_and_does_not_pause(cast: Cast, api: Api, live: Call) -> None:
    assert pause(api(cast.reviewer), live).status_code == 403


def test_an_agent_is_never_told_to_come_back_later(
    cast: Cast, api: Api, live: Call, settings: Any
) -> None:
    client = api(cast.service)
    body = {"kind": "announced", "occurred_at": timezone.now().isoformat()}

    for number in range(200):
        headers = {"Idempotency-Key": f"key-{number % 7}"}
        answer = client.post(
            path(live, "consents"), body, format="json", headers=headers
        )
        assert answer.status_code == 201, answer.json()
    for _number in range(20):
        state_of(client, live)
        assert client.get(path(live, "consent-plan")).status_code == 200
        assert pause(client, live).status_code == 202
