"""What we ask LiveKit, and what its answers mean: above all, may it be recording now?"""

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from django.core.exceptions import ImproperlyConfigured
from livekit import api
from livekit.protocol.egress import (
    AudioMixing,
    EncodedFileType,
    RoomCompositeEgressRequest,
)
from pytest_django import Settings

from recordings.livekit import client
from recordings.livekit.client import Refusal
from recordings.livekit.facts import EgressStatus
from recordings.livekit.simulator import Faults, Scenario, StartFault
from recordings.livekit.simulator.world import Room
from tests.unit.recordings.livekit.conftest import KEYS, LONG_AGO, LiveKit

KEY = "recordings/team/2026/03/04/call/1.ogg"


@dataclass(frozen=True)
class Bucket:
    """Where a recorder shall write."""

    bucket: str = "calls"
    region: str = "eu-central-1"
    endpoint: str = ""
    force_path_style: bool = True
    access_key: str = "AK"
    secret_key: str = "SK"
    session_token: str = ""
    role_arn: str = ""
    external_id: str = ""


def start(name: str = "claims", *, timeout_seconds: float = 10, **changes: Any) -> Any:
    asked: dict[str, Any] = {"separate_sides": True, "upload": None} | changes
    return client.start_recording(
        room_name=name, key=KEY, timeout_seconds=timeout_seconds, **asked
    )


def open_room(livekit: LiveKit, **faults: Any) -> Room:
    return livekit.simulator.open_room("claims", at=LONG_AGO, faults=Faults(**faults))


def becomes_active(livekit: LiveKit, room: Room) -> None:
    assert livekit.simulator.wait_for(
        lambda: room.recordings[0].active_at is not None, timeout_seconds=10
    )


def test_a_recording_is_asked_for_as_agreed(livekit: LiveKit) -> None:
    room = open_room(livekit)

    started = start()

    asked: RoomCompositeEgressRequest = room.recordings[0].request
    assert started.status is EgressStatus.STARTING
    assert started.request_filepath == KEY
    assert started.room_sid == room.sid
    assert asked.audio_only
    assert asked.audio_mixing == AudioMixing.DUAL_CHANNEL_AGENT
    # With either of these a browser records, and the sides are mixed without a word.
    assert (asked.layout, asked.custom_base_url) == ("", "")
    assert asked.file_outputs[0].file_type == EncodedFileType.OGG
    assert asked.file_outputs[0].disable_manifest
    assert asked.file_outputs[0].WhichOneof("output") is None


def test_sides_stay_together_where_the_team_wants_that(livekit: LiveKit) -> None:
    room = open_room(livekit)

    start(separate_sides=False)

    asked = room.recordings[0].request
    assert asked.audio_mixing == AudioMixing.DEFAULT_MIXING


def test_where_to_write_is_sent_and_comes_back_without_its_secret(
    livekit: LiveKit,
) -> None:
    room = open_room(livekit)

    start(upload=Bucket())

    sent = room.recordings[0].request.file_outputs[0].s3
    kept = room.recordings[0].info.room_composite.file_outputs[0].s3
    assert (sent.bucket, sent.access_key, sent.secret) == ("calls", "AK", "SK")
    assert (kept.bucket, kept.access_key, kept.secret) == (
        "calls",
        "{access_key}",
        "{secret}",
    )


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


@pytest.mark.parametrize(
    ("fault", "reason", "retryable"),
    [
        (StartFault.NO_CAPACITY, Refusal.NO_CAPACITY, True),
        (StartFault.ROOM_GONE, Refusal.ROOM_GONE, True),
    ],
)
def test_a_refused_start_records_nothing(
    livekit: LiveKit, fault: StartFault, reason: Refusal, retryable: bool
) -> None:
    room = open_room(livekit, start=fault)

    with pytest.raises(client.StartRefused) as refused:
        start()

    assert refused.value.reason is reason
    assert refused.value.retryable is retryable
    assert room.recordings == []


@pytest.mark.parametrize(
    "fault",
    [
        StartFault.SILENCE_STARTED,
        StartFault.PROXY_PAGE_STARTED,
        StartFault.ANSWER_LOST_STARTED,
        StartFault.DEADLINE_STARTED,
    ],
)
def test_a_start_without_an_answer_is_found_by_its_key(
    livekit: LiveKit, fault: StartFault
) -> None:
    open_room(livekit, start=fault)

    with pytest.raises(client.StartUnclear):
        start(timeout_seconds=0.5)

    found = client.find(room_name="claims")
    assert [one.request_filepath for one in found] == [KEY]


@pytest.mark.parametrize("fault", [StartFault.SILENCE, StartFault.PROXY_PAGE])
def test_without_an_answer_nothing_is_claimed(
    livekit: LiveKit, fault: StartFault
) -> None:
    open_room(livekit, start=fault)

    with pytest.raises(client.StartUnclear):
        start(timeout_seconds=0.5)

    assert client.find(room_name="claims") == []


def test_a_closed_port_was_never_asked(settings: Settings) -> None:
    settings.LIVEKIT_API_KEYS = KEYS
    settings.LIVEKIT_URL = "http://127.0.0.1:9"

    with pytest.raises(client.StartRefused) as refused:
        start()

    assert refused.value.reason is Refusal.UNREACHABLE
    assert refused.value.retryable
    with pytest.raises(client.LiveKitUnavailable):
        client.find()
    with pytest.raises(client.LiveKitUnavailable):
        client.live_room("claims")
    with pytest.raises(client.LiveKitUnavailable):
        client.participants("claims")
    with pytest.raises(client.LiveKitUnavailable):
        client.stop("EG_1")


def test_a_wrong_secret_is_forbidden(livekit: LiveKit, settings: Settings) -> None:
    open_room(livekit)
    settings.LIVEKIT_API_KEYS = {"key-one": "some other secret of thirty-two letters"}

    with pytest.raises(client.StartRefused) as refused:
        start()

    assert refused.value.reason is Refusal.FORBIDDEN
    assert not refused.value.retryable


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


def test_find_by_id_by_room_and_by_whether_it_runs(livekit: LiveKit) -> None:
    room = open_room(livekit)
    first = start().egress_id
    becomes_active(livekit, room)
    livekit.simulator.close_room(room)
    livekit.simulator.open_room("sales", at=LONG_AGO)
    second = start("sales").egress_id

    def ids(**filters: Any) -> list[str]:
        return [one.egress_id for one in client.find(**filters)]

    assert ids() == [first, second]
    assert ids(egress_id=first) == [first]
    assert ids(room_name="claims") == [first]
    assert ids(active=True) == [second]
    assert ids(active=False) == [first]
    assert ids(egress_id=first, active=True) == []


def test_a_forgotten_recording_is_an_empty_list(livekit: LiveKit) -> None:
    room = open_room(livekit, forgets=True)
    egress_id = start().egress_id
    becomes_active(livekit, room)
    livekit.simulator.close_room(room)

    assert client.find(egress_id=egress_id) == []


def test_a_slow_answer_is_not_waited_for_beyond_the_time_given(
    livekit: LiveKit,
) -> None:
    open_room(livekit, start=StartFault.SILENCE)
    begun = datetime.now(UTC)

    with pytest.raises(client.StartUnclear):
        start(timeout_seconds=0.3)

    assert datetime.now(UTC) - begun < timedelta(seconds=5)


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
