"""What a real livekit-server lets an operator know."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from livekit import api
from livekit.protocol import sip
from livekit.protocol.models import ParticipantInfo
from pytest_django.fixtures import Settings

from portal.embedded.redis import Redis
from recordings.doctor import telephony
from recordings.finding import Level
from recordings.livekit import events
from recordings.livekit.calling import call
from recordings.livekit.simulator import Scenario
from recordings.livekit.trunks import trunks
from tests.contract.livekits import Real, listening
from tests.factories.recordings import TrunkFactory
from tests.services import LiveKitServer
from tests.unit.recordings.doctor.looking import told
from tests.waiting import until

ENCRYPTED = sip.SIPMediaEncryption.SIP_MEDIA_ENCRYPT_REQUIRE


@pytest.fixture
def with_redis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Redis of its own for the livekit-server that is started next."""
    redis = Redis(tmp_path, persistent=False)
    redis.start()
    monkeypatch.setenv("REDIS_HOST", f"127.0.0.1:{redis.port}")
    monkeypatch.setenv("REDIS_PASSWORD", redis.password)
    yield
    redis.stop()


@pytest.fixture
def serve(
    settings: Settings, livekit_server: Callable[[str], LiveKitServer]
) -> Callable[[str], LiveKitServer]:
    """`serve(webhook_url)`: a livekit-server, to which our settings point."""

    def started(webhook_url: str = "") -> LiveKitServer:
        server = livekit_server(webhook_url)
        settings.LIVEKIT_URL = server.url
        settings.LIVEKIT_API_KEYS = {server.api_key: server.api_secret}
        return server

    return started


def add_inbound(**fields: object) -> str:
    trunk = sip.SIPInboundTrunkInfo(name="line", **fields)  # type: ignore[arg-type]
    request = sip.CreateSIPInboundTrunkRequest(trunk=trunk)
    made = call(
        api.SIPGrants(admin=True),
        lambda livekit: livekit.sip.create_inbound_trunk(request),
    )
    return str(made.sip_trunk_id)


def add_outbound(**fields: object) -> str:
    trunk = sip.SIPOutboundTrunkInfo(
        name="out",
        address="sip.example.com",
        numbers=["+493023125102"],
        **fields,  # type: ignore[arg-type]
    )
    request = sip.CreateSIPOutboundTrunkRequest(trunk=trunk)
    made = call(
        api.SIPGrants(admin=True),
        lambda livekit: livekit.sip.create_outbound_trunk(request),
    )
    return str(made.sip_trunk_id)


@pytest.mark.django_db
@pytest.mark.usefixtures("with_redis")
def test_trunks_and_how_they_are_guarded(serve: Callable[..., LiveKitServer]) -> None:
    serve()
    open_one = add_inbound(numbers=["+493023125100"])
    guarded = add_inbound(
        numbers=["+493023125101"],
        allowed_addresses=["192.0.2.0/24"],
        media_encryption=ENCRYPTED,
    )
    out = add_outbound(media_encryption=ENCRYPTED)
    TrunkFactory.create(livekit_id=open_one)
    TrunkFactory.create(livekit_id=guarded)

    facts = {trunk.id: trunk for trunk in trunks()}
    warned = told(telephony.findings(), Level.WARN)

    assert set(facts) == {open_one, guarded, out}
    assert facts[out].is_encrypted
    assert not facts[out].is_inbound
    assert set(warned) == {
        f"voices travel unencrypted on {open_one}",
        f"calls are taken from any address on {open_one}",
    }
    assert told(telephony.findings(), Level.FAIL) == {}
    assert "4930" not in repr(facts), "numbers stay with LiveKit"


@pytest.mark.django_db
def test_a_server_without_redis_has_no_egress(
    serve: Callable[..., LiveKitServer],
) -> None:
    serve()

    (what, remedy), *_more = told(telephony.findings(), Level.FAIL).items()

    assert what.startswith("does not tell of egress")
    assert remedy == "Give livekit-server and egress the same Redis."


@pytest.mark.django_db
def test_a_real_server_that_does_not_know_our_key(
    serve: Callable[..., LiveKitServer], settings: Settings
) -> None:
    serve()
    settings.LIVEKIT_API_KEYS = {"stranger": "s" * 40}

    (remedy,) = told(telephony.findings(), Level.FAIL).values()

    assert remedy.startswith("LIVEKIT_API_KEYS")


def test_a_real_webhook_says_when_it_was_signed(
    serve: Callable[..., LiveKitServer],
) -> None:
    with listening() as portal:
        real = Real(serve(portal.url), portal)
        caller: ParticipantInfo = Scenario(trunk_id="ST_1").caller()
        real.call("claims-4711", caller)()
        until(lambda: portal.posts, seconds=30)
        body, headers = portal.posts[0]
        verified = events.verify(
            body=body,
            authorization=headers["Authorization"],
            keys=real.keys,
            now=datetime.now(UTC),
        )

    assert verified.signed_at is not None
    assert abs(datetime.now(UTC) - verified.signed_at) < timedelta(minutes=1)
