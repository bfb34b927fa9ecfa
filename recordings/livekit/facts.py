"""What LiveKit can tell us about rooms, people and recordings, in our words.

Fields that hold personal data (numbers, names, room names) are left out of repr(), so that a
traceback or a log line never shows them. Times are aware UTC datetimes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class ParticipantKind(StrEnum):
    """Who somebody in a room is. `unstated`: the event did not say (track events never do)."""

    CALLER = "caller"
    AGENT = "agent"
    STAFF = "staff"
    RECORDER = "recorder"
    OTHER = "other"
    UNSTATED = "unstated"


class Direction(StrEnum):
    """Who rang whom, seen from the team."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class Mixing(StrEnum):
    """What a recorder puts on its two channels.

    `agent_left`: participants of kind AGENT left, all others right. `caller_left`: SIP
    parties left, people in a browser or app right; it needs LiveKit's media routes.
    """

    TOGETHER = "together"
    AGENT_LEFT = "agent_left"
    CALLER_LEFT = "caller_left"


class EgressStatus(StrEnum):
    """How far a recording is. `unknown`: LiveKit used a word we do not know."""

    STARTING = "starting"
    ACTIVE = "active"
    ENDING = "ending"
    COMPLETE = "complete"
    FAILED = "failed"
    ABORTED = "aborted"
    LIMIT_REACHED = "limit_reached"
    UNKNOWN = "unknown"

    @property
    def has_ended(self) -> bool:
        """True when LiveKit will not move this recording any further."""
        return self in ENDED


ENDED = frozenset(
    {
        EgressStatus.COMPLETE,
        EgressStatus.FAILED,
        EgressStatus.ABORTED,
        EgressStatus.LIMIT_REACHED,
    }
)


@dataclass(frozen=True, kw_only=True)
class RoomFacts:
    """A LiveKit room. Names may hold a phone number; `sid` is unique, names come again.

    `people` are those in it but for AI agents and recorders, some seconds ago; only a list
    of rooms says so.
    """

    sid: str = ""
    name: str = field(default="", repr=False)
    created_at: datetime | None = None
    has_recorder: bool = False
    people: int = 0


@dataclass(frozen=True, kw_only=True)
class ParticipantFacts:
    """Somebody in a room.

    `phone_number` is the outside party, `trunk_number` our side, as the carrier wrote them;
    None where the number was withheld. `direction` is set for callers only. `left_at` is
    set by the events that say so.
    """

    sid: str = ""
    identity: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    kind: ParticipantKind = ParticipantKind.UNSTATED
    kind_raw: str = ""
    joined_at: datetime | None = None
    left_at: datetime | None = None
    attributes: Mapping[str, str] = field(default_factory=dict, repr=False)
    sip_call_id: str = ""
    phone_number: str | None = field(default=None, repr=False)
    trunk_number: str | None = field(default=None, repr=False)
    trunk_id: str = ""
    provider_call_id: str = field(default="", repr=False)
    direction: Direction | None = None


@dataclass(frozen=True, kw_only=True)
class FileFacts:
    """The file a recording says it wrote. `filename` lacks any prefix the server adds.

    None means LiveKit did not say (in its JSON a zero is left out as well). `location` is a
    text for display, never an address to fetch from; its query (a signature) is cut off.
    """

    filename: str = ""
    size: int | None = None
    duration_ms: int | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    location: str = ""


@dataclass(frozen=True, kw_only=True)
class EgressFacts:
    """One recording as LiveKit sees it.

    `request_filepath` is the key that was asked for, out of LiveKit's copy of the request:
    by it a start whose answer was lost is found again. `source_is_sdk` False means that a
    browser recorded and the sides were not kept apart; None means not said.
    """

    egress_id: str = ""
    room_sid: str = ""
    room_name: str = field(default="", repr=False)
    status: EgressStatus = EgressStatus.UNKNOWN
    status_raw: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    updated_at: datetime | None = None
    error: str = field(default="", repr=False)
    error_code: int = 0
    details: str = field(default="", repr=False)
    source_is_sdk: bool | None = None
    backup_storage_used: bool = False
    request_filepath: str = ""
    file: FileFacts | None = None


@dataclass(frozen=True, kw_only=True)
class RunningFacts:
    """A recording that has not ended, in a list of all of them: enough to compare."""

    egress_id: str
    room_sid: str
    status_raw: str


@dataclass(frozen=True, kw_only=True)
class TrunkFacts:
    """A SIP trunk of LiveKit's. Its name and numbers are somebody's: they stay there.

    `is_encrypted` False: voices travel in clear. `takes_anybody`: an inbound trunk that
    asks for no address, so that whoever finds it may call and name himself as he likes.
    """

    id: str = ""
    is_inbound: bool = True
    is_encrypted: bool = False
    takes_anybody: bool = False


@dataclass(frozen=True, kw_only=True)
class Event:
    """One webhook. `known` False: kept and shown, but nothing is concluded from it."""

    id: str = ""
    name: str = ""
    created_at: datetime | None = None
    room: RoomFacts | None = None
    participant: ParticipantFacts | None = None
    egress: EgressFacts | None = None
    known: bool = False


@dataclass(frozen=True, kw_only=True)
class VerifiedEvent:
    """A webhook whose signature and body hash held.

    `payload` is unscrubbed: scrub it before it is kept. `body_sha256` (hex) stands in for
    an id where the event has none. `signed_at` is LiveKit's clock when it made the token,
    whatever date the event itself carries; None where the token does not say.
    """

    key_id: str
    payload: dict[str, Any] = field(repr=False)
    body_sha256: str = ""
    signed_at: datetime | None = None
