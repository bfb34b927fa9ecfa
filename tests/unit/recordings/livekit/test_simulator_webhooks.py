"""The simulator's webhooks: LiveKit's own library accepts them, and they come as they do."""

from collections import Counter
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from livekit.api import TokenVerifier, WebhookReceiver

from recordings.livekit.simulator import EVERY, Faults, Scenario, sign
from recordings.livekit.simulator.world import Room
from tests.unit.recordings.livekit.conftest import KEYS, LONG_AGO, LiveKit


def a_call(livekit: LiveKit, **faults: Any) -> Room:
    """Play a call without a recording."""
    room = livekit.simulator.open_room("claims", at=LONG_AGO, faults=Faults(**faults))
    scenario = Scenario(labels={"ticket": "T-1"})
    livekit.simulator.join(room, scenario.caller())
    livekit.simulator.join(room, scenario.answering())
    livekit.simulator.close_room(room)
    return room


USUAL = [
    "room_started",
    "participant_joined",
    "track_published",
    "participant_joined",
    "track_published",
    "participant_left",
    "participant_left",
    "room_finished",
]


def test_a_call_is_told_in_order_with_its_own_dates(livekit: LiveKit) -> None:
    a_call(livekit)

    assert livekit.names() == USUAL
    assert {event.created_at.date() for event in livekit.heard if event.created_at} == {
        LONG_AGO.date()
    }
    assert len({event.id for event in livekit.heard}) == len(USUAL)


def test_livekits_own_receiver_reads_the_same(livekit: LiveKit) -> None:
    a_call(livekit)
    livekit.names()
    ((key, secret),) = KEYS.items()
    receiver = WebhookReceiver(TokenVerifier(key, secret))

    for sent, event in zip(livekit.simulator.webhooks.sent, livekit.heard, strict=True):
        token = sign(sent.body, key=key, secret=secret)
        theirs = MessageToDict(receiver.receive(sent.body.decode(), token))
        assert theirs["event"] == event.name
        assert theirs["id"] == event.id
        if event.participant:
            assert theirs["participant"]["identity"] == event.participant.identity
            assert dict(theirs["participant"].get("attributes", {})) == (
                event.participant.attributes
            )


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_a_portal_in_trouble_is_asked_again(livekit: LiveKit, status: int) -> None:
    livekit.answers += [status] * 4

    a_call(livekit)

    assert livekit.names() == USUAL
    assert livekit.simulator.webhooks.sent[0].attempts == 5


def test_after_five_attempts_an_event_is_lost(livekit: LiveKit) -> None:
    livekit.answers += [500] * 5

    a_call(livekit)

    assert livekit.names() == USUAL[1:]
    assert livekit.simulator.webhooks.lost("claims") == 1


@pytest.mark.parametrize("status", [301, 400, 401, 404, 501])
def test_other_answers_are_final(livekit: LiveKit, status: int) -> None:
    livekit.answers.append(status)

    a_call(livekit)

    assert livekit.names() == USUAL[1:]


def test_lost_events(livekit: LiveKit) -> None:
    a_call(livekit, lost=frozenset({"participant_left"}))

    assert "participant_left" not in livekit.names()


def test_events_sent_twice_keep_their_id(livekit: LiveKit) -> None:
    a_call(livekit, twice=frozenset({EVERY}))

    livekit.names()
    assert set(Counter(event.id for event in livekit.heard).values()) == {2}


def test_events_sent_again_under_another_id(livekit: LiveKit) -> None:
    a_call(livekit, renamed=frozenset({EVERY}))

    assert len(livekit.names()) == 2 * len(USUAL)
    assert len({event.id for event in livekit.heard}) == 2 * len(USUAL)


def test_late_events_come_after_the_call(livekit: LiveKit) -> None:
    a_call(livekit, late=frozenset({"participant_joined"}))

    assert livekit.names()[-2:] == ["participant_joined"] * 2


def test_shuffled_events_are_the_same_in_another_order(livekit: LiveKit) -> None:
    a_call(livekit, shuffled=3)

    assert livekit.names() != USUAL
    assert sorted(livekit.names()) == sorted(USUAL)


def test_the_turn_password_is_in_it_as_livekit_sends_it(livekit: LiveKit) -> None:
    a_call(livekit)

    livekit.names()
    assert b"turnPassword" in livekit.simulator.webhooks.sent[0].body
