"""A small law book for the tests of verdict and plan, and ways to write parties."""

from datetime import UTC, datetime, timedelta

from compliance.consent.law import Fallback, Law, RuleFacts
from compliance.consent.places import Note, PlaceFact, Source, Strength
from compliance.consent.standing import Act, ActKind
from compliance.consent.verdict import PartyFacts, Role
from compliance.models import Announce, Level, Purpose

START = datetime(2026, 11, 2, 14, 32, tzinfo=UTC)

ONE, NOTICE, EXPLICIT = Level.ONE_PARTY, Level.NOTICE, Level.EXPLICIT
BEFORE, ON_IT, BOTH = Announce.BEFORE, Announce.ON_RECORDING, Announce.BOTH


def rule(
    place: str,
    level: Level,
    strict: Level,
    announce: Announce = BEFORE,
    **levels: Level,
) -> RuleFacts:
    """Version 1 of a place's rule; keyword arguments are levels per purpose."""
    return RuleFacts(
        id=f"rule-{place}",
        place=place,
        version=1,
        level=level,
        strict_level=strict,
        purpose_levels={Purpose(name): value for name, value in levels.items()},
        announce=announce,
        place_name=place.title(),
        citation=f"Act of {place}",
    )


RULES = {
    rule.place: rule
    for rule in (
        rule("US", ONE, NOTICE, ON_IT),
        rule("US-TX", ONE, NOTICE, ON_IT),
        rule("US-NY", ONE, NOTICE, ON_IT),
        rule("US-WA", NOTICE, NOTICE, ON_IT),
        rule("US-CA", NOTICE, EXPLICIT),
        rule("CA", NOTICE, EXPLICIT),
        rule("EU", NOTICE, EXPLICIT),
        rule("FR", NOTICE, EXPLICIT),
        rule("DE", EXPLICIT, EXPLICIT, legal_duty=NOTICE),
        rule("CH", EXPLICIT, EXPLICIT, evidence=NOTICE),
        rule("GB", NOTICE, EXPLICIT),
    )
}


def law(**fallback: Level) -> Law:
    """The small law book with some fallback."""
    return Law(rules=RULES, fallback=Fallback(**fallback))


def at(seconds: float) -> datetime:
    """An instant of the call."""
    return START + timedelta(seconds=seconds)


def fact(
    place: str,
    strength: Strength = Strength.STRONG,
    source: Source = Source.DECLARED,
    note: Note = Note.NONE,
    calling_code: str = "",
) -> PlaceFact:
    """A fact about a place."""
    return PlaceFact(place, source, strength, note, calling_code)


def caller(
    *places: str | PlaceFact,
    ref: str = "caller",
    joined: float | None = 0,
    left: float | None = None,
    role: Role = Role.CALLER,
) -> PartyFacts:
    """An outside party with strong facts for places, or with the facts given."""
    return PartyFacts(
        ref=ref,
        role=role,
        facts=tuple(p if isinstance(p, PlaceFact) else fact(p) for p in places),
        joined_at=None if joined is None else at(joined),
        left_at=None if left is None else at(left),
    )


def act(kind: str, seconds: float, ref: str | None = None, *purposes: str) -> Act:
    """A consent record."""
    return Act(ActKind(kind), at(seconds), ref, frozenset(map(Purpose, purposes)))
