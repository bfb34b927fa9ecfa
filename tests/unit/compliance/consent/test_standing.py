"""What still has to happen before a purpose is open."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.consent import standing
from compliance.consent.standing import Act, ActKind, Need, NeedKind
from compliance.consent.verdict import PartyFacts, Role, Verdict
from compliance.models import Announce, Level, Purpose
from tests.unit.compliance.consent.law_book import (
    EXPLICIT,
    NOTICE,
    ONE,
    act,
    at,
    caller,
)

QUALITY = Purpose.QUALITY
EVIDENCE = Purpose.EVIDENCE

ANNOUNCEMENT, CONSENT, NO = NeedKind


def missing(
    level: Level, *acts: Act, parties: tuple[PartyFacts, ...] = (caller(),)
) -> list[tuple[NeedKind, str | None]]:
    verdict = Verdict({QUALITY: level, EVIDENCE: level}, Announce.BEFORE, ())
    needs = standing.missing(
        verdict=verdict, acts=acts, parties=parties, purpose=QUALITY
    )
    met = standing.is_met(verdict=verdict, acts=acts, parties=parties, purpose=QUALITY)
    assert met == (not needs)
    return [(need.kind, need.party_ref) for need in needs]


def test_one_party_needs_nothing_even_with_nobody_there() -> None:
    assert missing(ONE) == []
    assert missing(ONE, parties=()) == []


def test_a_notice_must_have_been_announced() -> None:
    assert missing(NOTICE) == [(ANNOUNCEMENT, "caller")]
    assert missing(NOTICE, act("announced", 2)) == []


def test_consent_covers_the_notice() -> None:
    assert missing(NOTICE, act("granted", 2, "caller")) == []


def test_explicit_waits_for_the_act_of_every_outside_party() -> None:
    both = (caller(), caller(ref="second"))

    assert missing(EXPLICIT, act("announced", 2)) == [(CONSENT, "caller")]
    assert missing(EXPLICIT, act("granted", 9, "caller"), parties=both) == [
        (CONSENT, "second")
    ]
    assert missing(EXPLICIT, act("granted", 9), parties=both) == []


def test_agents_and_staff_are_not_asked() -> None:
    staff = (
        caller(ref="agent", role=Role.AGENT),
        caller(ref="staff", role=Role.STAFF),
    )

    assert missing(NOTICE, act("announced", 2), parties=(caller(), *staff)) == []
    assert missing(NOTICE, parties=(caller(role=Role.OTHER),)) == [
        (ANNOUNCEMENT, "caller")
    ]


def test_with_nobody_outside_a_notice_cannot_have_been_given() -> None:
    staff = (caller(ref="staff", role=Role.STAFF),)

    assert missing(NOTICE, act("announced", 2), parties=staff) == [(ANNOUNCEMENT, None)]
    assert missing(EXPLICIT, parties=()) == [(CONSENT, None)]


def test_who_joins_late_must_be_told_again() -> None:
    late = caller(ref="late", joined=60)

    assert missing(NOTICE, act("announced", 2), parties=(caller(), late)) == [
        (ANNOUNCEMENT, "late")
    ]
    told = (act("announced", 2), act("announced", 61))
    assert missing(NOTICE, *told, parties=(caller(), late)) == []


def test_words_for_one_party_reach_that_party_alone() -> None:
    both = (caller(), caller(ref="second"))

    assert missing(NOTICE, act("announced", 2, "second"), parties=both) == [
        (ANNOUNCEMENT, "caller")
    ]


def test_two_clocks_may_differ_where_the_party_is_named() -> None:
    assert missing(NOTICE, act("announced", -1, "caller")) == []
    assert missing(NOTICE, act("announced", -1)) == [(ANNOUNCEMENT, "caller")]


def test_a_party_whose_joining_is_unknown_must_be_named() -> None:
    unknown = (caller(joined=None),)

    assert missing(NOTICE, act("announced", 2), parties=unknown) == [
        (ANNOUNCEMENT, "caller")
    ]
    assert missing(NOTICE, act("announced", 2, "caller"), parties=unknown) == []


def test_consent_counts_for_the_purposes_it_names() -> None:
    assert missing(EXPLICIT, act("granted", 9, "caller", "evidence")) == [
        (CONSENT, "caller")
    ]
    assert missing(EXPLICIT, act("granted", 9, "caller", "evidence", "quality")) == []


@pytest.mark.parametrize("kind", ["refused", "withdrawn"])
@pytest.mark.parametrize("level", list(Level))
def test_a_refusal_shuts_every_level(kind: str, level: Level) -> None:
    acts = (act("announced", 1), act("granted", 2, "caller"), act(kind, 3, "caller"))

    assert missing(level, *acts) == [(NO, "caller")]


def test_a_refusal_of_one_purpose_leaves_the_others() -> None:
    refusal = act("refused", 3, "caller", "evidence")

    assert missing(NOTICE, act("announced", 2), refusal) == []


def test_a_refusal_holds_when_its_party_has_left() -> None:
    assert missing(NOTICE, act("announced", 2), act("refused", 3, "gone")) == [
        (NO, "gone")
    ]


def test_a_withdrawal_leaves_what_was_recorded_before_it() -> None:
    granted = act("granted", 2, "caller")
    withdrawn = act("withdrawn", 60, "caller")
    refused = act("refused", 60, "caller")

    before = standing.bearing_on([granted, withdrawn], begin=at(3))
    after = standing.bearing_on([granted, withdrawn], begin=at(61))

    assert missing(EXPLICIT, *before) == []
    assert missing(EXPLICIT, *after) == [(NO, "caller")]
    assert standing.bearing_on([refused], begin=at(3)) == (refused,)


def test_the_same_party_may_change_its_mind() -> None:
    refusal = act("refused", 3, "caller")

    assert missing(EXPLICIT, refusal, act("granted", 4, "caller")) == []
    assert missing(EXPLICIT, refusal, act("granted", 4)) == []
    assert missing(EXPLICIT, refusal, act("granted", 4, "second")) == [(NO, "caller")]


def test_at_the_same_instant_the_refusal_wins() -> None:
    assert missing(EXPLICIT, act("granted", 3, "caller"), act("refused", 3, "caller"))


def test_a_refusal_of_everybody_ends_when_everybody_agreed() -> None:
    both = (caller(), caller(ref="second"))
    no = act("refused", 3)
    first, second = act("granted", 4, "caller"), act("granted", 5, "second")

    assert missing(EXPLICIT, no, first, parties=both) == [(NO, None)]
    assert missing(EXPLICIT, no, first, second, parties=both) == []
    assert missing(EXPLICIT, no, act("granted", 6), parties=both) == []
    assert missing(ONE, no, parties=()) == [(NO, None)]


def test_present_between_leaves_out_who_was_not_there() -> None:
    early = caller(ref="early", joined=0, left=10)
    late = caller(ref="late", joined=90)
    whole = caller(ref="whole", joined=0)
    unknown = caller(ref="unknown", joined=None)
    everybody = (early, late, whole, unknown)

    def present(begin: datetime, end: datetime | None) -> list[str]:
        return [p.ref for p in standing.present_between(everybody, begin, end)]

    assert present(at(20), at(60)) == ["whole", "unknown"]
    assert present(at(5), None) == ["early", "late", "whole", "unknown"]


REFS = st.sampled_from(["a", "b"])
SECONDS = st.integers(min_value=0, max_value=20)
ACTS = st.lists(
    st.builds(
        Act,
        kind=st.sampled_from(ActKind),
        at=SECONDS.map(at),
        party_ref=st.none() | REFS,
        purposes=st.frozensets(st.sampled_from([QUALITY, EVIDENCE])),
    ),
    max_size=6,
)
LINE = st.lists(
    st.builds(
        PartyFacts,
        ref=REFS,
        role=st.sampled_from([Role.CALLER, Role.STAFF]),
        joined_at=st.none() | SECONDS.map(at),
    ),
    max_size=3,
    unique_by=lambda party: party.ref,
)
LEVELS = st.sampled_from(Level)


def needs(level: Level, acts: list[Act], line: list[PartyFacts]) -> tuple[Need, ...]:
    verdict = Verdict({QUALITY: level}, Announce.BEFORE, ())
    return standing.missing(verdict=verdict, acts=acts, parties=line, purpose=QUALITY)


@given(LEVELS, ACTS, LINE, st.randoms())
def test_the_order_of_reports_does_not_matter(
    level: Level, acts: list[Act], line: list[PartyFacts], random: object
) -> None:
    assert needs(level, acts[::-1] + acts, line) == needs(level, acts, line)


@given(LEVELS, ACTS, LINE, REFS)
def test_a_refusal_always_blocks(
    level: Level, acts: list[Act], line: list[PartyFacts], ref: str
) -> None:
    last = act("withdrawn", 21, ref)

    assert Need(NO, ref) in needs(level, [*acts, last], line)


@given(ACTS, LINE)
def test_a_stricter_level_is_never_met_sooner(
    acts: list[Act], line: list[PartyFacts]
) -> None:
    met = [not needs(level, acts, line) for level in Level]

    assert met == sorted(met, reverse=True)


@given(LEVELS, ACTS, LINE)
def test_telling_and_agreeing_never_shut_anything(
    level: Level, acts: list[Act], line: list[PartyFacts]
) -> None:
    for kind in ("announced", "granted"):
        after = needs(level, [*acts, act(kind, 21)], line)
        if not needs(level, acts, line):
            assert not after
