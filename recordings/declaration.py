"""A call that a voice agent tells of before LiveKit's webhook does.

It takes the webhook's road (`parties`, `rooms`) and is provisional until LiveKit tells
of the same caller; then LiveKit's facts stand, and the call stays the same call.
"""

from datetime import datetime

from django.db import transaction

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import Person
from recordings import parties, rooms
from recordings.livekit.facts import ParticipantFacts, RoomFacts
from recordings.models import Call, Party, Room, Trunk


class UnknownTrunk(Exception):
    """Whose call it is cannot be told."""


class Contradicted(Exception):
    """LiveKit has told of a call of another team in this room."""


def declare(
    *, room: RoomFacts, caller: ParticipantFacts, by: Person, now: datetime
) -> Call:
    """Write down a call that an agent tells of; told again, it changes nothing.

    caller: participant sid, SIP call id and trunk are needed. Raises UnknownTrunk,
    Contradicted, or Refused where `by` does not reach the trunk's team or the calls of
    the room. The caller asks `capture.reconsider` afterwards.
    """
    trunk = Trunk.objects.filter(livekit_id=caller.trunk_id).first()
    if trunk is None:
        raise UnknownTrunk
    policy.require(by, Verb.REPORT_CONSENT, trunk)
    with transaction.atomic():
        held = rooms.locked(room, is_declared=True)
        for call in Call.objects.filter(room=held):
            policy.require(by, Verb.REPORT_CONSENT, call)
        is_new = _party(held, caller) is None
        parties.declare(held, caller, told_at=now)
        rooms.regroup(held, now=now)
        party = _party(held, caller)
        if party is None or party.call is None:
            raise Contradicted
        if is_new:
            facts = {"party": str(party.id)}
            log.append(Action.CALL_DECLARED, subject=party.call, actor=by, facts=facts)
    return party.call


def _party(room: Room, caller: ParticipantFacts) -> Party | None:
    """The row of this caller in the newest call it is in."""
    rows = Party.objects.filter(room=room).select_related("call__team", "call__trunk")
    by_sid = rows.filter(participant_sid=caller.sid)
    by_call = rows.filter(sip_call_id=caller.sip_call_id)
    newest = by_sid.order_by("-call__started_at").first()
    return newest or by_call.order_by("-call__started_at").first()
