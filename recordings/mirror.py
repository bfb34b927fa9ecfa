"""Tells the agents in a room whether it is being recorded, by an attribute of theirs.

What an agent was told stands on its row, so that it is told again only when that changes;
whom LiveKit could not reach is tried again at the next thought about the call.
"""

import logging
import uuid
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured

from recordings import consent_facts, recording_state
from recordings.livekit import participants
from recordings.livekit.errors import LiveKitUnavailable
from recordings.models import Call, Party
from recordings.recording_state import State

logger = logging.getLogger(__name__)

ATTRIBUTE = "earwitness.recording"
MOST_ROUNDS = 5


def untold(call: Call, state: State) -> list[Party]:
    """The agents on the line of whom it is not certain that they know this state."""
    if call.is_replayed:
        return []
    return [
        party
        for party in consent_facts.people(call)
        if party.role == Party.Role.AGENT
        and party.until is None
        and party.mirrored != state.value
    ]


def tell(*, call_id: UUID) -> None:
    """Tell every agent of a call its present state; for a worker, for it asks LiveKit.

    A room's newest call is told of and no other. A state that changes meanwhile, here or
    at another worker, is told as well.
    """
    again: list[Party] = []
    for _round in range(MOST_ROUNDS):
        call = Call.objects.select_related("room").get(id=call_id)
        if _is_over(call):
            return
        state = recording_state.of_call(call).state
        agents = {agent.id: agent for agent in (*again, *untold(call, state))}
        if not agents:
            return
        try:
            again = [one for one in agents.values() if not _tell(one, call, state)]
        except (LiveKitUnavailable, ImproperlyConfigured) as error:
            logger.warning(
                "mirror.failed",
                extra={"call": str(call_id), "error": type(error).__name__},
            )
            return


def _is_over(call: Call) -> bool:
    """The room is closed, or hosts another call by now."""
    newer = Call.objects.filter(room=call.room_id, started_at__gt=call.started_at)
    return call.room.finished_at is not None or newer.exists()


def _tell(agent: Party, call: Call, state: State) -> bool:
    """Tell one agent; False when another worker told it something at the same time."""
    mine = uuid.uuid4().hex[:16]
    rows = Party.objects.filter(id=agent.id)
    rows.update(mirrored=mine)
    participants.set_attributes(
        room_name=call.room.name,
        identity=agent.identity,
        attributes={ATTRIBUTE: state.value},
    )
    return bool(rows.filter(mirrored=mine).update(mirrored=state.value))
