"""Whether people on a call were told that an AI speaks with them, where they must be.

Told means a consent record of its own kind: it never counts as an announcement of the
recording, nor an announcement for it.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from compliance.consent import ai_duty
from compliance.consent.verdict import Verdict
from compliance.models.team import StaffedBy
from recordings import alerts
from recordings.models import Alert, Call, ConsentRecord, Party

PATIENCE = timedelta(seconds=60)
"""From when an AI and a caller are on the line; the law means the first words."""
LEAST = timedelta(seconds=5)
"""Who hung up sooner could not be told anything."""
_OURS = frozenset({Party.Role.AGENT, Party.Role.STAFF})
DETAIL = "ai_not_disclosed"


def is_wanted(call: Call, verdict: Verdict, *, now: datetime) -> bool:
    """Whether an agent must say now that it is an AI: somebody there was not told yet."""
    people = list(call.parties.all())
    if not _is_due(call, verdict) or not _has_ai(call, people):
        return False
    at = call.now(now)
    there = [one for one in _outsiders(people) if one.until is None or one.until > at]
    told = _told(call)
    return any(not _reached(one, told) for one in there)


def mind(call: Call, verdict: Verdict, *, now: datetime) -> None:
    """Alert once a call about somebody who was not told in time; a late report that it
    was done in time closes the alert. The caller holds the call's lock."""
    if not _is_due(call, verdict):
        return
    subject, told = str(call.id), _told(call)
    if _was_left_untold(call, told, call.now(now)):
        known = Alert.objects.filter(kind=Alert.Kind.UNDISCLOSED_AI, subject=subject)
        if not known.exists():
            alerts.open_once(
                Alert.Kind.UNDISCLOSED_AI,
                subject=subject,
                now=now,
                call=call,
                detail=DETAIL,
            )
    elif told:
        alerts.close(Alert.Kind.UNDISCLOSED_AI, subject=subject, now=now)


def _is_due(call: Call, verdict: Verdict) -> bool:
    on = call.started_at.date()
    return call.team.disclose_ai or ai_duty.duty(verdict, on=on) is not None


def _has_ai(call: Call, people: Iterable[Party]) -> bool:
    """An AI of ours is there; as long as nobody of ours is known, as the team works."""
    ours = {party.role for party in people} & _OURS
    return (
        Party.Role.AGENT in ours if ours else call.team.staffed_by == StaffedBy.AGENTS
    )


def _was_left_untold(call: Call, told: Collection[ConsentRecord], at: datetime) -> bool:
    """Somebody was together with an AI for long enough and was not told in time."""
    people = list(call.parties.all())
    ais = [party for party in people if party.role == Party.Role.AGENT]
    for one in _outsiders(people):
        met = _together(one, ais, call, at)
        if met is None:
            continue
        since, until = met
        is_over = until < at or not call.is_live
        late = until - since >= (LEAST if is_over else PATIENCE)
        if late and not _reached(one, told, by=since + PATIENCE):
            return True
    return False


def _together(
    one: Party, ais: Iterable[Party], call: Call, at: datetime
) -> tuple[datetime, datetime] | None:
    """From when until when an outsider was on the line with an AI, if ever."""
    end = call.ended_at or at
    met = [
        (max(one.joined_at, ai.joined_at), min(one.until or end, ai.until or end, end))
        for ai in ais
        if one.joined_at and ai.joined_at
    ]
    return min(((since, until) for since, until in met if since < until), default=None)


def _outsiders(people: Iterable[Party]) -> list[Party]:
    return [party for party in people if party.role not in _OURS]


def _told(call: Call) -> list[ConsentRecord]:
    kind = ConsentRecord.Kind.AI_DISCLOSED
    return [record for record in call.consents.all() if record.kind == kind]


def _reached(
    one: Party, told: Iterable[ConsentRecord], *, by: datetime | None = None
) -> bool:
    """Whether one of these was said to this party, or to everybody once it was there."""
    return any(
        (by is None or record.occurred_at <= by)
        and (
            record.party_id == one.id
            if record.party_id
            else one.joined_at is not None and one.joined_at <= record.occurred_at
        )
        for record in told
    )
