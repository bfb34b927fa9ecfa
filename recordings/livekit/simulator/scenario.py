"""One simulated call, described."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from livekit.protocol.models import ParticipantInfo

from recordings.livekit.demo_audio import Conversation, conversations
from recordings.livekit.simulator.faults import Faults
from recordings.livekit.simulator.world import new_id


class Consent(StrEnum):
    """What is said about recording. `none`: the agent says nothing about it."""

    ANNOUNCED = "announced"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One call: who, over which trunk, what is said, and what goes wrong.

    `starts_at` None is now. `speed` None jumps from event to event, 1.0 is real time.
    `caller_number` None is withheld. `labels` become attributes of the caller, as a trunk's
    headers_to_attributes make them. `joins` names a colleague who comes in.
    """

    name: str = "call"
    conversation: str = "support_uk_parcel"
    trunk_id: str = "ST_demo_london"
    trunk_number: str = "+442079460100"
    caller_number: str | None = "+442079460999"
    inbound: bool = True
    agent: str = "Mia"
    agent_is_ai: bool = True
    joins: str = ""
    consent: Consent = Consent.GRANTED
    script_version: str = "v4"
    labels: Mapping[str, str] = field(default_factory=dict)
    starts_at: datetime | None = None
    speed: float | None = None
    faults: Faults = field(default_factory=Faults)

    def __post_init__(self) -> None:
        """Refuse what cannot be played. Raises ValueError."""
        if self.conversation not in conversations():
            raise ValueError(f"no conversation is called {self.conversation!r}")

    @property
    def speech(self) -> Conversation:
        """Return what is spoken."""
        return conversations()[self.conversation]

    @classmethod
    def from_json(cls, given: object) -> Self:
        """Read one scenario. Raises ValueError or TypeError."""
        if not isinstance(given, dict):
            raise ValueError("a scenario is a JSON object")
        read: dict[str, Any] = dict(given)
        unknown = read.keys() - {one.name for one in fields(cls)}
        if unknown:
            raise ValueError(f"a scenario has no {', '.join(sorted(unknown))}")
        if read.get("starts_at"):
            read["starts_at"] = datetime.fromisoformat(read["starts_at"])
        if "consent" in read:
            read["consent"] = Consent(read["consent"])
        if "faults" in read:
            read["faults"] = Faults.from_json(read["faults"])
        return cls(**read)

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        given = {one.name: getattr(self, one.name) for one in fields(self)}
        given["labels"] = dict(self.labels)
        given["starts_at"] = self.starts_at and self.starts_at.isoformat()
        given["faults"] = self.faults.to_json()
        return given

    def room_name(self) -> str:
        """Name a room as an individual dispatch rule does: the caller's number is in it."""
        return f"call-_{self.caller_number or 'anonymous'}_{new_id('')[1:]}"

    def caller(self) -> ParticipantInfo:
        """Return the outside party as livekit-sip lets it in."""
        number = self.caller_number
        call_id = new_id("SCL")
        attributes = {
            "sip.callID": call_id,
            "sip.callIDFull": f"{call_id[4:]}@carrier.example",
            "sip.callStatus": "active",
            "sip.trunkID": self.trunk_id,
            "sip.trunkPhoneNumber": self.trunk_number,
            "sip.phoneNumber": number or "anonymous",
            **self.labels,
        }
        if self.inbound:
            attributes["sip.ruleID"] = new_id("SDR")
        return ParticipantInfo(
            identity=f"sip_{number or 'anonymous'}",
            name=f"Phone {number or 'anonymous'}",
            kind=ParticipantInfo.Kind.SIP,
            attributes=attributes,
        )

    def answering(self) -> ParticipantInfo:
        """Return who answers: an AI agent, or somebody at a desk."""
        kind = ParticipantInfo.Kind
        return ParticipantInfo(
            identity=f"agent-{self.agent.lower()}",
            name=self.agent,
            kind=kind.AGENT if self.agent_is_ai else kind.STANDARD,
        )

    def colleague(self) -> ParticipantInfo:
        """Return who joins later."""
        return ParticipantInfo(
            identity=f"staff-{self.joins.lower()}",
            name=self.joins,
            kind=ParticipantInfo.Kind.STANDARD,
        )
