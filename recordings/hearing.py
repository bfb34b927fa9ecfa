"""The facts that a link is decided on, read under the lock of the call.

What is read here cannot change until the transaction ends, so a withdrawal is either
seen, or comes after the entry of the link.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection, models

from compliance.consent.standing import Act, ActKind, is_met_between
from compliance.consent.verdict import PartyFacts, Role, Verdict
from compliance.models import Person, Purpose, Team
from recordings import restricted
from recordings.consent_facts import OF_RECORDING
from recordings.models import Call, ConsentRecord, Recording

LINK_LIFE = timedelta(minutes=5)

_Row = TypeVar("_Row", bound=models.Model)


@dataclass(frozen=True)
class Part:
    """A part, its call and team, and what bears on hearing it."""

    recording: Recording
    verdict: Verdict | None
    parties: Sequence[PartyFacts]
    acts: Sequence[Act]
    is_restricted: bool = False
    left_off_ms: int = 0
    """Where the one who asks stopped last time."""

    def is_open_for(self, purpose: Purpose) -> bool:
        """Whether it was recorded for this purpose, and the purpose's level is met."""
        if self.verdict is None or purpose not in self.recording.call.purposes:
            return False
        return is_met_between(
            self.recording.started_at or self.recording.planned_at,
            self.recording.ended_at,
            verdict=self.verdict,
            acts=self.acts,
            parties=self.parties,
            purpose=purpose,
        )


def locked(recording_id: UUID, *, listener: Person) -> Part | None:
    """The part under its call's lock, which others who only listen share.

    None when there is no such part. What of its rows a link does not need is deferred.
    """
    asked = {"part": recording_id, "listener": listener.pk}
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_CALL, asked)
        call = cursor.fetchone()
        if call is None:
            return None
        # a statement of its own: one that waits for a lock reads what was before
        cursor.execute(_READ_PART, asked)
        return _part([*call, *cursor.fetchone()])


# In plain SQL: Django takes ten times as long to word these as PostgreSQL to answer.
_CALL = ["id", "team_id", "purposes", "staff"]
_TEAM = ["id", "ask_reason"]
_LOCK_CALL = """
SELECT call.id, call.team_id, call.purposes, call.staff, team.id, team.ask_reason
FROM recordings_call call JOIN compliance_team team ON team.id = call.team_id
WHERE call.id = (SELECT call_id FROM recordings_recording WHERE id = %(part)s)
FOR SHARE OF call
"""
_PART = [
    *("id", "call_id", "part", "state", "expires_at", "planned_at", "started_at"),
    *("ended_at", "duration_ms", "store", "object_key", "version_id"),
    *("narrowed_from", "narrowed", "is_closed", "open_until"),
]
_READ_PART = f"""
SELECT
  id, call_id, part, state, expires_at, planned_at, started_at,
  ended_at, duration_ms, store, object_key, version_id, narrowed_from, narrowed,
  is_closed, open_until,
  (SELECT json_build_array(levels, announce) FROM recordings_consentverdict
    WHERE call_id = part.call_id ORDER BY number DESC LIMIT 1),
  (SELECT json_agg(json_build_array(id, role, joined_at, left_at))
    FROM recordings_party WHERE call_id = part.call_id),
  (SELECT json_agg(json_build_array(kind, occurred_at, party_id, purposes, by))
    FROM recordings_consentrecord WHERE call_id = part.call_id),
  {restricted.PART_IS},
  (SELECT position_ms FROM recordings_listen
    WHERE recording_id = part.id AND listener_id = %(listener)s
    ORDER BY opened_at DESC LIMIT 1)
FROM recordings_recording part WHERE id = %(part)s
"""  # noqa: S608  a condition of ours


def left(recording: Recording, *, now: datetime) -> timedelta:
    """How long it is still kept; a link's life at most."""
    ends = recording.expires_at
    return LINK_LIFE if ends is None else min(LINK_LIFE, ends - now)


def life(recording: Recording, *, now: datetime) -> timedelta:
    """How long a link made now may live: it does not outlive its recording, nor the copy
    of it that was brought out of an archive."""
    still, ends = left(recording, now=now), recording.open_until
    return still if ends is None else min(still, ends - now)


def _part(row: Sequence[Any]) -> Part:
    cells = iter(row)
    call = _instance(Call, _CALL, cells)
    call.team = _instance(Team, _TEAM, cells)
    recording = _instance(Recording, _PART, cells)
    recording.call = call
    verdict, parties, acts, is_restricted, left_off_ms = cells
    return Part(
        recording=recording,
        verdict=_verdict(*verdict) if verdict else None,
        parties=[_party(*told) for told in parties or ()],
        acts=[_act(*told) for told in acts or () if told[0] in OF_RECORDING],
        is_restricted=is_restricted,
        left_off_ms=left_off_ms or 0,
    )


def _instance(model: type[_Row], columns: Sequence[str], cells: Iterator[Any]) -> _Row:
    """A row of which only these columns were read; Django defers the others."""
    # a zip asks for the column first, so it takes no cell too many
    known = dict(zip(columns, cells, strict=False))
    names = [f.attname for f in model._meta.concrete_fields if f.attname in known]
    return model.from_db(connection.alias, names, [known[name] for name in names])


def _verdict(levels: dict[str, str], announce: str) -> Verdict:
    """What it asks for; why, nobody reads here."""
    return Verdict.from_json(levels=levels, announce=announce, reasons=())


def _party(
    id: str, role: str, joined_at: str | None, left_at: str | None
) -> PartyFacts:
    return PartyFacts(
        ref=id, role=Role(role), joined_at=_moment(joined_at), left_at=_moment(left_at)
    )


def _act(kind: str, at: str, party_id: str | None, purposes: list[str], by: str) -> Act:
    return Act(
        kind=ActKind(kind),
        at=datetime.fromisoformat(at),
        party_ref=party_id,
        purposes=frozenset(Purpose(purpose) for purpose in purposes),
        is_standing=by == ConsentRecord.By.STANDING,
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
