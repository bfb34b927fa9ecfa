"""What is told of a LiveKit that is not as it should be."""

from collections.abc import Callable

import pytest
from pytest_django.fixtures import Settings

from recordings.doctor import telephony
from recordings.finding import Level
from recordings.livekit import client
from recordings.livekit.client import LiveKitUnavailable, Refusal
from recordings.livekit.facts import TrunkFacts
from recordings.livekit.simulator.trunks import DEMO_TRUNKS
from recordings.livekit.trunks import trunks
from tests.factories.recordings import TrunkFactory
from tests.unit.recordings.doctor.looking import only, told
from tests.unit.recordings.livekit.conftest import KEYS, LiveKit

pytestmark = pytest.mark.django_db


@pytest.fixture
def lines(
    livekit: LiveKit, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., dict[str, str]]:
    """`lines(level, trunk, …)`: what is told of these trunks, all ours."""

    def tell(level: Level, *found: TrunkFacts) -> dict[str, str]:
        monkeypatch.setattr(telephony, "trunks", lambda: list(found))
        return told(telephony.findings(), level)

    return tell


def trunk(number: int = 1, **facts: bool) -> TrunkFacts:
    sound = {"is_encrypted": True, "takes_anybody": False}
    return TrunkFacts(id=f"ST_{number}", **(sound | facts))


def test_a_livekit_that_is_well(livekit: LiveKit) -> None:
    for one in DEMO_TRUNKS:
        TrunkFactory.create(livekit_id=one.id)

    assert told(telephony.findings(), Level.FAIL) == {}
    assert told(telephony.findings(), Level.WARN) == {}


def test_the_trunks_of_the_demo_are_told(livekit: LiveKit) -> None:
    found = trunks()

    assert [one.id for one in found] == [one.id for one in DEMO_TRUNKS]
    assert all(one.is_encrypted and not one.takes_anybody for one in found)


def test_nothing_configured(settings: Settings) -> None:
    settings.LIVEKIT_API_KEYS = {}

    finding = only(telephony.findings())

    assert finding.level is Level.FAIL
    assert "LIVEKIT_URL and LIVEKIT_API_KEYS" in finding.remedy


@pytest.mark.parametrize("keys", [{"key-one": "w" * 40}, {"stranger": "s" * 40}])
def test_a_key_that_livekit_does_not_know(
    livekit: LiveKit, settings: Settings, keys: dict[str, str]
) -> None:
    settings.LIVEKIT_API_KEYS = keys

    finding = only(telephony.findings())

    assert finding.level is Level.FAIL
    assert finding.remedy.startswith("LIVEKIT_API_KEYS")
    assert not set(keys.values()) & set(repr(finding).split())


def test_nobody_at_the_address(settings: Settings) -> None:
    settings.LIVEKIT_API_KEYS = KEYS
    settings.LIVEKIT_URL = "http://127.0.0.1:9"

    assert only(telephony.findings()).remedy.startswith("LIVEKIT_URL")


def test_something_else_at_the_address(livekit: LiveKit, settings: Settings) -> None:
    settings.LIVEKIT_URL = f"{livekit.url}/elsewhere"

    assert only(telephony.findings()).remedy.startswith("LIVEKIT_URL")


def test_a_livekit_without_egress(
    livekit: LiveKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_egress(**filters: object) -> None:
        raise LiveKitUnavailable("internal 500", Refusal.NO_EGRESS)

    monkeypatch.setattr(client, "running", no_egress)

    (remedy,) = told(telephony.findings(), Level.FAIL).values()

    assert remedy == "Give livekit-server and egress the same Redis."


def test_voices_in_clear(lines: Callable[..., dict[str, str]]) -> None:
    TrunkFactory.create(livekit_id="ST_1")

    (what,) = lines(Level.WARN, trunk(is_encrypted=False))

    assert what == "voices travel unencrypted on ST_1"


def test_an_open_trunk(lines: Callable[..., dict[str, str]]) -> None:
    TrunkFactory.create(livekit_id="ST_1")

    ((what, remedy),) = lines(Level.WARN, trunk(takes_anybody=True)).items()

    assert what == "calls are taken from any address on ST_1"
    assert "allowed_addresses" in remedy


def test_trunks_that_only_one_side_knows(lines: Callable[..., dict[str, str]]) -> None:
    TrunkFactory.create(livekit_id="ST_gone")

    warned = lines(Level.WARN, *(trunk(number) for number in range(7)))

    assert list(warned) == [
        "calls over ST_0, ST_1, ST_2, ST_3, ST_4 and 2 more go to Unassigned",
        "LiveKit does not know ST_gone",
    ]
