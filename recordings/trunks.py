"""Gives a trunk its owner, and the owner the calls that came before."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import Person
from recordings import alerts, duties, keeping
from recordings.models import Alert, Call, Trunk


def adopt(*, trunk: Trunk, by: Person, now: datetime) -> list[UUID]:
    """Move the unassigned calls of this trunk to its team; returns their ids.

    The caller asks `capture.reconsider` for each: another seat may mean another law.
    Their objects keep their keys: a key is a stored fact. Raises Refused.
    """
    policy.require(by, Verb.EDIT_TRUNK, trunk)
    moved: list[UUID] = []
    with transaction.atomic():
        waiting = Call.objects.select_for_update().filter(
            team__is_unassigned=True, trunk_livekit_id=trunk.livekit_id
        )
        for call in waiting.order_by("id"):
            before = call.team_id
            call.team = trunk.team
            call.trunk = trunk
            call.purposes = duties.purposes(call)
            call.save(update_fields=["team", "trunk", "purposes"])
            log.append(
                Action.CALL_ASSIGNED,
                subject=call,
                actor=by,
                facts={"from_team": str(before), "to_team": str(trunk.team_id)},
            )
            moved.append(call.id)
        keeping.doubt(moved)
        alerts.close(Alert.Kind.UNKNOWN_TRUNK, subject=trunk.livekit_id, now=now)
    return moved
