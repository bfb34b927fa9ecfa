"""Which seconds were heard, by how many: joined where neighbours agree."""

from uuid import UUID, uuid4

from recordings import heat

ANNA, BEN = UUID(int=1), UUID(int=2)


def told(*sittings: heat.Sitting, length_ms: int) -> list[tuple[int, int, int]]:
    found = heat.of_sittings(sittings, length_ms=length_ms)
    return [(one.since_ms, one.until_ms, one.count) for one in found]


def test_seconds_that_the_same_people_heard_are_one_stretch() -> None:
    assert told((ANNA, [[0, 4_000]]), (BEN, [[2_000, 6_000]]), length_ms=10_000) == [
        (0, 2_000, 1),
        (2_000, 4_000, 2),
        (4_000, 6_000, 1),
        (6_000, 10_000, 0),
    ]


def test_a_person_counts_once_however_often_he_sat() -> None:
    assert told((ANNA, [[0, 3_000]]), (ANNA, [[0, 3_000]]), length_ms=3_000) == [
        (0, 3_000, 1)
    ]


def test_a_second_heard_in_part_was_heard() -> None:
    assert told((ANNA, [[1_900, 2_100]]), length_ms=4_500) == [
        (0, 1_000, 0),
        (1_000, 3_000, 1),
        (3_000, 4_500, 0),
    ]


def test_who_left_and_who_came_are_not_one_stretch() -> None:
    assert (
        len(told((ANNA, [[0, 1_000]]), (BEN, [[1_000, 2_000]]), length_ms=2_000)) == 2
    )


def test_ranges_beyond_the_end_do_no_harm() -> None:
    assert told((ANNA, [[3_000, 90_000]]), length_ms=4_000) == [
        (0, 3_000, 0),
        (3_000, 4_000, 1),
    ]


def test_a_recording_of_hours_is_told_in_few_steps() -> None:
    sittings = [(uuid4(), [[n * 2_000, n * 2_000 + 900]]) for n in range(5_000)]

    found = heat.of_sittings(sittings, length_ms=10_000_000)

    assert len(found) <= heat.MOST_STEPS
    assert found[-1].until_ms == 10_000_000


def test_without_length_there_is_nothing_to_tell() -> None:
    assert told((ANNA, [[0, 1_000]]), length_ms=0) == []
    assert heat.most([]) == 0
