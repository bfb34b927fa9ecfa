"""A new part of a call, as it is meant to be: where it will lie, and who is on which side."""

from datetime import datetime

from django.conf import settings

from compliance.models import Team
from compliance.models.team import StaffedBy
from recordings import media_store
from recordings.models import Call, Recording


def commit(call: Call, number: int, *, now: datetime) -> Recording:
    """Commit to a new part: row, number and key before LiveKit hears of it."""
    part = Recording(call=call, part=number, planned_at=now, due_at=now)
    part.store = media_store.store().name
    part.object_key = object_key(call, part)
    part.sides = _sides(call.team)
    part.save(force_insert=True)
    return part


def _sides(team: Team) -> Recording.Sides:
    """How the voices are kept apart: DUAL_CHANNEL_AGENT knows AI agents alone, people
    need media routes, and those need a LiveKit and an Egress that have them."""
    if not team.separate_sides:
        return Recording.Sides.TOGETHER
    if team.staffed_by == StaffedBy.AGENTS:
        return Recording.Sides.AGENT_LEFT
    has_routes = settings.EGRESS_ROUTES
    return Recording.Sides.CALLER_LEFT if has_routes else Recording.Sides.TOGETHER


def object_key(call: Call, part: Recording) -> str:
    """`recordings/{team}/{yyyy}/{mm}/{dd}/{call}/{part}.ogg`, by the call's UTC date.

    Opaque ids only: keys are readable in logs and bucket listings.
    """
    day = call.started_at
    return (
        f"recordings/{call.team_id}/{day:%Y/%m/%d}/{call.id}/{part.part:02d}-"
        f"{part.id.hex[:8]}.ogg"
    )
