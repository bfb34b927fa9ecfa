"""Parts that the law may forbid: out of everybody's hearing until somebody decides.

A part gets here when it was recorded and what the law asks for did not happen. A
compliance officer lets it be heard after all, or has it destroyed at once. Only where
it was held for want of a report, and the report came late, does it come back by itself.
"""

from datetime import datetime
from typing import Protocol

from django.db import transaction
from django.utils.translation import gettext as _

from compliance import journal
from compliance.access import approving, policy
from compliance.access.permissions import Verb
from compliance.access.refusals import Refused
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.custody import Item
from compliance.journal import Act, Kind
from compliance.models import Approval, JournalEntry, Person
from compliance.retention import holds, restrictions
from recordings import alerts, consent, do_not_record, outbox, summary
from recordings.models import Alert, ConsentRecord, Recording

State = Recording.State

KIND = "held_deletion"
"""Of approvals: a held part is deleted with a second person (`held_deletion`)."""

NOT_ANNOUNCED = "not_announced"
"""The announcement did not come in time, so the recorder was stopped."""
NOT_REPORTED = "not_reported"
"""The part is over, and nobody has reported an announcement or consent."""
DO_NOT_RECORD = "do_not_record"
"""The call was on the do-not-record list, and we learned it too late."""
_ENDED_AS = {
    "EGRESS_LIMIT_REACHED": (State.LIMIT_REACHED, "limit_reached"),
    "EGRESS_FAILED": (State.AVAILABLE, "failed"),
    "EGRESS_ABORTED": (State.AVAILABLE, "aborted"),
}
"""What a released part goes back to; that a part is partial was never forgotten."""
_AGAINST = (ConsentRecord.Kind.REFUSED, ConsentRecord.Kind.WITHDRAWN)


class Part(Protocol):
    """A recording, or what a list has read of one."""

    @property
    def state(self) -> str:
        """One of Recording.State."""

    @property
    def expires_at(self) -> datetime | None:
        """When its time is over."""


def reason_to_hold(part: Recording) -> str:
    """Why a finished part must be held back, empty when it need not be.

    A part that was lawful until somebody said no is shut to listening, not held.
    """
    if part.stop_wanted == NOT_ANNOUNCED:
        return NOT_ANNOUNCED
    if do_not_record.is_against(part):
        return DO_NOT_RECORD
    if consent.open_purposes(part):
        return ""
    said_no = ConsentRecord.objects.filter(call=part.call_id, kind__in=_AGAINST)
    return "" if said_no.exists() else NOT_REPORTED


def put(
    part: Recording,
    *,
    reason: str,
    now: datetime,
    kind: Alert.Kind = Alert.Kind.UNLAWFUL_PART,
    actor: Person | None = None,
) -> None:
    """Hold a part back. The caller holds the locks of call and part.

    kind: what waits for an officer. actor: who had it held, if somebody did.
    """
    journal.owe([_act(Kind.QUARANTINED, part, reason)], now=now)
    hold_back(part, reason=reason, now=now, kind=kind, actor=actor)


def hold_back(
    part: Recording,
    *,
    reason: str,
    now: datetime,
    kind: Alert.Kind = Alert.Kind.UNLAWFUL_PART,
    actor: Person | None = None,
) -> None:
    """The same without a word in the journal, which may be where we have it from."""
    part.state = State.QUARANTINED
    part.reason = reason
    part.save(update_fields=["state", "reason"])
    log.append(
        Action.RECORDING_QUARANTINED,
        subject=part,
        actor=actor,
        facts={"part": part.part, "reason": reason},
    )
    alerts.open_once(
        kind,
        subject=str(part.id),
        now=now,
        call=part.call,
        recording=part,
        detail=reason,
    )


def is_held(part: Part, *, now: datetime) -> bool:
    """Whether somebody has still to decide: once its time is over, that was decided."""
    is_over = part.expires_at is not None and part.expires_at <= now
    return part.state in Recording.SHUT and not is_over


def take_late_report(part: Recording, *, now: datetime) -> None:
    """Let a part go that was held only because a report was late. Locks held."""
    waits = part.state == State.QUARANTINED and is_held(part, now=now)
    waits = waits and part.reason == NOT_REPORTED
    if waits and consent.open_purposes(part):
        _release(part, actor=None, now=now)


def release(*, recording: Recording, by: Person, now: datetime) -> bool:
    """Let a part be heard again; each purpose still asks for its own consent.

    Returns False when somebody was faster. Raises Refused.
    """
    policy.require(by, Verb.QUARANTINE, recording)
    with transaction.atomic():
        call = summary.locked(recording.call_id)
        part = _held(recording, now)
        if part is None or part.state == State.SEALED:
            return False
        _release(part, actor=by, now=now)
        summary.refresh(call)
    return True


def let_go(
    *,
    recording: Recording,
    by: Person,
    now: datetime,
    approved: Approval | None = None,
) -> bool:
    """End a held part's time now: the next sweep destroys it for ever.

    From here on nobody can release it: the sweep comes within the hour, and comes
    again every hour if the store refuses.

    approved: what a second person agreed to, where there is one
    (`held_deletion.let_go` asks). Returns False when somebody was faster. Raises
    Refused, also for what is on a legal hold.
    """
    policy.require(by, Verb.QUARANTINE, recording)
    team = recording.call.team
    approving.refuse_alone(Verb.QUARANTINE, team, kind=KIND, by=by, approved=approved)
    with transaction.atomic():
        call = summary.locked(recording.call_id)
        part = _held(recording, now)
        if part is None:
            return False
        require_free(part, now=now)
        part.expires_at, part.gone_by = now, None
        part.save(update_fields=["expires_at", "gone_by"])
        log.append(
            Action.RECORDING_EXPIRED,
            subject=part,
            actor=by,
            facts={"reason": "quarantine"},
        )
        _close_alerts(part, now)
        summary.refresh(call)
    return True


def require_free(part: Recording, *, now: datetime) -> None:
    """Raise Refused where a legal hold keeps the part, or it is restricted."""
    item = Item(Recording.ITEM, part.pk)
    with transaction.atomic():
        if not (holds.keeps(item, now=now) or restrictions.is_restricted(item)):
            return
    raise Refused(
        verb=Verb.QUARANTINE,
        code="on_hold",
        reason=_("It is kept on a legal ground."),
        ask=_("It can be deleted when that has ended."),
        subject=part,
    )


def _held(recording: Recording, now: datetime) -> Recording | None:
    """The part under its lock, while it waits for a decision."""
    rows = Recording.objects.select_for_update(of=("self",)).select_related("call")
    part = rows.filter(id=recording.id).first()
    return part if part and is_held(part, now=now) else None


def _release(part: Recording, *, actor: Person | None, now: datetime) -> None:
    journal.owe([_act(Kind.RELEASED, part, part.reason)], now=now)
    let_be_heard(part, actor=actor, now=now)


def let_be_heard(part: Recording, *, actor: Person | None, now: datetime) -> None:
    """Let a part go, without a word in the journal. The caller holds the locks."""
    part.state, part.reason = _ENDED_AS.get(
        part.egress_status, (State.AVAILABLE, "complete")
    )
    part.save(update_fields=["state", "reason"])
    log.append(
        Action.RECORDING_RELEASED, subject=part, actor=actor, facts={"part": part.part}
    )
    _close_alerts(part, now)
    outbox.recording_available(
        part, purposes=lambda: consent.open_purposes(part), now=now
    )


def _act(kind: JournalEntry.Kind, part: Recording, reason: str) -> Act:
    return Act(kind, Recording.ITEM, part.pk, {"reason": reason})


def _close_alerts(part: Recording, now: datetime) -> None:
    for kind in (Alert.Kind.UNLAWFUL_PART, Alert.Kind.OUT_OF_PLACE):
        alerts.close(kind, subject=str(part.id), now=now)
