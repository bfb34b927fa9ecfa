"""What the voice agent is told to do next."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.consent import plan
from compliance.consent.plan import Plan, Script, Start, Why
from compliance.consent.standing import Act, Need, NeedKind
from compliance.consent.verdict import PartyFacts, Role, Verdict
from compliance.models import Announce, Level, Purpose
from tests.unit.compliance.consent.law_book import (
    BEFORE,
    BOTH,
    EXPLICIT,
    NOTICE,
    ON_IT,
    ONE,
    act,
    at,
    caller,
)
from tests.unit.compliance.consent.test_standing import ACTS, LINE

QUALITY, EVIDENCE = Purpose.QUALITY, Purpose.EVIDENCE
ANNOUNCE, ASK, ASK_MORE = Script.ANNOUNCE, Script.ASK_CONSENT, Script.ASK_MORE
REPEAT, ACK = Script.REPEAT, Script.REFUSED_ACK


def planned(
    *acts: Act,
    quality: Level = NOTICE,
    evidence: Level | None = None,
    announce: Announce = BEFORE,
    parties: tuple[PartyFacts, ...] = (caller(),),
    purposes: tuple[Purpose, ...] = (QUALITY, EVIDENCE),
    now: float = 5,
    since: float | None = None,
) -> Plan:
    levels = {QUALITY: quality, EVIDENCE: quality if evidence is None else evidence}
    return plan.make(
        verdict=Verdict(levels, announce, ()),
        acts=acts,
        parties=parties,
        purposes=purposes,
        now=at(now),
        recording_since=None if since is None else at(since),
    )


def brief(made: Plan) -> tuple[Start, tuple[Script, ...], Why]:
    assert made.may_start == (made.start is Start.NOW)
    return made.start, made.say, made.why


def test_where_one_party_is_enough_the_recorder_starts_in_silence() -> None:
    made = planned(quality=ONE, announce=ON_IT)

    assert brief(made) == (Start.NOW, (), Why.NOT_NEEDED)
    assert made.open_purposes == (EVIDENCE, QUALITY)
    assert made.level == ONE


def test_in_europe_the_announcement_comes_first() -> None:
    assert brief(planned()) == (
        Start.AFTER_ANNOUNCEMENT,
        (ANNOUNCE,),
        Why.ANNOUNCE_FIRST,
    )
    assert brief(planned(act("announced", 3))) == (Start.NOW, (), Why.MET)


def test_in_washington_the_recorder_comes_first() -> None:
    made = planned(announce=ON_IT)

    assert brief(made) == (Start.NOW, (ANNOUNCE,), Why.RECORD_THE_WORDS)
    assert made.open_purposes == ()
    assert made.say_by == at(30)


def test_an_announcement_that_never_comes_stops_the_recorder() -> None:
    waiting = planned(announce=ON_IT, since=8, now=38)
    overdue = planned(announce=ON_IT, since=8, now=39)
    stopped = planned(announce=ON_IT, now=40)

    assert waiting.may_start
    assert waiting.say_by == at(38)
    assert overdue.why == stopped.why == Why.ANNOUNCEMENT_OVERDUE
    assert overdue.start == stopped.start == Start.AFTER_ANNOUNCEMENT
    assert not overdue.may_start
    assert overdue.say_by is None


def test_without_a_time_of_joining_nothing_is_overdue() -> None:
    made = planned(announce=ON_IT, parties=(caller(joined=None),), now=500)

    assert made.may_start
    assert made.say_by is None


def test_words_that_came_before_the_recorder_are_repeated_on_it() -> None:
    told = act("announced", 3)

    assert planned(told, announce=ON_IT).say == (REPEAT,)
    assert planned(told, announce=ON_IT, since=4).say == (REPEAT,)
    assert planned(told, announce=ON_IT, since=2).say == ()
    again = act("announced", 6)
    assert planned(told, again, announce=ON_IT, since=4, now=7).say == ()


def test_where_both_orders_apply_speak_start_repeat() -> None:
    told = act("announced", 3)

    assert brief(planned(announce=BOTH)) == (
        Start.AFTER_ANNOUNCEMENT,
        (ANNOUNCE, REPEAT),
        Why.ANNOUNCE_FIRST,
    )
    assert brief(planned(told, announce=BOTH)) == (Start.NOW, (REPEAT,), Why.MET)
    assert planned(told, act("announced", 6), announce=BOTH, since=5, now=7).say == ()


def test_explicit_consent_is_asked_for_and_waited_for() -> None:
    made = planned(quality=EXPLICIT)

    assert brief(made) == (Start.AFTER_CONSENT, (ASK,), Why.CONSENT_FIRST)
    assert made.ask_for == (EVIDENCE, QUALITY)
    assert made.needs == (Need(NeedKind.CONSENT, "caller"),)
    granted = planned(act("granted", 4, "caller"), quality=EXPLICIT)
    assert brief(granted) == (Start.NOW, (), Why.MET)


def test_explicit_consent_comes_before_any_recorder_even_in_washington() -> None:
    made = planned(quality=EXPLICIT, announce=ON_IT)

    assert brief(made) == (Start.AFTER_CONSENT, (ASK, REPEAT), Why.CONSENT_FIRST)


def test_one_purpose_is_enough_to_start_and_the_other_is_asked_for() -> None:
    first = planned(quality=EXPLICIT, evidence=NOTICE)
    told = planned(act("announced", 3), quality=EXPLICIT, evidence=NOTICE)

    assert brief(first) == (
        Start.AFTER_ANNOUNCEMENT,
        (ANNOUNCE, ASK_MORE),
        Why.ANNOUNCE_FIRST,
    )
    assert first.ask_for == (QUALITY,)
    assert first.level == EXPLICIT
    assert brief(told) == (Start.NOW, (ASK_MORE,), Why.MET)
    assert told.open_purposes == (EVIDENCE,)


def test_each_text_names_its_own_purposes() -> None:
    made = planned(quality=EXPLICIT, evidence=NOTICE)
    recorded_for = (QUALITY, EVIDENCE)

    assert made.about(ANNOUNCE, recorded_for) == (EVIDENCE,)
    assert made.about(ASK_MORE, recorded_for) == (QUALITY,)
    assert made.about(ASK, recorded_for) == (QUALITY,)
    assert made.about(REPEAT, recorded_for) == ()


def test_a_silent_purpose_starts_while_the_other_is_announced() -> None:
    made = planned(quality=NOTICE, evidence=ONE, announce=ON_IT)

    assert brief(made) == (Start.NOW, (ANNOUNCE,), Why.NOT_NEEDED)


def test_no_to_one_question_does_not_stop_the_rest() -> None:
    acts = (act("announced", 3), act("refused", 4, "caller", "quality"))
    made = planned(*acts, quality=EXPLICIT, evidence=NOTICE)

    assert brief(made) == (Start.NOW, (), Why.MET)
    assert made.open_purposes == (EVIDENCE,)
    assert made.refused == (QUALITY,)


@pytest.mark.parametrize("kind", ["refused", "withdrawn"])
def test_a_refusal_is_acknowledged_and_nothing_is_recorded(kind: str) -> None:
    made = planned(act("granted", 3), act(kind, 4, "caller"), quality=ONE)

    assert brief(made) == (Start.NEVER, (ACK,), Why.REFUSED)
    assert made.needs == (Need(NeedKind.AGREEMENT_AFTER_REFUSAL, "caller"),)


def test_without_a_purpose_nothing_is_recorded() -> None:
    made = planned(purposes=())

    assert brief(made) == (Start.NEVER, (), Why.NO_PURPOSE)


@pytest.mark.parametrize(
    "parties",
    [
        (),
        (caller(left=4),),
        (caller(role=Role.AGENT),),
    ],
)
@pytest.mark.parametrize("announce", list(Announce))
def test_before_anybody_is_there_the_recorder_waits(
    parties: tuple[PartyFacts, ...], announce: Announce
) -> None:
    made = planned(act("announced", 1), announce=announce, parties=parties)

    assert not made.may_start
    assert made.why == Why.NOBODY_YET


def test_who_joins_a_running_recording_is_told_before_it_goes_on() -> None:
    line = (caller(), caller(ref="late", joined=60))
    told = act("announced", 3)

    assert not planned(told, parties=line, now=61, since=4).may_start
    made = planned(told, parties=line, now=61, since=4, announce=ON_IT)
    assert brief(made) == (Start.NOW, (ANNOUNCE,), Why.RECORD_THE_WORDS)
    assert made.say_by == at(90)


LEVELS = st.sampled_from(Level)
SINCE = st.none() | st.integers(min_value=0, max_value=40)


@given(
    ACTS, LINE, LEVELS, LEVELS, st.sampled_from(Announce), SINCE, st.integers(0, 120)
)
def test_a_plan_never_contradicts_itself(
    acts: list[Act],
    line: list[PartyFacts],
    quality: Level,
    evidence: Level,
    announce: Announce,
    since: int | None,
    now: int,
) -> None:
    made = planned(
        *acts,
        quality=quality,
        evidence=evidence,
        announce=announce,
        parties=tuple(line),
        since=since,
        now=now,
    )

    assert made.may_start == (made.start is Start.NOW)
    if made.open_purposes:
        assert made.may_start
    elif made.may_start:
        assert announce is ON_IT
        assert ANNOUNCE in made.say
    assert (made.start is Start.NEVER) == (made.why is Why.REFUSED)
    assert (made.why is Why.REFUSED) == (set(made.refused) == {QUALITY, EVIDENCE})
    assert bool(made.ask_for) == bool({ASK, ASK_MORE} & set(made.say))
    assert made.say_by is None or isinstance(made.say_by, datetime)


@given(ACTS, LINE, LEVELS, LEVELS, st.sampled_from(Announce))
def test_after_a_refusal_by_everybody_nothing_may_start(
    acts: list[Act],
    line: list[PartyFacts],
    quality: Level,
    evidence: Level,
    announce: Announce,
) -> None:
    made = planned(
        *acts,
        act("refused", 30),
        quality=quality,
        evidence=evidence,
        announce=announce,
        parties=tuple(line),
        now=31,
    )

    assert made.start is Start.NEVER
