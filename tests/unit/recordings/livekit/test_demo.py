"""The demo's calls are believable, the same each time, and never in production."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import phonenumbers
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from pytest_django import Settings

from recordings.livekit.demo_audio import conversations
from recordings.livekit.simulator import (
    DEMO_TRUNKS,
    Consent,
    Scenario,
    Simulator,
    demo_scenarios,
)

NOW = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
TRUNKS = {trunk.id: trunk for trunk in DEMO_TRUNKS}


def test_the_same_seed_makes_the_same_calls() -> None:
    assert demo_scenarios(now=NOW) == demo_scenarios(now=NOW)
    assert demo_scenarios(now=NOW, seed=8) != demo_scenarios(now=NOW)


def test_every_team_and_every_outcome_is_there() -> None:
    calls = demo_scenarios(now=NOW)

    assert len(calls) == 300
    assert {call.trunk_id for call in calls} == set(TRUNKS)
    assert {call.consent for call in calls} == set(Consent)
    assert sum(bool(call.faults.to_json()) for call in calls) >= 9
    assert any(call.caller_number is None for call in calls)
    assert {call.inbound for call in calls} == {True, False}
    assert max(Counter(call.caller_number for call in calls).values()) > 3


@pytest.mark.parametrize("weekday", range(7))
def test_whatever_day_it_is_there_are_calls_of_the_last_day(weekday: int) -> None:
    now = NOW + timedelta(days=weekday)

    starts = [call.starts_at for call in demo_scenarios(now=now) if call.starts_at]

    assert max(starts) <= now - timedelta(minutes=90)
    assert max(starts) > now - timedelta(days=1)
    assert min(starts) < now - timedelta(days=60)


def test_calls_can_be_chosen_by_time_and_by_conversation() -> None:
    since = NOW - timedelta(days=2)

    calls = demo_scenarios(count=20, now=NOW, since=since, only="support_es_order")

    assert {call.conversation for call in calls} == {"support_es_order"}
    assert all(call.starts_at and call.starts_at >= since for call in calls)
    with pytest.raises(ValueError, match="no conversation"):
        demo_scenarios(now=NOW, only="weather")


def test_a_scenario_survives_its_journey_as_json() -> None:
    for call in demo_scenarios(now=NOW):
        assert Scenario.from_json(call.to_json()) == call


def test_numbers_can_be_dialled_but_reach_nobody() -> None:
    for call in demo_scenarios(now=NOW):
        if call.caller_number:
            assert phonenumbers.is_possible_number(
                phonenumbers.parse(call.caller_number)
            )
        assert call.caller_number != call.trunk_number


def test_every_conversation_has_audio_and_its_marks() -> None:
    found = conversations()

    assert len(found) == 10
    assert {one.language for one in found.values()} == {"de", "en", "fr", "es"}
    for one in found.values():
        assert one.path.read_bytes().startswith(b"OggS")
        assert 0 < one.marks["announce"] < one.marks["consent"] < one.duration_ms
    total = sum(one.path.stat().st_size for one in found.values())
    assert total < 3_000_000


def test_there_is_no_simulator_in_production(settings: Settings) -> None:
    settings.DEBUG = settings.LIVEKIT_SIMULATOR = False

    with pytest.raises(ImproperlyConfigured):
        Simulator(keys={"a": "b"}, deliver=lambda *_: 200, put=lambda *_: None)


def test_the_commands_say_what_they_lack(settings: Settings) -> None:
    settings.LIVEKIT_SIMULATOR = True
    settings.LIVEKIT_API_KEYS = {}
    settings.LIVEKIT_URL = "http://127.0.0.1:1"
    with pytest.raises(CommandError, match="LIVEKIT_API_KEYS"):
        call_command("simulate_call")
    settings.LIVEKIT_URL = "https://livekit.example.com"
    with pytest.raises(CommandError, match="this machine"):
        call_command("simulate_call")
    with pytest.raises(CommandError, match="no conversation"):
        call_command("simulate_call", scenario="weather")
