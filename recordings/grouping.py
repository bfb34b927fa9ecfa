"""Which participants of a room make up which call.

A room may host many calls, one after another and with transfers in between, and
LiveKit's events come in any order. So calls are not built event by event: they are
worked out anew from all that is known of the room, and the result does not depend on
the order in which it became known.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

FOREVER = datetime.max.replace(tzinfo=UTC)
BLUR = timedelta(seconds=1)
"""LiveKit tells in whole seconds when somebody left, in milliseconds when they joined."""


@dataclass(frozen=True)
class Presence:
    """Somebody in a room, from when until when (None: still there).

    is_told: LiveKit said that they left, or that the room closed; else it was worked out.
    """

    participant_sid: str
    is_caller: bool
    joined_at: datetime
    left_at: datetime | None
    sip_call_id: str = ""
    is_told: bool = True

    @property
    def end(self) -> datetime:
        """When they left, for comparing."""
        return self.left_at or FOREVER


@dataclass
class Group:
    """The callers of one call, earliest first, and everybody who was with them."""

    callers: list[Presence]
    others: list[Presence] = field(default_factory=list)

    @property
    def opening(self) -> Presence:
        """The SIP party that opened the call and gives it its identity."""
        return self.callers[0]

    @property
    def start(self) -> datetime:
        """When the first caller joined."""
        return self.opening.joined_at

    @property
    def end(self) -> datetime:
        """When the last caller left, FOREVER while one is there."""
        return max(caller.end for caller in self.callers)

    @property
    def end_is_told(self) -> bool:
        """Whether LiveKit said itself when the last caller left."""
        return any(one.is_told for one in self.callers if one.end == self.end)

    @property
    def everybody(self) -> list[Presence]:
        """Callers first."""
        return [*self.callers, *self.others]

    @property
    def sip_call_ids(self) -> set[str]:
        """The SIP call ids of all its callers."""
        return {caller.sip_call_id for caller in self.callers}


def group(presences: Iterable[Presence]) -> list[Group]:
    """Divide the presences of one room into calls, earliest first.

    Callers whose times touch share a call (a transfer or a conference); a caller who
    comes after the last one left opens the next. Agents and staff belong to every call
    they were present in.
    """
    ordered = sorted(presences, key=lambda p: (p.joined_at, p.participant_sid))
    groups: list[Group] = []
    for caller in (p for p in ordered if p.is_caller):
        if groups and _belongs(caller, groups[-1]):
            groups[-1].callers.append(caller)
        else:
            groups.append(Group([caller]))
    for other in (p for p in ordered if not p.is_caller):
        for call in groups:
            if _met(other.joined_at, call.end) and _met(call.start, other.end):
                call.others.append(other)
    return groups


def _belongs(caller: Presence, call: Group) -> bool:
    same = bool(caller.sip_call_id) and caller.sip_call_id in call.sip_call_ids
    return same or _met(caller.joined_at, call.end)


def _met(joined_at: datetime, left_at: datetime) -> bool:
    return joined_at - BLUR <= left_at
