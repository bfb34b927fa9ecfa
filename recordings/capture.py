"""Decides, after any change of facts, whether a call is being recorded as it should be.

`reconsider` is the one verb: idempotent, asked by every edge and task that changed
something. It only writes down what should happen; `recorder` carries it out.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.models import OnWithdrawal
from recordings import alerts, consent, media_store, quarantine, summary
from recordings.models import Alert, Call, Recording

State = Recording.State

MOST_PARTS_WITHOUT_FILE = 3
LATE = timedelta(seconds=30)
"""A start that no worker asked for within this time is a fault, not a short call."""
_CUT_OFF = {"never_started", "limit_reached", "failed"}
"""Ends that leave a call going on unheard."""


@dataclass
class Work:
    """What `reconsider` wants done now: ids for tasks."""

    begin: list[UUID] = field(default_factory=list)
    stop: list[UUID] = field(default_factory=list)
    check: list[UUID] = field(default_factory=list)


def reconsider(*, call_id: UUID, now: datetime) -> Work:
    """Bring the plan for this call in line with facts, consent and law.

    Returns the recordings a worker should begin, stop or check at once; what is not
    handed on is found by the sweeps.
    """
    work = Work()
    with transaction.atomic():
        call = summary.locked(call_id)
        standing = consent.standing(call, now=now)
        rows = Recording.objects.select_for_update().filter(call=call)
        parts = list(rows.order_by("part"))
        current = next((p for p in parts if _is_running(p)), None)
        if current is not None:
            _want_stop(current, call, standing, now)
            _look_again_in_time(current, call, standing, now)
            _call_off_alarm(current, call, now)
        elif call.is_live and standing.may_record and _may_plan(parts):
            parts.append(_plan_part(call, len(parts) + 1, now))
        _mind_earlier_parts(parts, call, standing, now)
        _hand_on(parts, work, now)
        summary.refresh(call, consent=standing.summary)
    return work


def _is_running(part: Recording) -> bool:
    return part.state in Recording.OPEN and not part.stop_wanted


def _may_plan(parts: list[Recording]) -> bool:
    """Whether a live call without a recorder may get a part, after those it had."""
    if any(part.state in Recording.OPEN for part in parts):
        return False  # the part being stopped must end first
    if sum(1 for part in parts if _came_to_nothing(part)) >= MOST_PARTS_WITHOUT_FILE:
        return False
    return not parts or _may_follow(parts[-1])


def _plan_part(call: Call, number: int, now: datetime) -> Recording:
    """Commit to a new part: row, number and key before LiveKit hears of it."""
    part = Recording(call=call, part=number, planned_at=now, due_at=now)
    part.store = media_store.store().name
    part.object_key = object_key(call, part)
    part.separate_sides = call.team.separate_sides
    part.save(force_insert=True)
    return part


def object_key(call: Call, part: Recording) -> str:
    """`recordings/{team}/{yyyy}/{mm}/{dd}/{call}/{part}.ogg`, by the call's UTC date.

    Opaque ids only: keys are readable in logs and bucket listings.
    """
    day = call.started_at
    return (
        f"recordings/{call.team_id}/{day:%Y/%m/%d}/{call.id}/{part.part:02d}-"
        f"{part.id.hex[:8]}.ogg"
    )


def _came_to_nothing(part: Recording) -> bool:
    """It left no file, or will not have left one once the store was asked."""
    breaks = part.state == State.CHECKING and part.reason.startswith("failed")
    return breaks or part.state in {State.FAILED, State.ABORTED, State.LOST}


def _may_follow(last: Recording) -> bool:
    """Stopped by us, never begun, or cut off: the next part may go on from there."""
    word = last.reason.split(":", 1)[0]
    return bool(last.stop_wanted) or word in _CUT_OFF


def _want_stop(
    part: Recording, call: Call, standing: consent.Standing, now: datetime
) -> None:
    reason = "call_ended" if not call.is_live else standing.stop_reason
    if not reason:
        return
    part.stop_wanted = reason
    part.due_at = now
    if part.state == State.PLANNED:
        _drop_plan(part, call, now)
    part.save(update_fields=["state", "reason", "stop_wanted", "due_at"])


def _drop_plan(part: Recording, call: Call, now: datetime) -> None:
    """Nobody is recording yet, and nobody shall; was it our fault, people hear of it."""
    part.due_at = None
    if not part.reason and now - part.planned_at > LATE:
        part.reason = "not_asked"
    if part.stop_wanted != "call_ended" or not part.reason:
        part.state, part.reason = State.ABORTED, part.stop_wanted
        return
    part.state = State.FAILED
    facts: dict[str, Fact] = {"part": part.part, "reason": part.reason}
    log.append(Action.CAPTURE_FAILED, subject=part, facts=facts)
    alerts.open_once(
        Alert.Kind.NOT_RECORDED,
        subject=str(call.id),
        now=now,
        call=call,
        recording=part,
        detail=part.reason,
    )


def _look_again_in_time(
    part: Recording, call: Call, standing: consent.Standing, now: datetime
) -> None:
    """Nothing may happen any more in the call that would make us ask again."""
    say_by = standing.plan.say_by
    if say_by is None or part.stop_wanted or part.state != State.RECORDING:
        return
    part.due_at = now + max(say_by - call.now(now), timedelta(seconds=1))
    part.save(update_fields=["due_at"])


def _call_off_alarm(part: Recording, call: Call, now: datetime) -> None:
    """A start that was late has come after all."""
    if part.state == State.RECORDING:
        alerts.close(Alert.Kind.NOT_RECORDED, subject=str(call.id), now=now)


def _mind_earlier_parts(
    parts: list[Recording], call: Call, standing: consent.Standing, now: datetime
) -> None:
    """Withdrawn: erase what the team wants erased. Never announced: out of reach."""
    for part in parts:
        if (
            standing.is_withdrawn
            and call.team.on_withdrawal == OnWithdrawal.ERASE
            and part.state != State.DESTROYED
            and (part.expires_at is None or part.expires_at > now)
        ):
            part.expires_at = now
            part.save(update_fields=["expires_at"])
        if standing.was_unlawful and part.state in Recording.HEARABLE:
            quarantine.put(part, reason=standing.stop_reason, now=now)
        quarantine.take_late_report(part, now=now)


def _hand_on(parts: list[Recording], work: Work, now: datetime) -> None:
    for part in parts:
        if part.due_at is not None and part.due_at > now:
            continue  # it waits for another try, and a sweep will find it
        if part.state == State.PLANNED:
            work.begin.append(part.id)
        elif part.stop_wanted and part.state == State.RECORDING:
            work.stop.append(part.id)
        elif part.state == State.CHECKING:
            work.check.append(part.id)


def unsettled_calls(*, limit: int) -> list[UUID]:
    """Ids of calls that are live, or have a part that is still open."""
    rows = Call.objects.filter(
        Q(ended_at=None) | Q(recordings__state__in=Recording.OPEN)
    )
    return list(
        rows.order_by("-started_at").values_list("id", flat=True).distinct()[:limit]
    )
