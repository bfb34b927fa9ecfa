"""Numbers as pages show them."""

import pytest

from compliance.models import PhoneNumber
from compliance.models.phone_number import normalise


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("+493023124711", "+49 ••• ••• 4711"),
        ("+12065550100", "+1 ••• ••• 0100"),
        ("+2908123", "••• 23"),
        ("08923124711", "••• ••• 4711"),
        ("2312471", "••• 71"),
        ("alice.meier", "••• ••• eier"),
        ("", "erased"),
    ],
)
def test_more_is_hidden_than_shown(number: str, masked: str) -> None:
    assert PhoneNumber(e164=number).masked == masked


@pytest.mark.parametrize(
    ("raw", "country", "e164", "place"),
    [
        ("+49 30 23124711", "", "+493023124711", "DE"),
        ("030 23124711", "DE", "+493023124711", "DE"),
        ("0049 30 23124711", "DE", "+493023124711", "DE"),
        ("+493023124711", "US-WA", "+493023124711", "DE"),
        ("(206) 555-0142", "US-WA", "+12065550142", "US"),
        ("0302312471", "US", "0302312471", ""),
        ("101", "DE", "101", ""),
        ("030 23124711", "", "030 23124711", ""),
        ("alice.meier", "DE", "alice.meier", ""),
    ],
)
def test_a_number_without_its_plus_is_read_in_its_country(
    raw: str, country: str, e164: str, place: str
) -> None:
    assert normalise(raw, country=country) == (e164, place)
