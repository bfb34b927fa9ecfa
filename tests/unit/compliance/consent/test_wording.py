"""Reasons in words."""

import pytest

from compliance.consent import verdict, wording
from compliance.consent.places import Note, Source, Strength, place_of_number
from compliance.consent.plan import Why
from compliance.consent.reasons import SEAT, Reason
from compliance.consent.standing import NeedKind
from compliance.consent.verdict import PartyFacts
from compliance.models import Level
from tests.unit.compliance.consent.law_book import caller, fact, law


def reasons(party: PartyFacts, seat: str = "DE") -> tuple[Reason, ...]:
    made = verdict.decide(parties=[party], seat=seat, strict=False, law=law())
    return made.reasons


def told(party: PartyFacts, place: str, seat: str = "DE") -> list[str]:
    return [
        wording.sentence(reason)
        for reason in reasons(party, seat)
        if reason.party == party.ref and reason.place == place
    ]


def test_a_rule_tells_place_level_and_citation() -> None:
    assert told(caller("FR"), "FR") == [
        "Eu asks for an announcement to everybody (Act of EU).",
        "Fr asks for an announcement to everybody (Act of FR).",
    ]


@pytest.mark.parametrize(
    ("place", "strength", "words"),
    [
        ("", Strength.WEAK, "The place is not known: the fallback asks for"),
        ("US", Strength.FAIR, "The state is not known: the fallback asks for"),
        ("US-NY", Strength.WEAK, "The place is not sure: the fallback asks for"),
        ("PE", Strength.STRONG, "There is no rule for PE: the fallback asks for"),
    ],
)
def test_a_fallback_tells_why_it_spoke(
    place: str, strength: Strength, words: str
) -> None:
    sentences = told(caller(fact(place, strength)), place)

    assert any(sentence.startswith(words) for sentence in sentences)


def test_evidence_tells_what_it_is_worth() -> None:
    area = caller(place_of_number("+12125550123"))
    plain = caller(fact("FR", source=Source.NUMBER_COUNTRY))

    assert {wording.evidence(r) for r in reasons(area) if r.party == "caller"} == {
        "area code (weak: an area code moves with its owner)"
    }
    assert {wording.evidence(r) for r in reasons(plain) if r.party == "caller"} == {
        "number prefix (strong)"
    }
    assert {wording.evidence(r) for r in reasons(plain) if r.party == SEAT} == {
        "seat of the team"
    }
    assert {wording.evidence(r) for r in reasons(caller()) if r.party == "caller"} == {
        "nothing is known"
    }


def test_the_rule_is_named_with_its_version_and_review() -> None:
    made = reasons(caller(), seat="FR")
    names = {wording.rule_name(reason) for reason in made}

    assert names == {
        "Rule FR v1, default, unreviewed",
        "Rule EU v1, default, unreviewed",
        "",
    }
    reviewed = Reason.from_json({**made[-1].as_json(), "is_reviewed": True})
    assert wording.rule_name(reviewed) == f"Rule {reviewed.rule_place} v1"


def test_everything_has_its_words() -> None:
    assert set(wording.LEVELS) == set(Level)
    assert set(wording.SOURCES) == set(Source)
    assert set(wording.STRENGTHS) == set(Strength)
    assert set(wording.NOTES) == set(Note) - {Note.NONE}
    assert set(wording.WHY) == set(Why)
    assert set(wording.NEEDS) == set(NeedKind)
