"""What must have happened before a call may be recorded: the strictest law, with reasons.

Pure: facts in, verdict out, no database and no clock. The verdict is the strictest
over every party and the team's seat (regulation 1.2, rule 2), judged purpose by
purpose (rule 4). A verdict is kept; a changed fact makes a new one beside it.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from compliance.consent import places
from compliance.consent.law import Law, RuleFacts
from compliance.consent.places import PlaceFact, Source, Strength
from compliance.consent.reasons import SEAT, Basis, Reason, codes
from compliance.models import Announce, Level, Purpose


class Role(StrEnum):
    """What a party is on the call. Anything but agent and staff is an outsider."""

    CALLER = "caller"
    AGENT = "agent"
    STAFF = "staff"
    OTHER = "other"


@dataclass(frozen=True)
class Notice:
    """A notice to staff that holds on the day of the call."""

    id: str
    version: str
    given_on: date


@dataclass(frozen=True)
class PartyFacts:
    """One party: who it is by our reference, where it may be, when it was there.

    notice: of staff, what they were told before the call.
    """

    ref: str
    role: Role
    facts: tuple[PlaceFact, ...] = ()
    joined_at: datetime | None = None
    left_at: datetime | None = None
    notice: Notice | None = None

    @property
    def is_outside(self) -> bool:
        """True for those whose consent is asked; staff are told once, by a notice."""
        return self.role not in {Role.AGENT, Role.STAFF}


@dataclass(frozen=True)
class Verdict:
    """A level per purpose, when the announcement is spoken, and every reason."""

    levels: Mapping[Purpose, Level]
    announce: Announce
    reasons: tuple[Reason, ...]

    def level(self, purpose: Purpose) -> Level:
        """The level for a purpose; explicit consent where the verdict is silent."""
        return self.levels.get(purpose, Level.EXPLICIT)

    def levels_json(self) -> dict[str, str]:
        """{'quality': 'explicit', …}, as stored and as the API shows it."""
        return codes(self.levels)

    def reasons_json(self) -> list[dict[str, Any]]:
        """The reasons as stored."""
        return [reason.as_json() for reason in self.reasons]

    @property
    def untold_staff(self) -> frozenset[str]:
        """References of staff without a notice, where a strict team waits for one."""
        return frozenset(
            reason.party
            for reason in self.reasons
            if reason.basis is Basis.NO_NOTICE_STRICT
        )

    @property
    def fingerprint(self) -> str:
        """Equal for equal verdicts, so that asking twice stores one."""
        told = [self.levels_json(), self.announce.value, self.reasons_json()]
        text = json.dumps(told, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @classmethod
    def from_json(
        cls,
        *,
        levels: Mapping[str, str],
        announce: str,
        reasons: Iterable[Mapping[str, Any]],
    ) -> "Verdict":
        """A stored verdict, to be asked again."""
        return cls(
            levels={
                Purpose(key): Level.from_code(code) for key, code in levels.items()
            },
            announce=Announce(announce),
            reasons=tuple(Reason.from_json(stored) for stored in reasons),
        )


def decide(
    *,
    parties: Iterable[PartyFacts],
    seat: str,
    strict: bool,
    law: Law,
    team: str = "",
) -> Verdict:
    """The strictest law over all parties and the seat, for every purpose.

    seat: ISO code of the place the team works from (a trunk may override it).
    strict: take each rule's strict level. law: the rules of the day of the call.
    team: its name, for the sentence that says that its staff were told nothing.
    """
    case = _Case(home=places.normalise(seat), strict=strict, law=law, team=team)
    found = [case.of_seat(), *(case.of_party(party) for party in parties)]
    reasons = _sorted(reason for group in found for reason in group)
    return Verdict(
        levels={
            purpose: max(reason.levels[purpose] for reason in reasons)
            for purpose in Purpose
        },
        announce=_announce(reasons),
        reasons=reasons,
    )


@dataclass(frozen=True)
class _Case:
    """What stays the same while the parties are asked one after another."""

    home: str
    strict: bool
    law: Law
    team: str

    def of_seat(self) -> list[Reason]:
        """Why the team's own seat asks what it asks."""
        return self._of_fact(
            SEAT, PlaceFact(self.home, Source.SEAT, Strength.STRONG), floor=True
        )

    def of_party(self, party: PartyFacts) -> list[Reason]:
        """What every fact worth hearing asks. Staff of whom nothing is known sit
        at the seat; an outsider of whom nothing is known gets the fallback."""
        facts = worth_hearing(party.facts)
        if not facts and party.is_outside:
            return [self._fallback(party.ref, _NOTHING, Basis.NO_PLACE)]
        reasons = []
        for fact in facts:
            if fact.place or party.is_outside:
                reasons += self._of_fact(party.ref, fact, floor=party.is_outside)
        if party.role is Role.STAFF and _asks(reasons or self.of_seat()):
            reasons.append(self._of_notice(party))
        return reasons

    def _of_notice(self, party: PartyFacts) -> Reason:
        """What staff were told before the call, where their place asks for it."""
        missing = Basis.NO_NOTICE_STRICT if self.strict else Basis.NO_NOTICE
        told = party.notice
        return Reason(
            party=party.ref,
            place="",
            source=None,
            strength=Strength.STRONG,
            basis=Basis.STANDING_NOTICE if told else missing,
            levels=dict.fromkeys(Purpose, Level.ONE_PARTY),
            note=told.id if told else "",
            place_name=told.version if told else self.team,
            citation=told.given_on.isoformat() if told else "",
        )

    def _of_fact(self, ref: str, fact: PlaceFact, *, floor: bool) -> list[Reason]:
        """The rules of a place; the fallback too where they do not settle it."""
        reasons = [
            self._by_rule(ref, fact, rule) for rule in self.law.rules_at(fact.place)
        ]
        if not fact.place:
            reasons.append(self._fallback(ref, fact, Basis.NO_PLACE))
        elif not self.law.knows(fact.place):
            reasons.append(self._fallback(ref, fact, Basis.NO_RULE))
        elif floor and fact.strength is Strength.WEAK:
            reasons.append(self._fallback(ref, fact, Basis.WEAK_PLACE))
        return reasons

    def _by_rule(self, ref: str, fact: PlaceFact, rule: RuleFacts) -> Reason:
        return Reason(
            party=ref,
            place=fact.place,
            source=fact.source,
            strength=fact.strength,
            basis=Basis.RULE,
            levels={p: rule.level_for(p, strict=self.strict) for p in Purpose},
            note=fact.note.value,
            rule_id=rule.id,
            rule_version=rule.version,
            rule_place=rule.place,
            place_name=rule.place_name,
            citation=rule.citation,
            announce=rule.announce,
            is_reviewed=rule.is_reviewed,
        )

    def _fallback(self, ref: str, fact: PlaceFact, basis: Basis) -> Reason:
        level = self.law.fallback.level(
            place=fact.place, calling_code=fact.calling_code, seat=self.home
        )
        return Reason(
            party=ref,
            place=fact.place,
            source=fact.source if fact is not _NOTHING else None,
            strength=fact.strength,
            basis=basis,
            levels=dict.fromkeys(Purpose, level),
            note=fact.note.value,
            # A place known only weakly keeps its own rule's order of words.
            announce=None if basis is Basis.WEAK_PLACE else Announce.BEFORE,
        )


def worth_hearing(facts: Iterable[PlaceFact]) -> tuple[PlaceFact, ...]:
    """The facts that count: all that are not outdone by a better one.

    An unknown place is outdone by any known one, a weak fact by a better one that
    says as much, a bare country by a better fact about a part of it. Facts that
    contradict each other all stay: the strictest will win.
    """
    known = [fact for fact in facts if fact.place]
    if not known:
        return tuple(facts)
    good = {fact.place for fact in known if fact.strength is not Strength.WEAK}
    return tuple(fact for fact in known if not _is_outdone(fact, good))


def _is_outdone(fact: PlaceFact, good: set[str]) -> bool:
    if fact.strength is Strength.WEAK:
        return bool(good - {places.country_of(fact.place)})
    return any(
        place != fact.place and places.country_of(place) == fact.place for place in good
    )


def _asks(reasons: Iterable[Reason]) -> bool:
    return any(max(reason.levels.values()) > Level.ONE_PARTY for reason in reasons)


_NOTHING = PlaceFact("", Source.DECLARED, Strength.WEAK)


def _sorted(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Each reason once, in an order that does not depend on who was asked first."""
    keyed = {json.dumps(reason.as_json(), sort_keys=True): reason for reason in reasons}
    return tuple(keyed[key] for key in sorted(keyed))


def _announce(reasons: tuple[Reason, ...]) -> Announce:
    """When to speak: as the rules ask that ask for an announcement at all.

    Where one wants the words before the recorder and another on it, both happen:
    speak, start, repeat one sentence.
    """
    wanted = {
        reason.announce
        for reason in reasons
        if reason.announce and max(reason.levels.values()) >= Level.NOTICE
    }
    if len(wanted) > 1:
        return Announce.BOTH
    return wanted.pop() if wanted else Announce.BEFORE
