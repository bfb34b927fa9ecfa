"""The same promises, kept by the simulator and by a real livekit-server."""

import base64
import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from google.protobuf.json_format import MessageToDict
from livekit.api import TokenVerifier, WebhookReceiver
from livekit.protocol.models import ParticipantInfo
from pytest_django import Settings

from portal.embedded.redis import Redis
from recordings.livekit import client, events, participants
from recordings.livekit.client import Refusal
from recordings.livekit.facts import Direction, Mixing, ParticipantKind
from recordings.livekit.simulator import Scenario, Simulator, over_http, serve
from tests.contract.livekits import LiveKit, Real, Simulated, listening
from tests.services import LiveKitServer
from tests.waiting import until

ROOM = "claims-4711"
KEYS = {"contract-key": "contract-secret-of-enough-length-0123456789"}


@pytest.fixture(params=["simulator", "livekit-server"])
def livekit(
    request: pytest.FixtureRequest,
    settings: Settings,
    livekit_server: Callable[[str], LiveKitServer],
) -> Iterator[LiveKit]:
    """Either LiveKit, with a portal that listens, and our settings pointing at it."""
    settings.LIVEKIT_SIMULATOR = True
    with listening() as portal:
        if request.param == "simulator":
            simulator = Simulator(
                keys=KEYS, deliver=over_http(portal.url), put=lambda *_given: None
            )
            with serve(simulator) as server:
                found: LiveKit = Simulated(server.url, KEYS, portal, simulator)
                settings.LIVEKIT_URL, settings.LIVEKIT_API_KEYS = found.url, found.keys
                yield found
        else:
            found = Real(livekit_server(portal.url), portal)
            settings.LIVEKIT_URL, settings.LIVEKIT_API_KEYS = found.url, found.keys
            yield found


@pytest.fixture
def caller() -> ParticipantInfo:
    return Scenario(trunk_id="ST_1", labels={"ticket": "T-1"}).caller()


def start() -> None:
    client.start_recording(
        room_name=ROOM, key="a.ogg", mixing=Mixing.AGENT_LEFT, upload=None
    )


def test_a_call_is_told_from_its_first_to_its_last_event(
    livekit: LiveKit, caller: ParticipantInfo
) -> None:
    def names() -> set[str]:
        return {event.name for event in livekit.portal.events(livekit.keys)}

    hang_up = livekit.call(ROOM, caller)
    until(lambda: "track_published" in names(), seconds=30)
    hang_up()
    until(lambda: "room_finished" in names(), seconds=60)

    told = {event.name: event for event in livekit.portal.events(livekit.keys)}
    assert {"room_started", "participant_joined", "participant_left"} < told.keys()
    assert all(event.known for event in told.values())
    room = told["room_started"].room
    assert room is not None
    assert room.sid.startswith("RM_")
    assert room.name == ROOM
    assert room.created_at is not None
    assert abs(datetime.now(UTC) - room.created_at) < timedelta(minutes=2)
    joined = told["participant_joined"].participant
    assert joined is not None
    assert joined.kind is ParticipantKind.CALLER
    assert joined.direction is Direction.INBOUND
    assert joined.phone_number == caller.attributes["sip.phoneNumber"]
    assert joined.sip_call_id == caller.attributes["sip.callID"]
    assert joined.trunk_id == "ST_1"
    assert joined.attributes["ticket"] == "T-1"
    assert joined.joined_at is not None
    assert told["track_published"].participant is not None
    assert told["track_published"].participant.kind is ParticipantKind.UNSTATED
    left = told["participant_left"].participant
    assert left is not None
    assert left.left_at is not None
    assert left.sid == joined.sid


def test_livekits_own_receiver_agrees_with_ours(
    livekit: LiveKit, caller: ParticipantInfo
) -> None:
    livekit.call(ROOM, caller)()
    until(lambda: len(livekit.portal.posts) >= 3, seconds=30)
    ((key, secret),) = livekit.keys.items()
    receiver = WebhookReceiver(TokenVerifier(key, secret))

    for body, headers in livekit.portal.posts:
        assert headers["Content-Type"] == "application/webhook+json"
        theirs = MessageToDict(
            receiver.receive(body.decode(), headers["Authorization"])
        )
        ours = events.verify(
            body=body,
            authorization=headers["Authorization"],
            keys=livekit.keys,
            now=datetime.now(UTC),
        )
        assert ours.key_id == key
        assert ours.payload["event"] == theirs["event"]
        assert ours.payload.get("id") == theirs.get("id")
        with pytest.raises(events.Unsigned):
            events.verify(
                body=body + b" ",
                authorization=headers["Authorization"],
                keys=livekit.keys,
                now=datetime.now(UTC),
            )
        assert base64.b64encode(hashlib.sha256(body).digest())


def test_who_is_in_a_room_while_it_lives(
    livekit: LiveKit, caller: ParticipantInfo
) -> None:
    assert client.live_room(ROOM) is None
    assert client.participants(ROOM) == []
    hang_up = livekit.call(ROOM, caller)

    room = client.live_room(ROOM)
    found = client.participants(ROOM)

    assert room is not None
    assert room.sid.startswith("RM_")
    assert not room.has_recorder
    assert [one.sid for one in client.rooms()] == [room.sid]
    # a list may be some seconds old
    until(lambda: [one.people for one in client.rooms()] == [1], seconds=30)
    assert [one.phone_number for one in found] == [caller.attributes["sip.phoneNumber"]]
    assert found[0].kind is ParticipantKind.CALLER
    hang_up()


def test_somebody_in_a_room_is_told_something(
    livekit: LiveKit, caller: ParticipantInfo
) -> None:
    hang_up = livekit.call(ROOM, caller)

    told = participants.set_attributes(
        room_name=ROOM,
        identity=caller.identity,
        attributes={"earwitness.recording": "recording"},
    )

    assert told
    (found,) = client.participants(ROOM)
    assert found.attributes["earwitness.recording"] == "recording"
    assert found.attributes["ticket"] == "T-1", "the others stay"
    hang_up()


def test_somebody_who_has_gone_is_not_told(
    livekit: LiveKit, caller: ParticipantInfo
) -> None:
    def tell() -> bool:
        return participants.set_attributes(
            room_name=ROOM, identity="nobody", attributes={"earwitness.recording": "x"}
        )

    assert not tell(), "there is no such room"
    hang_up = livekit.call(ROOM, caller)
    assert not tell(), "there is nobody of that name in it"
    hang_up()


def test_a_room_that_is_not_there_cannot_be_recorded(livekit: LiveKit) -> None:
    with pytest.raises(client.StartRefused) as refused:
        start()

    assert refused.value.reason is Refusal.ROOM_GONE


def test_a_wrong_secret_is_refused(livekit: LiveKit, settings: Settings) -> None:
    settings.LIVEKIT_API_KEYS = dict.fromkeys(livekit.keys, "wrong" * 12)

    with pytest.raises(client.StartRefused) as refused:
        start()

    assert refused.value.reason is Refusal.FORBIDDEN
    with pytest.raises(client.LiveKitUnavailable):
        client.live_room(ROOM)


def test_an_unknown_key_is_refused(livekit: LiveKit, settings: Settings) -> None:
    settings.LIVEKIT_API_KEYS = {"stranger": "s" * 40}

    with pytest.raises(client.StartRefused) as refused:
        start()

    assert refused.value.reason is Refusal.FORBIDDEN


def test_without_redis_a_real_server_knows_of_no_recording(
    settings: Settings, livekit_server: Callable[[str], LiveKitServer]
) -> None:
    server = livekit_server("")
    settings.LIVEKIT_URL = server.url
    settings.LIVEKIT_API_KEYS = {server.api_key: server.api_secret}

    with pytest.raises(client.LiveKitUnavailable):
        client.find()
    with pytest.raises(client.LiveKitUnavailable):
        client.stop("EG_nobody")


@pytest.fixture
def with_redis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Redis of its own for the livekit-server that is started next."""
    redis = Redis(tmp_path, persistent=False)
    redis.start()
    monkeypatch.setenv("REDIS_HOST", f"127.0.0.1:{redis.port}")
    monkeypatch.setenv("REDIS_PASSWORD", redis.password)
    yield
    redis.stop()


@pytest.mark.usefixtures("with_redis")
def test_without_workers_nothing_is_recorded_and_nothing_is_known(
    settings: Settings,
    livekit_server: Callable[[str], LiveKitServer],
    caller: ParticipantInfo,
) -> None:
    with listening() as portal:
        real = Real(livekit_server(portal.url), portal)
        settings.LIVEKIT_URL, settings.LIVEKIT_API_KEYS = real.url, real.keys
        hang_up = real.call(ROOM, caller)

        assert client.find() == []
        assert client.running() == []
        assert client.find(egress_id="EG_nobody") == []
        with pytest.raises(client.EgressUnknown):
            client.stop("EG_nobody")
        with pytest.raises(client.StartRefused) as refused:
            start()

        assert refused.value.reason is Refusal.NO_CAPACITY
        assert refused.value.retryable
        hang_up()
