"""Where and from which day on people must be told that an AI speaks with them."""

from datetime import date, timedelta

import pytest

from compliance.consent import ai_duty

BEGINS = date(2026, 8, 2)


@pytest.mark.parametrize("place", ["DE", "FR", "IE", "NO", "IS"])
def test_from_2_august_2026_in_the_union_and_the_eea(place: str) -> None:
    duty = ai_duty.at([place], on=BEGINS)

    assert duty is not None
    assert "Art. 50" in duty.citation
    assert ai_duty.at([place], on=BEGINS - timedelta(days=1)) is None


@pytest.mark.parametrize("place", ["US-CA", "GB", "CH", ""])
def test_nowhere_else(place: str) -> None:
    assert ai_duty.at([place], on=BEGINS) is None


def test_one_place_of_many_is_enough() -> None:
    assert ai_duty.at(["US-CA", "DE"], on=BEGINS)


def test_a_duty_ends_with_its_last_day() -> None:
    duty = ai_duty.Duty("EU", BEGINS, BEGINS + timedelta(days=9), "a law")

    assert duty.is_in_force(BEGINS + timedelta(days=9))
    assert not duty.is_in_force(BEGINS + timedelta(days=10))
