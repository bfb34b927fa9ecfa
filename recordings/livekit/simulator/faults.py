"""What may go wrong in a simulated call. By default nothing does."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, Self

EVERY = "*"


class StartFault(StrEnum):
    """What a request to record is answered with. `..._STARTED`: it does record;
    `OGG_ALONE`: as an Egress does that cannot write what else was asked for."""

    NONE = "none"
    NO_CAPACITY = "no_capacity"
    ROOM_GONE = "room_gone"
    SILENCE = "silence"
    SILENCE_STARTED = "silence_started"
    PROXY_PAGE = "proxy_page"
    PROXY_PAGE_STARTED = "proxy_page_started"
    ANSWER_LOST_STARTED = "answer_lost_started"
    DEADLINE_STARTED = "deadline_started"
    OGG_ALONE = "ogg_alone"

    @property
    def starts(self) -> bool:
        """Say whether the room is recorded nevertheless."""
        return self is StartFault.NONE or self.value.endswith("_started")


class ObjectFault(StrEnum):
    """What the recorder leaves in the store."""

    NONE = "none"
    MISSING = "missing"
    EMPTY = "empty"
    TRUNCATED = "truncated"
    NOT_AUDIO = "not_audio"
    LARGER = "larger"


class Ending(StrEnum):
    """How a recording ends."""

    COMPLETE = "complete"
    FAILED = "failed"
    FAILED_WITH_FILE = "failed_with_file"
    ABORTED = "aborted"
    LIMIT_REACHED = "limit_reached"


@dataclass(frozen=True, kw_only=True)
class Faults:
    """The faults of one room.

    `start` is played for the first `start_times` requests. `zombie`: the recorder died, its
    recording stays ACTIVE for ever and cannot be stopped. `active_late`: ACTIVE is not
    reported until `Simulator.activate` is called. `forgets`: ended recordings are unknown
    at once (LiveKit keeps them for 24 hours).

    The rest names events, or EVERY: lost, sent `twice` under one id, sent `renamed` a second
    time under another id, sent `late` (after the call). `shuffled` holds all of them back
    and sends them after the call in an order drawn with that seed.
    """

    start: StartFault = StartFault.NONE
    start_times: int = 1_000_000
    ending: Ending = Ending.COMPLETE
    error: str = ""
    object: ObjectFault = ObjectFault.NONE
    active_late: bool = False
    zombie: bool = False
    forgets: bool = False
    lost: frozenset[str] = frozenset()
    twice: frozenset[str] = frozenset()
    renamed: frozenset[str] = frozenset()
    late: frozenset[str] = frozenset()
    shuffled: int | None = None

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote. Raises ValueError or TypeError for anything else."""
        words = {"start": StartFault, "ending": Ending, "object": ObjectFault}
        read: dict[str, Any] = {}
        for name, item in given.items():
            if name in words:
                read[name] = words[name](item)
            else:
                read[name] = frozenset(item) if isinstance(item, list) else item
        return cls(**read)

    def to_json(self) -> dict[str, Any]:
        """Return the faults that differ from none, as JSON can hold them."""
        usual = asdict(Faults())
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            name: sorted(item) if isinstance(item, frozenset) else item
            for name, item in given.items()
            if item != usual[name]
        }


def concerns(names: frozenset[str], event: str) -> bool:
    """Say whether an event is among those named."""
    return event in names or EVERY in names
