"""Labels stand in clear, so they are for codes, not for people."""

import pytest

from recordings.models import CallLabel


@pytest.mark.parametrize(
    "value",
    ["T-17", "clinic-bundle", "", "4711", "123456", "T-1234567", "2026-11-21",
     "INV-2026-11-21-0001", "a1b2c3d4-0000-4000-8000-00805f9b34fb", "x@y",
     "1234567890123456"],
)  # fmt: skip
def test_a_code(value: str) -> None:
    assert CallLabel.is_code(value)


@pytest.mark.parametrize(
    "value",
    ["+493023125001", "0151 / 234 50 017", "(030) 231-2500", "2312500", " 2312500 ",
     "call +49 30 23125001 back", "Ann 0049 151 2345", "ann@example.org",
     "Ann <ann.example@mail.example.org>", "sip:0171@pbx.example.org"],
)  # fmt: skip
def test_no_code(value: str) -> None:
    assert not CallLabel.is_code(value)
