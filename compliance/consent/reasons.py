"""One reason of a verdict: a rule, or the fallback, that spoke for one party."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from compliance.consent.places import Source, Strength
from compliance.models import Announce, Level, Purpose

SEAT = "seat"
"""The party reference of reasons that come from the team's own seat."""


class Basis(StrEnum):
    """What a reason rests on."""

    RULE = "rule"
    NO_PLACE = "no_place"
    NO_RULE = "no_rule"
    WEAK_PLACE = "weak_place"
    STANDING_NOTICE = "standing_notice"
    NO_NOTICE = "no_notice"
    NO_NOTICE_STRICT = "no_notice_strict"


OF_STAFF = frozenset({Basis.STANDING_NOTICE, Basis.NO_NOTICE, Basis.NO_NOTICE_STRICT})
"""They ask for nothing on the call: they say whether staff were told before it."""


_STORED = (
    "party",
    "place",
    "note",
    "rule_id",
    "rule_version",
    "rule_place",
    "place_name",
    "citation",
    "is_reviewed",
)


@dataclass(frozen=True)
class Reason:
    """Why a verdict is as strict as it is: one rule, or the fallback, for one party.

    Of a notice to staff: note is its id, place_name its version or, where there is none,
    the team; citation the day it was given.
    """

    party: str
    place: str
    source: Source | None
    strength: Strength
    basis: Basis
    levels: Mapping[Purpose, Level]
    note: str = ""
    rule_id: str = ""
    rule_version: int = 0
    rule_place: str = ""
    place_name: str = ""
    citation: str = ""
    announce: Announce | None = None
    is_reviewed: bool = False

    def as_json(self) -> dict[str, Any]:
        """What is stored with the verdict; opaque references only, no number."""
        return {
            **{name: getattr(self, name) for name in _STORED},
            "source": self.source.value if self.source else None,
            "strength": self.strength.value,
            "basis": self.basis.value,
            "announce": self.announce.value if self.announce else None,
            "levels": codes(self.levels),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Reason":
        """The reason as it was stored; KeyError or ValueError when it is none."""
        source, announce = stored["source"], stored["announce"]
        return cls(
            **{name: stored[name] for name in _STORED},
            source=Source(source) if source else None,
            strength=Strength(stored["strength"]),
            basis=Basis(stored["basis"]),
            announce=Announce(announce) if announce else None,
            levels={
                Purpose(purpose): Level.from_code(code)
                for purpose, code in stored["levels"].items()
            },
        )


def codes(levels: Mapping[Purpose, Level]) -> dict[str, str]:
    """Levels per purpose as stored and as the API shows them: {'quality': 'notice'}."""
    return {purpose.value: level.code for purpose, level in levels.items()}
