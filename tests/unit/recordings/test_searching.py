"""What counts as a number, and what a page may say of a search."""

import json

import pytest

from recordings import searching
from recordings.models import SavedSearch


@pytest.mark.parametrize(
    ("words", "number", "whole"),
    [
        ("4711", True, False),
        ("+49 30 1234-4711", True, True),
        ("(0)30/123 4711", True, True),
        ("471", False, False),
        ("T-1005", False, False),
        ("Erika Muster", False, False),
        ("", False, False),
    ],
)
def test_numbers_are_told_from_names(words: str, number: bool, whole: bool) -> None:
    assert searching.is_number(words) is number
    assert searching.is_whole_number(words) is whole


def test_a_number_is_named_by_its_end_only() -> None:
    search = SavedSearch(filters=json.dumps({"number": "+49 30 1234 4711"}))
    assert searching.described(search) == "number ending in 4711"
