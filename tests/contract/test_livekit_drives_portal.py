"""A real livekit-server drives the running portal by its own webhooks.

What it cannot do here is record: Egress is no package one could install. So this is how
a call without a recorder looks; recordings themselves are played by the simulator, which
is held to the same promises in test_livekit.py.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client

from compliance.models import Person
from recordings.livekit.simulator import Portal as VoiceAgent
from recordings.livekit.simulator import Scenario
from recordings.models import Alert, Call, LiveKitEvent, Party, Recording, Trunk
from tests.cast import Cast
from tests.contract.livekits import Portal, Real
from tests.factories.recordings import TrunkFactory
from tests.journeys.product import Product, run
from tests.services import LiveKitServer
from tests.waiting import until

ROOM = "claims-4711"
TRUNK = "ST_contract"
NUMBER = "+493023125555"
SCENARIO = Scenario(trunk_id=TRUNK, caller_number=NUMBER, labels={"ticket": "T-1"})


@pytest.fixture
def trunk(transactional_db: None, cast: Cast) -> Trunk:
    """The trunk over which claims is called."""
    return TrunkFactory.create(livekit_id=TRUNK, team=cast.claims)


@pytest.fixture
def server() -> list[LiveKitServer]:
    """The server, once it runs."""
    return []


@pytest.fixture
def product(
    trunk: Trunk,
    cast: Cast,
    tmp_path: Path,
    livekit_server: Callable[[str], LiveKitServer],
    server: list[LiveKitServer],
) -> Iterator[Product]:
    """The running portal, told of everything by a livekit-server of its own."""

    def start(webhook_url: str) -> LiveKitServer:
        server.append(livekit_server(webhook_url))
        return server[0]

    with run(tmp_path, cast, livekit=start) as product:
        yield product


def agree(product: Product, room_sid: str) -> None:
    """The voice agent asks, and the caller says yes."""
    agent = VoiceAgent(url=product.url, token=product.token)
    for kind, words in (("announced", "Darf ich aufzeichnen?"), ("granted", "Ja.")):
        agent.report(
            room_sid,
            kind=kind,
            occurred_at=datetime.now(UTC),
            offset_ms=1_000,
            script_version="v4",
            language="de",
            evidence=words,
        )


def test_a_real_call_is_told_whole_and_not_recorded_without_egress(
    product: Product,
    server: list[LiveKitServer],
    cast: Cast,
    trunk: Trunk,
    sign_in: Callable[[Person], Client],
) -> None:
    caller, agent = SCENARIO.caller(), SCENARIO.answering()
    livekit = Real(server[0], Portal())
    with ExitStack() as on_the_line:
        for person in (caller, agent):
            on_the_line.callback(livekit.call(ROOM, person))
        until(lambda: Party.objects.filter(call__isnull=False).count() == 2)
        agree(product, Call.objects.get().room_id)
        # no Egress answers; with a beat it would be asked again while the call lasts
        until(Recording.objects.filter(reason="no_capacity", attempt=1).exists)
    until(Call.objects.filter(ended_at__isnull=False).exists)
    until(LiveKitEvent.objects.filter(name="room_finished", state="applied").exists)

    call = Call.objects.get()
    assert (call.team, call.trunk) == (cast.claims, trunk)
    assert (call.room.name, call.direction) == (ROOM, Call.Direction.INBOUND)
    assert call.sip_call_id == caller.attributes["sip.callID"]
    assert call.provider_call_id == caller.attributes["sip.callIDFull"]
    assert [(label.key, label.value) for label in call.labels.all()] == [
        ("ticket", "T-1")
    ]
    assert call.ended_at is not None
    assert timedelta() < call.ended_at - call.started_at < timedelta(minutes=2)
    assert abs(datetime.now(UTC) - call.ended_at) < timedelta(minutes=2)
    parties = {party.role: party for party in call.parties.all()}
    assert set(parties) == {Party.Role.CALLER, Party.Role.AGENT}
    number = parties[Party.Role.CALLER].number
    assert number is not None
    assert number.e164 == NUMBER
    assert parties[Party.Role.AGENT].name == agent.name
    assert all(party.joined_at and party.left_at for party in parties.values())
    assert not LiveKitEvent.objects.exclude(state="applied").exists()

    until(Recording.objects.filter(state=Recording.State.FAILED).exists)
    assert call.recordings.get().reason == "no_capacity"
    call.refresh_from_db()
    assert call.capture == Call.Capture.FAILED
    [alert] = Alert.objects.filter(kind=Alert.Kind.NOT_RECORDED, closed_at=None)
    assert (alert.call, alert.detail) == (call, "no_capacity")
    page = sign_in(cast.reviewer).get(f"/calls/{call.id}/").content.decode()
    assert "This part could not be recorded" in page
    assert "LiveKit had no recorder free." in page
    home = sign_in(cast.lead).get("/").content.decode()
    assert f"/calls/{call.id}/" in home
