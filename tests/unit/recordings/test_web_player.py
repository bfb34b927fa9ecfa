"""What the player reads from an address, and how channels become lanes."""

import pytest

from recordings.web import player
from tests.factories.recordings import RecordingFactory


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("93", 93_000),
        ("1:33", 93_000),
        (" 1:02:09 ", 3_729_000),
        ("93.5", 93_500),
        ("0", 0),
        ("", None),
        ("1:33:", None),
        ("-5", None),
        ("soon", None),
        ("٩٣", None),
    ],
)
def test_a_time_is_read_as_people_write_it(text: str, ms: int | None) -> None:
    assert player.read_time(text) == ms


@pytest.mark.parametrize(
    ("fields", "keys"),
    [
        ({"channels": 2, "sides": "agent_left"}, ["agent", "caller"]),
        ({"channels": 2, "sides": "caller_left"}, ["caller", "agent"]),
        ({"channels": 2, "sides": "together"}, ["left", "right"]),
        (
            {"channels": 2, "sides": "agent_left", "source_is_sdk": False},
            ["left", "right"],
        ),
        ({"channels": 1, "sides": "agent_left"}, ["both"]),
    ],
)
def test_sides_are_named_only_where_they_are_apart(
    fields: dict[str, object], keys: list[str]
) -> None:
    part = RecordingFactory.build(**fields)
    assert [lane.key for lane in player.lanes(part)] == keys
