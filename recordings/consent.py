"""What the parties did about being recorded, and what the law makes of it for a call.

Facts come from our rows, the judgement from `compliance.consent`: a verdict (kept,
immutable, a new one beside it when facts or rules change), and from it, asked anew
each time, what may happen now and what is open to listening.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from compliance.audit import log
from compliance.audit.actions import Action
from compliance.consent import duties, remedy
from compliance.consent import plan as planning
from compliance.consent.plan import Plan, Why
from compliance.consent.standing import is_met_between
from compliance.consent.verdict import Verdict
from compliance.models import Person, Purpose
from compliance.models.statements import insert
from recordings import (
    consent_facts,
    consent_summary,
    continuity,
    do_not_record,
    judgement,
    keeping,
    standing_consents,
    summary,
)
from recordings.models import (
    Call,
    ConsentRecord,
    ConsentVerdict,
    DoNotRecord,
    Party,
    Recording,
)

MOST_OFFSET_MS = 2**31 - 1


@dataclass(frozen=True)
class Told:
    """One act of consent as a voice agent or an officer reports it."""

    kind: ConsentRecord.Kind
    occurred_at: datetime
    by: ConsentRecord.By = ConsentRecord.By.VOICE
    party: Party | None = None
    purposes: tuple[Purpose, ...] = ()
    script: str = ""
    script_version: str = ""
    language: str = ""
    evidence: str = ""
    idempotency_key: str = ""


@dataclass(frozen=True)
class Standing:
    """Where a call stands at this moment."""

    plan: Plan
    verdict: Verdict
    summary: Call.Consent
    is_withdrawn: bool
    was_unlawful: bool
    is_barred: bool

    @property
    def may_record(self) -> bool:
        """Whether a recorder may run now."""
        return self.plan.may_start

    @property
    def stop_reason(self) -> str:
        """Why a running recorder must stop, empty when it may go on."""
        if self.plan.may_start:
            return ""
        if self.plan.why is Why.ANNOUNCEMENT_OVERDUE:
            return "not_announced"
        return "withdrawn" if self.is_withdrawn else self.plan.why.value

    @property
    def why(self) -> str:
        """Why a recorder may run, or must not: a code."""
        return self.stop_reason or self.plan.why.value


class KeyReused(Exception):
    """The idempotency key is that of another act: nothing was recorded."""


def record(*, call: Call, told: Told, by: Person) -> ConsentRecord:
    """Append one act of consent; the same one under the same key changes nothing.

    The entry in the audit log stands in the same transaction. Under the call's lock:
    a link to the call is served before the act, or asked about after it. The caller
    asks `capture.reconsider` afterwards. Raises KeyReused.
    """
    key = told.idempotency_key or uuid.uuid4().hex
    with transaction.atomic():
        summary.lock(call.id)
        seen = ConsentRecord.objects.filter(call=call, idempotency_key=key).first()
        if seen is None:
            return _append(call, told, by, key)
    return _same(seen, told)


def _same(seen: ConsentRecord, told: Told) -> ConsentRecord:
    """The act that was recorded, if it is the one that is told. Raises KeyReused."""
    party = told.party.id if told.party else None
    as_told = (told.kind, party, set(told.purposes))
    if (seen.kind, seen.party_id, set(seen.purposes)) != as_told:
        raise KeyReused
    return seen


def _append(call: Call, told: Told, by: Person, key: str) -> ConsentRecord:
    row = ConsentRecord(
        call=call,
        party=told.party,
        kind=told.kind,
        by=told.by,
        purposes=list(told.purposes),
        occurred_at=told.occurred_at,
        offset_ms=_offset_ms(call, told.occurred_at),
        script=told.script,
        script_version=told.script_version,
        language=told.language,
        evidence=told.evidence,
        reported_by=by,
        idempotency_key=key,
    )
    insert(row)
    log.append(
        Action.CONSENT_RECORDED,
        subject=call,
        actor=by,
        facts={"record": str(row.id), "kind": row.kind, "by": row.by},
    )
    return row


def _offset_ms(call: Call, at: datetime) -> int | None:
    """How far into the call that was: 0 before it, None weeks after it."""
    offset = round((at - call.started_at).total_seconds() * 1000)
    return max(0, offset) if offset <= MOST_OFFSET_MS else None


def standing(call: Call, *, now: datetime) -> Standing:
    """Judge the call anew and say what may happen now. The call's row is locked.

    A verdict that differs from the newest one is stored beside it; so is what standing
    consents and the do-not-record list say of the call.
    """
    parties = consent_facts.people(call)
    standing_consents.follow(call, parties, now=now)
    consent_facts.fetch_acts(call)
    judged = judgement.judge(call, parties)
    _keep(call, judged, now)
    entry = _entry(call, parties, now)
    if entry is not None:
        do_not_record.bar(call, entry)
    return _standing(call, judged, now, is_barred=entry is not None)


def anew(
    call: Call, known: Standing, *, parts: Sequence[Recording], now: datetime
) -> Standing:
    """Where the call stands once its parts are these, and nothing else has changed."""
    return _standing(call, known.verdict, now, is_barred=known.is_barred, parts=parts)


def peek(call: Call, *, now: datetime) -> Standing:
    """Where the call stands, without storing anything: for a question in passing."""
    parties = consent_facts.people(call)
    is_barred = _entry(call, parties, now) is not None
    return _standing(call, judgement.judge(call, parties), now, is_barred=is_barred)


def _entry(call: Call, parties: Iterable[Party], now: datetime) -> DoNotRecord | None:
    numbers = [
        party.number_id
        for party in parties
        if party.number_id and party.role in standing_consents.OUTSIDE
    ]
    return do_not_record.find(call, numbers=numbers, now=now)


def _standing(
    call: Call,
    judged: Verdict,
    now: datetime,
    *,
    is_barred: bool,
    parts: Sequence[Recording] | None = None,
) -> Standing:
    parties, acts = consent_facts.people(call), consent_facts.acts(call)
    if parts is None:
        parts = sorted(call.recordings.all(), key=lambda part: part.part)
    plan = planning.make(
        verdict=judged,
        acts=acts,
        parties=[consent_facts.presence(party) for party in parties],
        purposes=consent_facts.purposes(call),
        now=call.now(now),
        recording_since=_recording_since(call, parts, now),
    )
    if is_barred:
        plan = planning.barred(plan, Why.DO_NOT_RECORD)
    elif _waits_for_notice(judged, parties):
        plan = planning.barred(plan, Why.NO_STAFF_NOTICE)
    plan = remedy.under(
        duties.of(call.team, on=call.started_at.date()),
        plan,
        is_failing=continuity.is_failing(parts, now=now),
        is_live=call.is_live,
    )
    return Standing(
        plan=plan,
        verdict=judged,
        summary=consent_summary.of(plan, acts),
        is_withdrawn=consent_summary.is_withdrawn(plan, acts),
        was_unlawful=plan.why is Why.ANNOUNCEMENT_OVERDUE,
        is_barred=is_barred,
    )


def _waits_for_notice(judged: Verdict, parties: Iterable[Party]) -> bool:
    """A strict team does not record staff on the line whom nobody has told."""
    there = {str(party.id) for party in parties if party.until is None}
    return bool(judged.untold_staff & there)


def open_purposes(recording: Recording) -> list[Purpose]:
    """The purposes a made recording may be heard for: each purpose's own level is met.

    Asked of the newest verdict and of everybody who was on the line while it ran.
    """
    call = recording.call
    newest = call.verdicts.first()
    if newest is None:
        return []
    judged, acts = stored_verdict(newest), consent_facts.acts(call)
    parties = [consent_facts.presence(party) for party in call.parties.all()]
    span = recording.started_at or recording.planned_at, recording.ended_at
    return [
        purpose
        for purpose in consent_facts.purposes(call)
        if is_met_between(
            *span, verdict=judged, acts=acts, parties=parties, purpose=purpose
        )
    ]


def stored_verdict(row: ConsentVerdict) -> Verdict:
    """A stored verdict, to be asked again or put into words."""
    return Verdict.from_json(
        levels=row.levels, announce=row.announce, reasons=row.reasons
    )


def _keep(call: Call, judged: Verdict, now: datetime) -> None:
    newest = call.verdicts.first()
    if newest is not None and newest.fingerprint == judged.fingerprint:
        return
    row = ConsentVerdict.objects.create(
        call=call,
        number=(newest.number if newest else 0) + 1,
        levels=judged.levels_json(),
        announce=judged.announce,
        reasons=judged.reasons_json(),
        fingerprint=judged.fingerprint,
    )
    with transaction.atomic():
        log.append(
            Action.CONSENT_VERDICT,
            subject=call,
            facts={"verdict": str(row.id), "number": row.number},
        )
        keeping.follow(call, after=row, now=now)


def _recording_since(
    call: Call, parts: Iterable[Recording], now: datetime
) -> datetime | None:
    """When the running recorder began to hear; the present while it is starting."""
    for part in parts:
        if part.state in Recording.OPEN and not part.stop_wanted:
            return part.started_at or call.now(now)
    return None
