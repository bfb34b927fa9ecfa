"""Stopping, and asking what LiveKit is doing."""

import contextlib
import threading
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from django.core.exceptions import ImproperlyConfigured
from livekit import api
from pytest_django import Settings

from recordings.livekit import client
from recordings.livekit.facts import EgressStatus
from recordings.livekit.simulator import Scenario
from tests.unit.recordings.livekit.asking import (
    becomes_active,
    open_room,
    start,
)
from tests.unit.recordings.livekit.conftest import KEYS, LONG_AGO, LiveKit


@pytest.mark.parametrize(
    ("ask", "grant"),
    [
        (lambda: start(), {"roomRecord": True}),
        (lambda: client.stop("EG_1"), {"roomRecord": True}),
        (lambda: client.find(room_name="claims"), {"roomRecord": True}),
        (lambda: client.live_room("claims"), {"roomList": True}),
        (lambda: client.participants("claims"), {"roomAdmin": True, "room": "claims"}),
    ],
)
def test_a_token_lives_a_minute_and_grants_one_thing(
    livekit: LiveKit,
    monkeypatch: pytest.MonkeyPatch,
    ask: Callable[[], object],
    grant: dict[str, object],
) -> None:
    seen: list[str] = []
    real = api.LiveKitAPI.with_token

    def with_token(token: str, *given: Any) -> Any:
        seen.append(token)
        return real(token, *given)

    monkeypatch.setattr(api.LiveKitAPI, "with_token", with_token)
    open_room(livekit)
    with contextlib.suppress(client.EgressUnknown):
        ask()

    claims = jwt.decode(seen[0], KEYS["key-one"], algorithms=["HS256"])
    life = claims["exp"] - claims["nbf"]
    assert life == 60
    granted = {
        name: item for name, item in claims["video"].items() if item is not False
    }
    assert granted == grant


def test_no_key_is_a_fault_of_the_settings(settings: Settings) -> None:
    settings.LIVEKIT_API_KEYS = {}

    with pytest.raises(ImproperlyConfigured):
        client.find()


def test_a_stop_ends_a_recording_and_a_second_stop_says_so(livekit: LiveKit) -> None:
    room = open_room(livekit)
    egress_id = start().egress_id
    becomes_active(livekit, room)

    stopped = client.stop(egress_id)

    assert stopped.status is EgressStatus.ENDING
    livekit.simulator.wait_for(
        lambda: bool(room.recordings[0].info.ended_at), timeout_seconds=10
    )
    with pytest.raises(client.AlreadyEnded):
        client.stop(egress_id)


def test_an_unknown_recording_cannot_be_stopped(livekit: LiveKit) -> None:
    with pytest.raises(client.EgressUnknown):
        client.stop("EG_nobody")


def test_a_recorder_that_died_cannot_be_stopped_and_stays_active(
    livekit: LiveKit,
) -> None:
    room = open_room(livekit, zombie=True)
    egress_id = start().egress_id
    becomes_active(livekit, room)
    livekit.simulator.close_room(room)

    with pytest.raises(client.LiveKitUnavailable):
        client.stop(egress_id)

    assert client.find(egress_id=egress_id)[0].status is EgressStatus.ACTIVE
    assert client.live_room("claims") is None


def test_find_by_id_and_by_room_and_list_what_runs(livekit: LiveKit) -> None:
    room = open_room(livekit)
    first = start().egress_id
    becomes_active(livekit, room)
    livekit.simulator.close_room(room)
    sales = livekit.simulator.open_room("sales", at=LONG_AGO)
    second = start("sales").egress_id
    becomes_active(livekit, sales)

    def ids(**filters: Any) -> list[str]:
        return [one.egress_id for one in client.find(**filters)]

    assert ids() == [first, second]
    assert ids(egress_id=first) == [first]
    assert ids(room_name="claims") == [first]
    (running,) = client.running()
    (told,) = client.find(egress_id=second)
    assert (running.egress_id, running.room_sid) == (second, told.room_sid)
    assert running.status_raw == told.status_raw


def test_a_forgotten_recording_is_an_empty_list(livekit: LiveKit) -> None:
    room = open_room(livekit, forgets=True)
    egress_id = start().egress_id
    becomes_active(livekit, room)
    livekit.simulator.close_room(room)

    assert client.find(egress_id=egress_id) == []


def test_rooms_and_people(livekit: LiveKit) -> None:
    room = open_room(livekit)
    livekit.simulator.join(room, Scenario(trunk_id="ST_1").caller())

    found = client.live_room("claims")
    assert found is not None
    assert found.sid == room.sid
    assert [one.trunk_id for one in client.participants("claims")] == ["ST_1"]
    assert client.live_room("nowhere") is None
    assert client.participants("nowhere") == []


def test_it_works_from_many_threads_at_once(livekit: LiveKit) -> None:
    open_room(livekit)
    found: list[object] = []
    threads = [
        threading.Thread(target=lambda: found.append(client.live_room("claims")))
        for _number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len([one for one in found if one is not None]) == 8
