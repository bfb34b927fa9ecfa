"""The strictest law over all parties and the seat, with its reasons."""

import dataclasses
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.consent import verdict
from compliance.consent.places import Note, PlaceFact, Source, Strength
from compliance.consent.reasons import SEAT, Basis, Reason
from compliance.consent.verdict import PartyFacts, Role, Verdict
from compliance.models import Announce, Level, Purpose
from tests.unit.compliance.consent.law_book import (
    BEFORE,
    BOTH,
    EXPLICIT,
    NOTICE,
    ON_IT,
    ONE,
    RULES,
    caller,
    fact,
    law,
)

WEAK = Strength.WEAK


def decide(
    *parties: PartyFacts, seat: str = "US-TX", strict: bool = False, **fallback: Level
) -> Verdict:
    return verdict.decide(
        parties=parties, seat=seat, strict=strict, law=law(**fallback)
    )


def quality(
    *parties: PartyFacts, seat: str = "US-TX", strict: bool = False, **fallback: Level
) -> Level:
    made = decide(*parties, seat=seat, strict=strict, **fallback)
    return made.level(Purpose.QUALITY)


def test_two_one_party_states_ask_for_nothing() -> None:
    assert set(decide(caller("US-NY")).levels.values()) == {ONE}


def test_the_strictest_party_wins() -> None:
    assert quality(caller("US-NY"), caller("US-CA", ref="second")) == NOTICE
    assert quality(caller("US-NY"), caller("DE", ref="second")) == EXPLICIT


def test_the_seat_of_the_team_counts_like_a_party() -> None:
    assert quality(caller("US-NY"), seat="DE") == EXPLICIT


def test_purposes_are_judged_one_by_one() -> None:
    made = decide(caller("CH"), seat="CH")

    assert made.level(Purpose.EVIDENCE) == NOTICE
    assert made.level(Purpose.QUALITY) == EXPLICIT


def test_a_strict_team_takes_the_strict_level_of_every_rule() -> None:
    assert quality(caller("US-NY"), strict=True) == NOTICE
    assert decide(caller("CH"), seat="CH", strict=True).level(Purpose.EVIDENCE) == (
        EXPLICIT
    )


def test_an_area_code_never_lowers_what_the_fallback_asks() -> None:
    made = decide(caller(fact("US-NY", WEAK, Source.NUMBER_AREA, Note.AREA_CODE)))

    assert made.level(Purpose.QUALITY) == NOTICE
    assert {r.basis for r in made.reasons if r.party == "caller"} == {
        Basis.RULE,
        Basis.WEAK_PLACE,
    }


def test_a_team_may_trust_area_codes_by_setting_its_own_fallback() -> None:
    assert quality(caller(fact("US-NY", WEAK)), team=ONE) == ONE


def test_an_area_code_raises_a_level() -> None:
    strict_state = caller(fact("US-CA", WEAK))

    assert quality(strict_state, strict=True) == EXPLICIT


@pytest.mark.parametrize(
    ("party", "seat", "level"),
    [
        (caller(fact("", WEAK, calling_code="1")), "US-TX", NOTICE),
        (caller(fact("", WEAK, calling_code="44")), "US-TX", EXPLICIT),
        (caller(fact("", WEAK, note=Note.WITHHELD)), "US-TX", NOTICE),
        (caller(fact("", WEAK, note=Note.WITHHELD)), "FR", EXPLICIT),
        (caller(), "US-TX", NOTICE),
        (caller(), "GB", EXPLICIT),
        (caller("PE"), "US-TX", EXPLICIT),
        (caller("JM"), "US-TX", NOTICE),
        (caller("HU"), "US-TX", EXPLICIT),
        (caller("US-GU"), "US-TX", NOTICE),
        (caller("US"), "US-TX", NOTICE),
    ],
)
def test_an_unknown_place_gets_the_fallback(
    party: PartyFacts, seat: str, level: Level
) -> None:
    assert quality(party, seat=seat) == level


def test_a_team_may_set_its_own_fallback() -> None:
    assert quality(caller(), team=ONE) == ONE
    assert quality(caller(), team=EXPLICIT) == EXPLICIT


def test_an_unknown_seat_is_not_taken_for_a_lawless_one() -> None:
    assert quality(caller("US-NY"), seat="") == EXPLICIT
    assert quality(caller("US-NY"), seat="US") == NOTICE


def test_staff_of_whom_nothing_is_known_sit_at_the_seat() -> None:
    for role in (Role.AGENT, Role.STAFF):
        assert quality(caller("US-NY"), caller(ref="us", role=role)) == ONE
        withheld = caller(fact("", WEAK), ref="us", role=role)
        assert quality(caller("US-NY"), withheld) == ONE


def test_staff_who_work_elsewhere_bring_their_law() -> None:
    home_worker = caller("DE", ref="us", role=Role.STAFF)

    assert quality(caller("US-NY"), home_worker) == EXPLICIT


@pytest.mark.parametrize(
    ("facts", "heard"),
    [
        ((fact("DE"), fact("US-CA", WEAK)), ["DE"]),
        ((fact("US-TX"), fact("US-CA", WEAK)), ["US-TX"]),
        ((fact("US"), fact("US-CA", WEAK)), ["US", "US-CA"]),
        ((fact("US"), fact("US-TX", Strength.FAIR)), ["US-TX"]),
        ((fact("US-TX"), fact("DE", Strength.FAIR)), ["US-TX", "DE"]),
        ((fact("DE"), fact("", WEAK)), ["DE"]),
        ((fact("", WEAK),), [""]),
        ((), []),
    ],
)
def test_only_facts_that_no_better_one_outdoes_are_heard(
    facts: tuple[PlaceFact, ...], heard: list[str]
) -> None:
    assert [f.place for f in verdict.worth_hearing(facts)] == heard


@pytest.mark.parametrize(
    ("places", "seat", "announce"),
    [
        (("US-WA",), "US-TX", ON_IT),
        (("US-WA",), "US-CA", BOTH),
        (("DE",), "US-TX", BEFORE),
        (("DE",), "US-WA", BOTH),
        (("US-NY",), "US-TX", BEFORE),
        (("US-CA",), "US-TX", BEFORE),
    ],
)
def test_when_the_announcement_is_spoken(
    places: tuple[str, ...], seat: str, announce: Announce
) -> None:
    assert decide(caller(*places), seat=seat).announce == announce


def test_a_washington_number_keeps_the_washington_order() -> None:
    weak = caller(fact("US-WA", WEAK, Source.NUMBER_AREA))

    assert decide(weak, seat="US-WA").announce == ON_IT


def test_each_reason_names_party_place_source_and_rule_version() -> None:
    made = decide(caller(fact("DE", source=Source.NUMBER_COUNTRY)), seat="DE")
    german = [r for r in made.reasons if r.rule_place == "DE"]

    assert {reason.party for reason in german} == {"caller", SEAT}
    for reason in german:
        assert (reason.rule_id, reason.rule_version) == ("rule-DE", 1)
        assert reason.levels[Purpose.LEGAL_DUTY] == NOTICE
    assert {r.rule_place for r in made.reasons} == {"DE", "EU"}


def test_a_verdict_survives_storage() -> None:
    made = decide(
        caller(fact("US-NY", WEAK, Source.NUMBER_AREA, Note.AREA_CODE)),
        caller(ref="nobody"),
        seat="DE",
    )
    stored = Verdict.from_json(
        levels=made.levels_json(),
        announce=made.announce.value,
        reasons=made.reasons_json(),
    )

    assert stored == made
    assert stored.fingerprint == made.fingerprint
    assert "+" not in str(made.reasons_json())


def test_a_silent_verdict_asks_for_explicit_consent() -> None:
    empty = Verdict(levels={}, announce=Announce.BEFORE, reasons=())

    assert empty.level(Purpose.QUALITY) == EXPLICIT


def test_a_stored_reason_that_is_none_is_refused() -> None:
    with pytest.raises(KeyError):
        Reason.from_json({"party": "caller"})


PLACES = st.sampled_from(["", "US", "US-GU", "PE", "HU", *sorted(RULES)])
FACTS = st.builds(
    fact, PLACES, st.sampled_from(Strength), st.sampled_from([*Source][:4])
)
PARTIES = st.lists(
    st.builds(
        PartyFacts,
        ref=st.sampled_from(["a", "b", "c"]),
        role=st.sampled_from(Role),
        facts=st.lists(FACTS, max_size=3).map(tuple),
    ),
    max_size=4,
)
SEATS = st.sampled_from(["", *sorted(RULES)])


@given(PARTIES, PARTIES, SEATS, st.booleans())
def test_another_party_never_lowers_a_level(
    parties: list[PartyFacts], more: list[PartyFacts], seat: str, strict: bool
) -> None:
    before = decide(*parties, seat=seat, strict=strict)
    after = decide(*parties, *more, seat=seat, strict=strict)

    assert all(after.levels[p] >= before.levels[p] for p in Purpose)
    assert set(map(str, before.reasons)) <= set(map(str, after.reasons))


@given(PARTIES, SEATS, st.randoms())
def test_the_order_of_parties_and_facts_does_not_matter(
    parties: list[PartyFacts], seat: str, random: Random
) -> None:
    shuffled = [
        dataclasses.replace(p, facts=tuple(random.sample(p.facts, len(p.facts))))
        for p in random.sample(parties, len(parties))
    ]

    made = decide(*parties, seat=seat)
    again = decide(*shuffled, *shuffled, seat=seat)
    assert again == made
    assert again.fingerprint == made.fingerprint


@given(PARTIES, SEATS)
def test_a_strict_team_never_asks_less(parties: list[PartyFacts], seat: str) -> None:
    lax, strict = decide(*parties, seat=seat), decide(*parties, seat=seat, strict=True)

    assert all(strict.levels[p] >= lax.levels[p] for p in Purpose)


@given(PARTIES, SEATS)
def test_every_level_has_a_reason_as_strict(
    parties: list[PartyFacts], seat: str
) -> None:
    made = decide(*parties, seat=seat)

    for purpose in Purpose:
        assert made.levels[purpose] == max(r.levels[purpose] for r in made.reasons)
        assert isinstance(made.levels[purpose], Level)
