"""Hear now, answer for it afterwards: a recording outside one's own scope.

Who may hear somewhere may, in an emergency, hear elsewhere: at once, with a reason, and
with an alert to those who answer for the law and for the system. Somebody else judges
within a day whether it was justified. The link is `playback`'s, with all it asks for:
what the parties consented to is binding in an emergency too.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.access.refusals import Refused
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import Person, Purpose
from recordings import alerts, playback
from recordings.models import Alert, EmergencyListen, Listen, Recording
from recordings.playback import Served
from recordings.renditions import Preparing

JUDGED_WITHIN = timedelta(hours=24)


class NoEmergency(Exception):
    """He may hear this recording anyhow: nothing was opened."""


class AlreadyJudged(Exception):
    """Somebody else was faster; his judgement stands."""


def open(
    *,
    recording_id: UUID,
    listener: Person,
    purpose: Purpose,
    reason: str,
    plays: Collection[str] = (),
    now: datetime,
) -> Served | Preparing:
    """Start a sitting with a recording out of reach, and let the others know.

    Raises what `playback.open` does, and NoEmergency.
    """
    if not reason.strip():
        raise playback.NoReason
    found = Recording.objects.select_related("call").filter(id=recording_id).first()
    if found and policy.allows(listener, Verb.LISTEN, found):
        raise NoEmergency
    return playback.open(
        recording_id=recording_id,
        listener=listener,
        purpose=purpose,
        reason=reason,
        plays=plays,
        verb=Verb.EMERGENCY_LISTEN,
        opened=_opened,
        now=now,
    )


def _opened(listen: Listen) -> None:
    """In the transaction of the first link: the row, its entry, and the alert."""
    recording, now = listen.recording, listen.opened_at
    row = EmergencyListen.objects.create(
        listen=listen,
        listener=listen.listener,
        team_id=recording.call.team_id,
        opened_at=now,
        judge_by=now + JUDGED_WITHIN,
    )
    log.append(
        Action.EMERGENCY_OPENED,
        subject=recording,
        actor=listen.listener,
        facts={"emergency": str(row.id), "purpose": listen.purpose},
    )
    alerts.open_once(
        Alert.Kind.EMERGENCY,
        subject=str(row.id),
        call=recording.call,
        recording=recording,
        now=now,
    )


def judge(
    *,
    emergency_id: UUID,
    judgement: EmergencyListen.Judgement,
    remark: str,
    by: Person,
    now: datetime,
) -> None:
    """Say whether it was justified; never about oneself.

    Raises Refused, AlreadyJudged, and EmergencyListen.DoesNotExist.
    """
    with transaction.atomic():
        row = EmergencyListen.objects.select_for_update().get(id=emergency_id)
        _require_judge(row, by)
        if row.judged_at:
            raise AlreadyJudged
        row.judgement, row.remark = judgement, remark.strip()
        row.judged_by, row.judged_at = by, now
        row.save()
        log.append(
            Action.EMERGENCY_JUDGED,
            subject=row,
            actor=by,
            facts={"judgement": judgement},
        )
        for kind in (Alert.Kind.EMERGENCY, Alert.Kind.EMERGENCY_OVERDUE):
            alerts.close(kind, subject=str(row.id), now=now)


def _require_judge(row: EmergencyListen, by: Person) -> None:
    policy.require(by, Verb.JUDGE_EMERGENCY, row)
    if row.listener_id == by.pk:
        raise Refused(
            verb=Verb.JUDGE_EMERGENCY,
            code="oneself",
            reason=_("Nobody judges his own emergency."),
            ask=_("Somebody else who may judge it can do so."),
            subject=row,
        )


def may_judge(row: EmergencyListen, *, by: Person) -> bool:
    """Whether this person may still judge it."""
    return (
        row.judged_at is None
        and row.listener_id != by.pk
        and policy.allows(by, Verb.JUDGE_EMERGENCY, row)
    )


def seen_by(person: Person) -> QuerySet[EmergencyListen]:
    """His own, and those of the teams for which he judges or sees who listened."""
    reach = policy.scope_for(person, Verb.JUDGE_EMERGENCY)
    reach |= policy.scope_for(person, Verb.WHO_LISTENED)
    rows = EmergencyListen.objects.all()
    if reach.everything:
        return rows
    return rows.filter(Q(listener=person) | Q(team__in=reach.team_ids))


def find_overdue(*, now: datetime) -> None:
    """An alert for each that nobody has judged in time."""
    overdue = EmergencyListen.objects.filter(judged_at=None, judge_by__lte=now)
    for row in overdue.select_related("listen__recording__call"):
        alerts.open_once(
            Alert.Kind.EMERGENCY_OVERDUE,
            subject=str(row.id),
            call=row.listen.recording.call,
            recording=row.listen.recording,
            now=now,
            ever=True,
        )
