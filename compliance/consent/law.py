"""The law of one day, as a verdict reads it: rules in force and the fallback.

Pure: made from rows by `rules.law`, or by hand in a test.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from compliance.consent import places
from compliance.models import Announce, Level, Purpose


@dataclass(frozen=True)
class RuleFacts:
    """One version of one place's rule."""

    id: str
    place: str
    version: int
    level: Level
    strict_level: Level
    purpose_levels: Mapping[Purpose, Level] = field(default_factory=dict)
    announce: Announce = Announce.BEFORE
    place_name: str = ""
    citation: str = ""
    is_reviewed: bool = False

    def level_for(self, purpose: Purpose, *, strict: bool) -> Level:
        """What this rule asks for a purpose; `strict` never asks less."""
        level = self.purpose_levels.get(purpose, self.level)
        return max(level, self.strict_level) if strict else level


@dataclass(frozen=True)
class Fallback:
    """What is asked where the place, or its rule, is not known well enough.

    team: the team's own answer, which stands for all three.
    """

    nanp: Level = Level.NOTICE
    europe: Level = Level.EXPLICIT
    elsewhere: Level = Level.EXPLICIT
    team: Level | None = None

    def level(self, *, place: str, calling_code: str, seat: str) -> Level:
        """The level for a party. One that tells nothing is taken for a neighbour."""
        if self.team is not None:
            return self.team
        country = places.country_of(place)
        if not country and not calling_code:
            country = places.country_of(seat)
        if country in places.EXPLICIT_ZONE:
            return self.europe
        if country in _ON_NANP or (not country and calling_code == places.NANP):
            return self.nanp
        return self.elsewhere


@dataclass(frozen=True)
class Law:
    """The rules in force on one day, by place, and the fallback."""

    rules: Mapping[str, RuleFacts]
    fallback: Fallback = Fallback()

    def rules_at(self, place: str) -> tuple[RuleFacts, ...]:
        """Every rule that counts at a place, the nearest first: part, country, EU."""
        return tuple(
            self.rules[code] for code in places.layers(place) if code in self.rules
        )

    def knows(self, place: str) -> bool:
        """True when the place has a rule that says enough on its own.

        An overlay (EU) is not enough, nor is the federal rule of a country whose
        states may ask more.
        """
        country = places.country_of(place)
        if place in self.rules and place != "EU":
            return place not in places.NEEDS_PART
        return country in self.rules and country not in places.NEEDS_PART


_PLUS_ONE = "US CA AG AI BB BM BS DM DO GD JM KN KY LC MS SX TC TT VC VG"
_ON_NANP = frozenset(_PLUS_ONE.split())
"""Countries that share calling code +1 (US territories are filed under US)."""
