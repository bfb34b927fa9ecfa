"""A new part of a call, as it is meant to be: where it will lie, and who is on which side."""

import logging
from datetime import datetime

from django.conf import settings
from django.db import transaction

from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.models import Team
from compliance.models.team import FileFormat, StaffedBy
from recordings import media_store
from recordings.livekit.errors import Refusal
from recordings.models import Call, Recording
from recordings.worklist import release

logger = logging.getLogger(__name__)

FORMAT_REFUSED = "format_refused"


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
    """`recordings/{team}/{yyyy}/{mm}/{dd}/{call}/{part}.{format}`, by the call's UTC
    date.

    Opaque ids only: keys are readable in logs and bucket listings. The ending is what
    LiveKit is asked to write, and what the file is served as.
    """
    day = call.started_at
    return (
        f"recordings/{call.team_id}/{day:%Y/%m/%d}/{call.id}/{part.part:02d}-"
        f"{part.id.hex[:8]}.{call.team.file_format}"
    )


def make_do(part: Recording, refusal: Refusal, *, now: datetime) -> bool:
    """Plan a refused part anew in the way that every LiveKit and Egress knows.

    Returns False where it was refused for another reason, or is planned so already. The
    refusal was certain, so nothing lies under the old key.
    """
    again = {"state": Recording.State.PLANNED, "due_at": now}
    if refusal is Refusal.UNSUPPORTED and part.sides == Recording.Sides.CALLER_LEFT:
        # this LiveKit has no media routes: everybody on both channels, then
        release(part, **again, sides=Recording.Sides.TOGETHER)
        return True
    stem, _dot, form = part.object_key.rpartition(".")
    if refusal is not Refusal.BAD_REQUEST or form == FileFormat.OGG:
        return False
    with transaction.atomic():
        facts: dict[str, Fact] = {"part": part.part, "reason": FORMAT_REFUSED}
        log.append(Action.CAPTURE_FAILED, subject=part, facts=facts)
        found = [*part.findings, FORMAT_REFUSED]
        release(part, **again, object_key=f"{stem}.{FileFormat.OGG}", findings=found)
    logger.warning("capture.format_refused", extra={"recording": str(part.id)})
    return True
