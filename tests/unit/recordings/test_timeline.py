"""The timeline of a call: order, gaps, and where each moment lies in the sound."""

from datetime import timedelta

import pytest

from recordings import coverage, timeline
from recordings.models import Call, ConsentRecord, Party, Recording
from recordings.timeline import Jump, Kind
from tests.factories.recordings import (
    STARTED,
    CallFactory,
    ConsentRecordFactory,
    PartyFactory,
    RecordingFactory,
)


def at(seconds: float) -> object:
    """An instant of the call."""
    return STARTED + timedelta(seconds=seconds)


def call_of(length: float = 60) -> Call:
    return CallFactory.build(started_at=STARTED, ended_at=at(length))


def part(number: int, since: float, until: float, **fields: object) -> Recording:
    return RecordingFactory.build(
        part=number,
        started_at=at(since),
        ended_at=at(until),
        duration_ms=int((until - since) * 1000),
        **fields,
    )


def told(
    call: Call,
    *parts: Recording,
    parties: tuple[Party, ...] = (),
    consents: tuple[ConsentRecord, ...] = (),
) -> list[timeline.Moment]:
    until = call.ended_at or call.started_at
    return timeline.of_call(
        call,
        parties=parties,
        consents=consents,
        parts=parts,
        unrecorded=coverage.of_call(
            call, parts=parts, pauses=(), until=until
        ).unrecorded,
    )


def test_moments_come_in_order_and_know_their_place_in_the_sound() -> None:
    caller = PartyFactory.build(joined_at=at(0), left_at=at(60))
    yes = ConsentRecordFactory.build(party=caller, occurred_at=at(19), reported_by=None)
    moments = told(call_of(), part(1, 10, 60), parties=(caller,), consents=(yes,))
    assert [moment.kind for moment in moments] == [
        Kind.JOINED,
        Kind.GAP,
        Kind.PART_STARTED,
        Kind.GRANTED,
        Kind.LEFT,
        Kind.PART_ENDED,
        Kind.ENDED,
    ]
    by_kind = {moment.kind: moment for moment in moments}
    assert by_kind[Kind.GRANTED].jump == Jump(part=1, at_ms=9_000)
    assert by_kind[Kind.GRANTED].party == caller
    assert by_kind[Kind.JOINED].jump is None, "nothing was recorded then"
    assert by_kind[Kind.ENDED].jump is None, "nothing is left to hear there"


def test_what_is_missing_between_and_after_parts_is_a_gap() -> None:
    moments = told(call_of(), part(1, 0, 20), part(2, 35, 50))
    gaps = [(m.at, m.length) for m in moments if m.kind is Kind.GAP]
    assert gaps == [(at(20), timedelta(seconds=15)), (at(50), timedelta(seconds=10))]


def test_a_recorder_changing_over_is_no_gap() -> None:
    moments = told(call_of(), part(1, 0, 20), part(2, 21, 60))
    assert Kind.GAP not in {moment.kind for moment in moments}


def test_a_part_that_never_began_is_one_line() -> None:
    failed = RecordingFactory.build(
        part=1, state="failed", started_at=None, ended_at=None
    )
    kinds = [moment.kind for moment in told(call_of(), failed)]
    assert kinds == [Kind.GAP, Kind.NOT_RECORDED, Kind.ENDED]


def test_nobody_is_sent_into_a_part_that_cannot_be_heard() -> None:
    moments = told(call_of(), part(1, 0, 60, state="quarantined"))
    assert [moment.jump for moment in moments] == [None] * len(moments)


@pytest.mark.parametrize(
    ("channels", "both"),
    [
        ([], []),
        ([[(0, 10), (20, 30)]], [(0, 10), (20, 30)]),
        ([[(0, 10), (20, 30)], [(5, 25)]], [(5, 10), (20, 25)]),
        ([[(0, 10)], [(10, 20)]], []),
        ([[(0, 10)], []], []),
    ],
)
def test_silence_is_where_every_channel_is_silent(
    channels: list[list[tuple[int, int]]], both: list[tuple[int, int]]
) -> None:
    assert timeline.both_silent(channels) == both
