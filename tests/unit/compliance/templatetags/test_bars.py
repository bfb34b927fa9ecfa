"""Bars keep their proportions, and what is there is seen."""

from hypothesis import given
from hypothesis import strategies as st

from compliance.templatetags.bars import HEIGHT, LEAST, Column, Segment, bars, meter


@given(st.lists(st.lists(st.integers(0, 10_000), max_size=5), max_size=30))
def test_columns_stay_inside_the_picture(values: list[list[int]]) -> None:
    columns = [Column("", "", [Segment(v) for v in column]) for column in values]
    drawn = bars(columns, "name")
    for column, given_values in zip(drawn["columns"], values, strict=True):
        assert len(column["rects"]) == sum(1 for v in given_values if v)
        for rect in column["rects"]:
            assert rect["h"] >= LEAST
            assert rect["y"] >= -0.1
            assert rect["y"] + rect["h"] <= HEIGHT + 0.1


def test_the_tallest_column_fills_the_picture() -> None:
    drawn = bars([Column("", "", [Segment(8)]), Column("", "", [Segment(4)])], "name")
    tall, half = (column["rects"][0]["h"] for column in drawn["columns"])
    assert tall > HEIGHT - 2 * LEAST
    assert half * 2 - tall < LEAST


def test_a_meter_never_runs_over() -> None:
    assert meter(5, 10, "name")["filled"] == 50
    assert meter(50, 10, "name")["filled"] == 100
    assert meter(5, 0, "name")["filled"] == 0
