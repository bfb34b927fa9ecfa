"""Numbers as pages show them."""

import pytest

from compliance.models import PhoneNumber


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("+493023124711", "+49 ••• ••• 4711"),
        ("+12065550100", "+1 ••• ••• 0100"),
        ("+2908123", "••• 23"),
        ("08923124711", "••• ••• 4711"),
        ("2312471", "••• 71"),
        ("alice.meier", "••• ••• eier"),
        ("", "••• "),
    ],
)
def test_more_is_hidden_than_shown(number: str, masked: str) -> None:
    assert PhoneNumber(e164=number).masked == masked
