"""What happened on a call, in order: who came, what was said of recording, what was recorded.

Pure: rows in, moments out; nothing here asks the database. Every moment that lies on a
part of the recording can be jumped to.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from recordings.coverage import Cause, Stretch
from recordings.models import Call, ConsentRecord, Party, Recording

NOTICEABLE = timedelta(seconds=2)
"""Shorter stretches are a recorder changing over, not a gap."""
MS = timedelta(milliseconds=1)
NEARLY_MS = 500
"""This close to the end there is nothing left to hear."""


class Kind(StrEnum):
    """What a moment is; pages have the words and the mark of each."""

    JOINED = "joined"
    LEFT = "left"
    AI_DISCLOSED = "ai_disclosed"
    ANNOUNCED = "announced"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    PART_STARTED = "part_started"
    PART_ENDED = "part_ended"
    GAP = "gap"
    NOT_RECORDED = "not_recorded"
    ENDED = "ended"


CONSENT = frozenset(
    {Kind.AI_DISCLOSED, Kind.ANNOUNCED, Kind.GRANTED, Kind.REFUSED, Kind.WITHDRAWN}
)

_ORDER = {kind: place for place, kind in enumerate(Kind)}
"""Moments of one instant follow in this order."""


@dataclass(frozen=True)
class Jump:
    """A place in the recording: which part, and how far into its file."""

    part: int
    at_ms: int


@dataclass(frozen=True)
class Moment:
    """One line of the timeline.

    party: whom it is about, if anybody alone. length and cause: of a gap. jump: where it is on the
    recording; None when nothing was recorded then.
    """

    kind: Kind
    at: datetime
    party: Party | None = None
    part: Recording | None = None
    record: ConsentRecord | None = None
    length: timedelta | None = None
    cause: Cause | None = None
    jump: Jump | None = None


def of_call(
    call: Call,
    *,
    parties: Iterable[Party],
    consents: Iterable[ConsentRecord],
    parts: Sequence[Recording],
    unrecorded: Iterable[Stretch] = (),
) -> list[Moment]:
    """Every moment of the call, the earliest first. parts: in order of their numbers.

    unrecorded: what `coverage` says of the call.
    """
    people = list(parties)
    moments = [
        *_of_parties(people),
        *_of_consents(consents, {party.id: party for party in people}),
        *_of_parts(parts),
        *_gaps(unrecorded),
    ]
    if call.ended_at:
        moments.append(Moment(Kind.ENDED, call.ended_at))
    moments.sort(key=lambda moment: (moment.at, _ORDER[moment.kind]))
    return [_with_jump(moment, parts) for moment in moments]


def both_silent(silences: Sequence[Sequence[Sequence[int]]]) -> list[tuple[int, int]]:
    """The stretches [from_ms, to_ms] in which every channel is silent."""
    if not silences:
        return []
    common = [(since, until) for since, until in silences[0]]
    for channel in silences[1:]:
        common = [
            (max(a, since), min(b, until))
            for a, b in common
            for since, until in channel
            if max(a, since) < min(b, until)
        ]
    return common


def place_in(part: Recording, at: datetime) -> int | None:
    """How far into the part's file an instant lies, in ms; None when outside."""
    if part.started_at is None or not part.duration_ms:
        return None
    offset = (at - part.started_at) // MS
    return offset if 0 <= offset <= part.duration_ms else None


def _of_parties(parties: Iterable[Party]) -> list[Moment]:
    moments = []
    for party in parties:
        if party.joined_at:
            moments.append(Moment(Kind.JOINED, party.joined_at, party=party))
        if party.until:
            moments.append(Moment(Kind.LEFT, party.until, party=party))
    return moments


def _of_consents(
    consents: Iterable[ConsentRecord], people: dict[UUID, Party]
) -> list[Moment]:
    return [
        Moment(
            Kind(record.kind),
            record.occurred_at,
            party=people.get(record.party_id) if record.party_id else None,
            record=record,
        )
        for record in consents
    ]


def _of_parts(parts: Iterable[Recording]) -> list[Moment]:
    moments = []
    for part in parts:
        if part.started_at is None:
            # it never began: one line says so, at the time it was meant to
            if part.state not in Recording.OPEN:
                moments.append(Moment(Kind.NOT_RECORDED, part.planned_at, part=part))
            continue
        moments.append(Moment(Kind.PART_STARTED, part.started_at, part=part))
        if part.ended_at:
            moments.append(Moment(Kind.PART_ENDED, part.ended_at, part=part))
    return moments


def _gaps(told: Iterable[Stretch]) -> list[Moment]:
    """Stretches of the call that are on no recording, and why."""
    return [
        Moment(Kind.GAP, each.since, length=each.length, cause=each.cause)
        for each in told
        if each.length >= NOTICEABLE
    ]


def _with_jump(moment: Moment, parts: Sequence[Recording]) -> Moment:
    for part in parts:
        if not part.is_hearable or (moment.part and moment.part.id != part.id):
            continue
        place = place_in(part, moment.at)
        if place is not None and place < (part.duration_ms or 0) - NEARLY_MS:
            return replace(moment, jump=Jump(part=part.part, at_ms=place))
    return moment
