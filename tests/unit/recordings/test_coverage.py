"""Recorded and unrecorded time add up to the call, and every missing second has a cause."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings import coverage
from recordings.coverage import Cause
from recordings.models import Call, Pause, Recording
from tests.factories.recordings import STARTED, CallFactory, RecordingFactory

State = Recording.State


def at(seconds: float) -> datetime:
    """An instant of the call."""
    return STARTED + timedelta(seconds=seconds)


def call(length: float | None = 100) -> Call:
    ended = None if length is None else at(length)
    return CallFactory.build(started_at=STARTED, ended_at=ended)


def part(number: int, since: float | None, until: float | None, **more: Any) -> Any:
    return RecordingFactory.build(
        part=number,
        planned_at=at(more.pop("planned", since or 0)),
        started_at=None if since is None else at(since),
        ended_at=None if until is None else at(until),
        **more,
    )


def pause(since: float, until: float | None) -> Pause:
    ended = None if until is None else at(until)
    return Pause(asked_at=at(since), ended_at=ended, reason="card")


def told(
    *parts: Recording, pauses: tuple[Pause, ...] = (), length: float | None = 100
) -> list[tuple[float, Cause]]:
    """(seconds, cause) of every stretch that is on no recording."""
    found = coverage.of_call(call(length), parts=parts, pauses=pauses, until=at(100))
    return [(s.length.total_seconds(), s.cause) for s in found.unrecorded]


def test_a_call_recorded_throughout_misses_nothing() -> None:
    assert told(part(1, 0, 100)) == []


def test_before_the_first_part_and_after_the_last_is_no_fault() -> None:
    parts = part(1, 5, 98, stop_wanted="call_ended")
    assert told(parts) == [(5, Cause.LEAD_IN), (2, Cause.TAIL)]


def test_a_recorder_that_broke_leaves_a_fault_until_the_next_records() -> None:
    parts = (part(1, 0, 40, reason="failed:frozen"), part(2, 47, 100))
    assert told(*parts) == [(7, Cause.LOST)]


@pytest.mark.parametrize("reason", ["failed:connection", "limit_reached"])
def test_what_a_broken_recorder_left_to_the_end_of_the_call_is_no_tail(
    reason: str,
) -> None:
    """The news of it came when the call was over, too late for another part."""
    parts = part(1, 0, 40, reason=reason, stop_wanted="call_ended")
    assert told(parts) == [(60, Cause.LOST)]


def test_a_call_heard_of_late_tells_its_failures_by_its_own_clock() -> None:
    late = call()
    late.noticed_at = at(90_000)
    failed = part(1, None, None, planned=90_002, state=State.FAILED)
    found = coverage.of_call(late, parts=[failed], pauses=(), until=at(100))
    assert found.missed_ms == 100_000


def test_a_start_that_failed_is_a_fault_not_a_lead_in() -> None:
    parts = (
        part(1, None, None, planned=2, state=State.FAILED, reason="no_capacity"),
        part(2, 30, 100),
    )
    assert told(*parts) == [(30, Cause.LOST)]


def test_a_lost_file_is_missed_though_a_recorder_ran() -> None:
    assert told(part(1, 0, 100, state=State.LOST)) == [(100, Cause.LOST)]


def test_a_pause_is_told_from_what_it_took_to_begin_anew() -> None:
    parts = (part(1, 0, 41, stop_wanted="paused"), part(2, 63, 100))
    assert told(*parts, pauses=(pause(40, 60),)) == [
        (19, Cause.PAUSED),
        (3, Cause.PAUSED),
    ]


def test_what_was_refused_is_not_missed() -> None:
    assert told(part(1, 0, 30, stop_wanted="withdrawn")) == [(70, Cause.NOT_ALLOWED)]
    assert told() == [(100, Cause.NOT_ALLOWED)]


def test_a_live_call_is_told_up_to_now() -> None:
    running = part(1, 10, None, state=State.RECORDING)
    found = coverage.of_call(call(None), parts=[running], pauses=(), until=at(70))
    assert found.recorded_ms == 60_000
    assert found.unrecorded_ms == 10_000


def test_parts_that_overlap_are_counted_once() -> None:
    assert told(part(1, 0, 60), part(2, 50, 100)) == []


seconds = st.integers(-20, 130)


@given(
    spans=st.lists(
        st.tuples(seconds, seconds, st.sampled_from(list(State))), max_size=5
    ),
    stops=st.lists(st.tuples(seconds, seconds), max_size=3),
)
def test_recorded_and_unrecorded_add_up_to_the_call(
    spans: list[tuple[int, int, State]], stops: list[tuple[int, int]]
) -> None:
    parts = [
        part(number, since, until, state=state)
        for number, (since, until, state) in enumerate(sorted(spans), start=1)
    ]
    pauses = [pause(since, until) for since, until in stops if since < until]
    found = coverage.of_call(call(), parts=parts, pauses=pauses, until=at(100))

    assert found.recorded_ms + found.unrecorded_ms == 100_000
    assert 0 <= found.missed_ms <= found.unrecorded_ms
    edges = [edge for s in found.unrecorded for edge in (s.since, s.until)]
    assert edges == sorted(edges), "they come in order and never overlap"


@pytest.mark.parametrize("state", [State.QUARANTINED, State.DESTROYED])
def test_what_became_of_the_file_later_does_not_unmake_the_recording(
    state: State,
) -> None:
    assert told(part(1, 0, 100, state=state)) == []
