"""What another law would have made of a call: pure."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from compliance.consent.standing import Act, ActKind
from compliance.consent.verdict import PartyFacts, Role, Verdict
from compliance.models import Announce, Level, Purpose
from recordings import flips
from recordings.flips import Past, Step
from recordings.models import Flip

Direction, Effect = Flip.Direction, Flip.Effect
BEGAN = datetime(2026, 11, 2, 9, tzinfo=UTC)
EVIDENCE, QUALITY = Purpose.EVIDENCE, Purpose.QUALITY
NONE, NOTICE, EXPLICIT = Level.ONE_PARTY, Level.NOTICE, Level.EXPLICIT


def verdict(level: Level, **differing: Level) -> Verdict:
    levels = {purpose: differing.get(purpose.value, level) for purpose in Purpose}
    return Verdict(levels=levels, announce=Announce.BEFORE, reasons=())


def act(kind: ActKind, second: int = 5) -> Act:
    return Act(kind=kind, at=BEGAN + timedelta(seconds=second))


CALLER = PartyFacts(ref="caller", role=Role.CALLER, joined_at=BEGAN)
RECORDED = Past(
    purposes=[EVIDENCE, QUALITY],
    acts=[act(ActKind.ANNOUNCED)],
    parties=[CALLER],
    parts=[(BEGAN + timedelta(seconds=9), BEGAN + timedelta(minutes=3))],
)


@pytest.mark.parametrize(
    ("place", "told", "numbers", "may"),
    [
        ("DE", ["DE"], [], True),
        ("DE", ["", "fr"], [], False),
        ("DE", ["FR"], ["DE"], True),
        ("DE", ["FR"], [""], True),
        ("DE", ["FR"], [], False),
        ("FR", ["GP"], [], True),
        ("US", ["US-WA"], [], True),
        ("US-WA", ["US"], [], False),
        ("US-WA", [], ["US"], True),
        ("US-PR", [], ["PR"], True),
        ("CA-QC", [], ["CA"], True),
        ("CA-QC", [], ["US"], False),
        ("EU", ["DE"], [], True),
        ("EU", ["GB"], ["NO"], True),
        ("EU", ["GB"], ["GB"], False),
    ],
)
def test_calls_of_other_places_are_told_apart(
    place: str, told: list[str], numbers: list[str], may: bool
) -> None:
    assert flips.may_concern(place, told=told, numbers=numbers) is may


def test_equal_verdicts_have_no_step() -> None:
    other = replace(verdict(NOTICE), announce=Announce.BOTH)
    assert flips.steps(verdict(NOTICE), other) == {}


def test_each_purpose_that_differs_is_a_step() -> None:
    found = flips.steps(verdict(NOTICE), verdict(NOTICE, quality=EXPLICIT))
    assert found == {QUALITY: Step(NOTICE, EXPLICIT)}


@pytest.mark.parametrize(
    ("before", "after", "way"),
    [
        (verdict(NOTICE), verdict(EXPLICIT), Direction.STRICTER),
        (verdict(EXPLICIT), verdict(NONE), Direction.LOOSER),
        (
            verdict(NOTICE),
            verdict(NOTICE, quality=EXPLICIT, security=NONE),
            Direction.BOTH,
        ),
    ],
)
def test_the_direction_is_over_all_purposes(
    before: Verdict, after: Verdict, way: Flip.Direction
) -> None:
    assert flips.direction(flips.steps(before, after)) is way


@pytest.mark.parametrize(
    ("before", "after", "acts", "effect"),
    [
        (NOTICE, EXPLICIT, [ActKind.ANNOUNCED], Effect.MISSING),
        (NONE, NOTICE, [], Effect.MISSING),
        (NOTICE, EXPLICIT, [ActKind.ANNOUNCED, ActKind.GRANTED], Effect.SAME),
        (NOTICE, EXPLICIT, [], Effect.SAME),
        (EXPLICIT, NOTICE, [ActKind.ANNOUNCED], Effect.OPENED),
        (EXPLICIT, NOTICE, [ActKind.GRANTED], Effect.SAME),
        (EXPLICIT, NOTICE, [ActKind.ANNOUNCED, ActKind.REFUSED], Effect.SAME),
    ],
)
def test_what_was_done_is_held_against_what_would_have_been_wanted(
    before: Level, after: Level, acts: list[ActKind], effect: Flip.Effect
) -> None:
    past = replace(RECORDED, acts=[act(kind) for kind in acts])
    assert flips.effect(verdict(before), verdict(after), past) is effect


def test_what_it_closes_is_told_before_what_it_opens() -> None:
    before = verdict(NOTICE, quality=EXPLICIT)
    after = verdict(EXPLICIT, quality=NOTICE)
    assert flips.effect(before, after, RECORDED) is Effect.MISSING


def test_a_call_without_a_recording_lacks_nothing() -> None:
    past = replace(RECORDED, parts=[])
    assert flips.effect(verdict(NOTICE), verdict(EXPLICIT), past) is Effect.UNRECORDED


def test_purposes_a_call_is_not_recorded_for_do_not_touch_it() -> None:
    after = verdict(NOTICE, ai_training=EXPLICIT)
    assert flips.effect(verdict(NOTICE), after, RECORDED) is Effect.ELSEWHERE


def test_one_part_that_lacks_something_is_enough() -> None:
    early = (BEGAN - timedelta(minutes=2), BEGAN - timedelta(minutes=1))
    past = replace(RECORDED, parts=[early, *RECORDED.parts])
    assert flips.effect(verdict(NOTICE), verdict(EXPLICIT), past) is Effect.MISSING
