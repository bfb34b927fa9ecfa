"""Agents in the room see whether it is being recorded, without asking the portal."""

from typing import Any

import pytest

from recordings import mirror, tasks
from recordings.livekit import participants
from recordings.livekit.errors import LiveKitUnavailable
from recordings.livekit.simulator.world import Room
from recordings.models import Call, Party
from recordings.models.call import REPLAYED
from tests.factories.recordings import CallFactory
from tests.line import Line

pytestmark = pytest.mark.django_db


def seen_by(room: Room, kind: str) -> set[str]:
    """What people of this kind can see in the room."""
    return {
        person.attributes.get(mirror.ATTRIBUTE, "")
        for person in room.participants.values()
        if person.Kind.Name(person.kind) == kind
    }


def tell(line: Line) -> None:
    """What the task does that `reconsider` asked for."""
    mirror.tell(call_id=line.call().id)


def test_the_agent_sees_each_state_and_the_caller_none(line: Line) -> None:
    room = line.ring()
    assert line.reconsider().tell_agents
    tell(line)
    assert seen_by(room, "AGENT") == {"starting"}
    assert not line.reconsider().tell_agents, "it has been told"

    line.record(room)
    assert line.reconsider().tell_agents
    tell(line)
    assert seen_by(room, "AGENT") == {"recording"}
    assert seen_by(room, "SIP") == {""}


def test_an_agent_who_joins_later_is_told_too(line: Line) -> None:
    room = line.ring(with_agent=False)
    line.record(room)
    assert not line.reconsider().tell_agents

    line.join_agent(room)
    assert line.reconsider().tell_agents
    tell(line)

    assert seen_by(room, "AGENT") == {"recording"}


def test_what_livekit_did_not_take_is_told_at_the_next_thought(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = line.ring()

    def out_of_reach(**_told: Any) -> bool:
        raise LiveKitUnavailable("no answer")

    with monkeypatch.context() as broken:
        broken.setattr(participants, "set_attributes", out_of_reach)
        tell(line)
    assert seen_by(room, "AGENT") == {""}

    assert line.reconsider().tell_agents
    tell(line)
    assert seen_by(room, "AGENT") == {"starting"}


def test_of_two_workers_the_one_who_read_later_has_the_last_word(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One worker is slow: what it read has changed, and the other has told of that."""
    room = line.ring()
    really = participants.set_attributes

    def slowly(**told: Any) -> bool:
        monkeypatch.setattr(participants, "set_attributes", really)
        line.record(room)
        tell(line)
        return really(**told)

    monkeypatch.setattr(participants, "set_attributes", slowly)
    tell(line)

    assert seen_by(room, "AGENT") == {"recording"}


def test_nobody_is_told_of_a_call_of_long_ago(line: Line) -> None:
    line.ring()
    call = line.call()
    Call.objects.update(started_at=call.started_at - REPLAYED)

    assert not line.reconsider().tell_agents


def test_the_agent_of_the_next_call_is_not_told_of_the_one_before(line: Line) -> None:
    room = line.ring()
    first = line.call()
    CallFactory.create(room=first.room, team=first.team, started_at=line.now)

    mirror.tell(call_id=first.id)

    assert seen_by(room, "AGENT") == {""}


def test_a_thought_publishes_the_telling(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    published: list[str] = []
    monkeypatch.setattr(
        tasks,
        "publish_after_commit",
        lambda task, **_kwargs: published.append(task.name),
    )
    line.ring()
    Party.objects.update(mirrored="")

    tasks.reconsider(str(line.call().id))

    assert "recordings.mirror_state" in published
