"""What another law would have made of a call. Pure: two verdicts, and what happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from compliance.consent import places
from compliance.consent.standing import Act, is_met_between
from compliance.consent.verdict import PartyFacts, Verdict
from compliance.models import Level, Purpose
from recordings.models import Flip

Effect = Flip.Effect
Span = tuple[datetime, datetime | None]
"""From when to when a part was recorded; None: it still is."""


@dataclass(frozen=True)
class Step:
    """A purpose's level by the one law and by the other."""

    before: Level
    after: Level


Steps = Mapping[Purpose, Step]


@dataclass(frozen=True)
class Past:
    """What happened on a call, as far as the law asks."""

    purposes: Sequence[Purpose]
    acts: Sequence[Act]
    parties: Sequence[PartyFacts]
    parts: Sequence[Span]

    def opens(self, verdict: Verdict, purposes: Sequence[Purpose]) -> set[object]:
        """Which parts a verdict opens for which of these purposes."""
        return {
            (span, purpose)
            for span in self.parts
            for purpose in purposes
            if is_met_between(
                *span,
                verdict=verdict,
                acts=self.acts,
                parties=self.parties,
                purpose=purpose,
            )
        }


def may_concern(place: str, *, told: Sequence[str], numbers: Sequence[str]) -> bool:
    """Whether a rule of this place may count for somebody on a call.

    told: ISO codes of seat and of declared and billing places. numbers: the countries that
    are stored with numbers, '' where none is known. A number itself may tell more, a part
    of its country for one, so this errs on the side of yes.
    """
    if any(place in places.layers(places.normalise(code)) for code in told):
        return True
    return any(
        not country or _shares_country(place, places.normalise(country))
        for country in numbers
    )


def _shares_country(place: str, code: str) -> bool:
    return place in places.layers(code) or (
        places.country_of(place) == places.country_of(code)
    )


def steps(before: Verdict, after: Verdict) -> Steps:
    """The purposes that the two verdicts disagree about."""
    return {
        purpose: Step(before.level(purpose), after.level(purpose))
        for purpose in Purpose
        if before.level(purpose) != after.level(purpose)
    }


def direction(found: Steps) -> Flip.Direction:
    """Which way the verdict goes; found: at least one step."""
    ups = {step.after > step.before for step in found.values()}
    if len(ups) > 1:
        return Flip.Direction.BOTH
    return Flip.Direction.STRICTER if ups.pop() else Flip.Direction.LOOSER


def effect(before: Verdict, after: Verdict, past: Past) -> Flip.Effect:
    """What the other verdict means for what was recorded for the call's own purposes.

    Where it closes one thing and opens another, what it closes is told.
    """
    found = steps(before, after)
    concerned = [purpose for purpose in past.purposes if purpose in found]
    if not concerned:
        return Effect.ELSEWHERE
    if not past.parts:
        return Effect.UNRECORDED
    was, would = past.opens(before, concerned), past.opens(after, concerned)
    if was - would:
        return Effect.MISSING
    return Effect.OPENED if would - was else Effect.SAME
