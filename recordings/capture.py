"""Decides, after any change of facts, whether a call is being recorded as it should be.

`reconsider` is the one verb: idempotent, asked by every edge and task that changed
something. It only writes down what should happen; `recorder` carries it out.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch, prefetch_related_objects

from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.models import OnWithdrawal
from recordings import (
    ai_disclosure,
    alerts,
    consent,
    consent_facts,
    continuity,
    duties,
    mirror,
    part_plans,
    pauses,
    quarantine,
    recording_state,
    summary,
)
from recordings.models import Alert, Call, Recording

State = Recording.State

ROOM_GONE = "room_gone"
"""Why a start was refused: the call is over, or its room not there yet."""
HANDOVER = "handover"
"""Why a part stops whose successor records."""


@dataclass
class Work:
    """What `reconsider` wants done now: ids for tasks; and when to be asked again.

    call, standing, parts: what that rests on, and what has become of the parts.
    tell_agents: the agents on the line do not know yet whether they are recorded.
    look_into: the room, when LiveKit said that it is gone and nobody told us its end.
    """

    call: Call
    standing: consent.Standing
    parts: list[Recording]
    begin: list[UUID] = field(default_factory=list)
    stop: list[UUID] = field(default_factory=list)
    check: list[UUID] = field(default_factory=list)
    again_in: timedelta | None = None
    tell_agents: bool = False
    look_into: str = ""


def reconsider(*, call_id: UUID, now: datetime) -> Work:
    """Bring the plan for this call in line with facts, consent and law.

    Returns the recordings a worker should begin, stop or check at once; what is not
    handed on is found by the sweeps.
    """
    with transaction.atomic():
        call = summary.locked(call_id)
        consent_facts.fetch(call)
        parts = _locked_parts(call)
        standing = consent.standing(call, now=now)
        work = Work(call, standing, parts)
        pause = pauses.mind(call, parts=parts, now=now)
        halt = _reason_to_stop(call, standing, paused=pause is not None)
        for part in parts:
            if halt and part.state in Recording.OPEN and not part.stop_wanted:
                _want_stop(part, call, halt, now)
        if not halt:
            _keep_going(call, standing, parts, work, now)
        _mind_earlier_parts(parts, call, standing, now)
        ai_disclosure.mind(call, standing.verdict, now=now)
        _hand_on(parts, work, now)
        if call.is_live and parts and parts[-1].reason == ROOM_GONE:
            work.look_into = call.room_id
        summary.refresh(call, parts, consent=standing.summary, why=standing.why)
        duties.mind(call, standing=standing, parts=parts, now=now)
        told = recording_state.of_rows(call, parts=parts, pause=pause)
        work.tell_agents = bool(mirror.untold(call, told.state))
    return work


def _locked_parts(call: Call) -> list[Recording]:
    """The parts in order, under their locks; they and the pauses are read only once."""
    rows = Recording.objects.select_for_update().order_by("part")
    prefetch_related_objects([call], Prefetch("recordings", rows), "pauses")
    return list(call.recordings.all())


def _reason_to_stop(call: Call, standing: consent.Standing, *, paused: bool) -> str:
    """Why no recorder may run, empty when one may or might."""
    if not call.is_live:
        return "call_ended"
    return standing.stop_reason or (pauses.REASON if paused else "")


def _keep_going(
    call: Call,
    standing: consent.Standing,
    parts: list[Recording],
    work: Work,
    now: datetime,
) -> None:
    """See to it that the call has a recorder, and its successor in time."""
    current = next((p for p in parts if continuity.is_running(p)), None)
    leaving = next((p for p in parts if continuity.is_leaving(p)), None)
    if leaving is not None:
        current = _hand_over(leaving, current, now)
    if current is not None:
        _look_again_in_time(current, call, standing, now)
        _call_off_alarm(current, call, now)
        due = continuity.hand_over_at(current)
        if due is None or leaving is not None or call.now(now) < due:
            return
    elif leaving is not None or not standing.may_record:
        return
    _plan_next(call, parts, current, work, now)


def _plan_next(
    call: Call,
    parts: list[Recording],
    current: Recording | None,
    work: Work,
    now: datetime,
) -> None:
    """Plan the part that follows, now or when its time has come."""
    if current is not None:
        current.handing_over = True
    wait = continuity.wait_for_next(parts, now=now, at=call.now(now))
    if wait == timedelta():
        if current is not None:
            current.save(update_fields=["handing_over"])
        parts.append(part_plans.commit(call, len(parts) + 1, now=now))
        return
    if current is not None:
        current.handing_over = False
    work.again_in = wait


def _hand_over(
    leaving: Recording, current: Recording | None, now: datetime
) -> Recording | None:
    """Let a part stop as soon as the next records; keep it when there is no next."""
    if current is None:
        leaving.handing_over = False
        leaving.save(update_fields=["handing_over"])
        return leaving
    if current.state == State.RECORDING:
        leaving.stop_wanted, leaving.due_at = HANDOVER, now
        leaving.save(update_fields=["stop_wanted", "due_at"])
    return current


def _want_stop(part: Recording, call: Call, reason: str, now: datetime) -> None:
    part.stop_wanted = reason
    part.due_at = now
    if part.state == State.PLANNED:
        _drop_plan(part, call, now)
    part.save(update_fields=["state", "reason", "stop_wanted", "due_at"])


def _drop_plan(part: Recording, call: Call, now: datetime) -> None:
    """Nobody is recording yet, and nobody shall; was it our fault, people hear of it."""
    part.due_at = None
    if not part.reason and now - part.planned_at > continuity.LATE:
        part.reason = "not_asked"
    if part.stop_wanted != "call_ended" or not part.reason or _came_after(part, call):
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


def _came_after(part: Recording, call: Call) -> bool:
    """It was planned when the room was closed, and only nobody had told us."""
    over = call.ended_at is not None and call.now(part.planned_at) >= call.ended_at
    return over and part.reason == ROOM_GONE


def _look_again_in_time(
    part: Recording, call: Call, standing: consent.Standing, now: datetime
) -> None:
    """Nothing may happen any more in the call that would make us ask again."""
    if part.state != State.RECORDING:
        return
    instants = (standing.plan.say_by, continuity.hand_over_at(part))
    at = min((at for at in instants if at is not None), default=None)
    if at is not None:
        part.due_at = now + max(at - call.now(now), timedelta(seconds=1))
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
            part.expires_at, part.gone_by = now, None
            part.save(update_fields=["expires_at", "gone_by"])
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


def restless_calls(*, now: datetime, limit: int) -> list[UUID]:
    """Ids of calls of which no event may tell that their time has come: live ones that
    lost their recorder, those with a pause that is over, and those under a duty."""
    overdue = [pause.call_id for pause in pauses.due(now=now, limit=limit)]
    owed = duties.unrecorded(now=now, limit=limit)
    found = dict.fromkeys([*overdue, *owed, *_uncovered_calls(limit=limit)])
    return list(found)[:limit]


def _uncovered_calls(*, limit: int) -> list[UUID]:
    """Live calls that were recorded and have no recorder at present."""
    is_open = Exists(
        Recording.objects.filter(call=OuterRef("id"), state__in=Recording.OPEN)
    )
    was_recorded = Exists(Recording.objects.filter(call=OuterRef("id")))
    refused = (Call.Consent.REFUSED, Call.Consent.WITHDRAWN, Call.Consent.EXEMPT)
    rows = Call.objects.filter(~is_open, was_recorded, ended_at=None)
    rows = rows.exclude(consent__in=refused).order_by("-started_at")
    return list(rows.values_list("id", flat=True)[:limit])


def unsettled_calls(*, room_sid: str) -> set[UUID]:
    """Ids of the room's calls that are live, or have a part that is still open."""
    calls = Call.objects.filter(room=room_sid)
    open_parts = Recording.objects.filter(call__room=room_sid, state__in=Recording.OPEN)
    live = calls.filter(ended_at=None).values_list("id", flat=True)
    return {*live, *open_parts.values_list("call_id", flat=True)}
