"""Who of a room belongs to which call."""

from datetime import datetime

import pytest

from recordings.grouping import FOREVER, Group, Presence, group
from tests.telling import at


def somebody(
    sid: str, since: float, until: float | None, *, sip: str | None = None
) -> Presence:
    """A caller, unless `sip` is missing: then an agent."""
    left: datetime | None = None if until is None else at(until)
    return Presence(sid, sip is not None, at(since), left, sip or "")


def names(groups: list[Group]) -> list[tuple[str, ...]]:
    return [tuple(one.participant_sid for one in found.everybody) for found in groups]


def test_a_caller_and_the_agent_who_was_there_first_make_one_call() -> None:
    groups = group([somebody("agent", -5, 60), somebody("caller", 0, 59, sip="A")])

    assert names(groups) == [("caller", "agent")]
    assert groups[0].start == at(0), "the agent waits, the call begins with the caller"
    assert groups[0].end == at(59)


def test_nobody_is_called_by_agents_alone() -> None:
    assert group([somebody("agent", 0, 10), somebody("staff", 0, 10)]) == []


def test_a_transfer_overlaps_and_is_the_same_call() -> None:
    groups = group(
        [somebody("first", 0, 30, sip="A"), somebody("second", 28, 90, sip="B")]
    )

    assert names(groups) == [("first", "second")]
    assert groups[0].opening.sip_call_id == "A"
    assert groups[0].end == at(90)


def test_a_caller_who_comes_after_the_last_one_left_opens_another_call() -> None:
    groups = group(
        [somebody("second", 60, 90, sip="B"), somebody("first", 0, 30, sip="A")]
    )

    assert names(groups) == [("first",), ("second",)]


def test_a_hand_over_within_the_second_that_livekit_rounds_off_is_a_transfer() -> None:
    # left at 30.9, told as 30; the next one joined at 30.5, told to the millisecond
    groups = group(
        [somebody("first", 0, 30, sip="A"), somebody("second", 30.5, 90, sip="B")]
    )

    assert names(groups) == [("first", "second")]


def test_a_caller_who_reconnects_under_the_same_sip_call_stays_in_it() -> None:
    groups = group(
        [somebody("first", 0, 30, sip="A"), somebody("again", 45, 90, sip="A")]
    )

    assert names(groups) == [("first", "again")]


def test_callers_without_any_sip_call_id_are_not_taken_for_one() -> None:
    groups = group(
        [somebody("first", 0, 30, sip=""), somebody("second", 300, 330, sip="")]
    )

    assert names(groups) == [("first",), ("second",)]


def test_an_agent_who_stays_for_two_calls_is_in_both() -> None:
    groups = group(
        [
            somebody("first", 0, 30, sip="A"),
            somebody("second", 60, 90, sip="B"),
            somebody("agent", -1, 120),
            somebody("early", -9, -3),
        ]
    )

    assert names(groups) == [("first", "agent"), ("second", "agent")]


@pytest.mark.parametrize("reverse", [False, True])
def test_the_order_of_telling_does_not_matter(*, reverse: bool) -> None:
    presences = [
        somebody("first", 0, 30, sip="A"),
        somebody("second", 28, None, sip="B"),
        somebody("third", 500, None, sip="C"),
        somebody("agent", 1, None),
    ]

    groups = group(presences[::-1] if reverse else presences)

    assert names(groups) == [("first", "second", "third", "agent")]
    assert groups[0].end == FOREVER, "somebody is still there"
