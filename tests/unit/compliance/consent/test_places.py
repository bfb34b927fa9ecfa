"""Where a number, and what else is known, puts a party."""

import csv
from pathlib import Path

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.consent import places
from compliance.consent.places import Note, PlaceFact, Source, Strength


@pytest.mark.parametrize(
    ("number", "place", "strength", "note"),
    [
        ("+493012345678", "DE", Strength.STRONG, Note.NONE),
        ("+4915112345678", "DE", Strength.FAIR, Note.MOBILE),
        ("+31851234567", "NL", Strength.WEAK, Note.NOMADIC),
        ("+447700900123", "GB", Strength.FAIR, Note.UNKNOWN_RANGE),
        ("+12065550100", "US-WA", Strength.WEAK, Note.AREA_CODE),
        ("+12125550123", "US-NY", Strength.WEAK, Note.AREA_CODE),
        ("+15145550123", "CA-QC", Strength.WEAK, Note.AREA_CODE),
        ("+17875550123", "US-PR", Strength.WEAK, Note.AREA_CODE),
        ("+19025550123", "CA", Strength.FAIR, Note.NONE),
        ("+18765550123", "JM", Strength.FAIR, Note.MOBILE),
        ("+15005550006", "US", Strength.WEAK, Note.NOMADIC),
        ("+18005550123", "", Strength.WEAK, Note.NO_PLACE),
        ("+448001111111", "", Strength.WEAK, Note.NO_PLACE),
        ("+80012345678", "", Strength.WEAK, Note.NO_PLACE),
        ("+611300", "", Strength.WEAK, Note.UNREADABLE),
        ("0049301234567", "", Strength.WEAK, Note.UNREADABLE),
        ("", "", Strength.WEAK, Note.WITHHELD),
        ("anonymous", "", Strength.WEAK, Note.WITHHELD),
        ("+266696687", "", Strength.WEAK, Note.WITHHELD),
    ],
)
def test_a_number_tells_a_place_and_what_that_is_worth(
    number: str, place: str, strength: Strength, note: Note
) -> None:
    fact = places.place_of_number(number)

    assert (fact.place, fact.strength, fact.note) == (place, strength, note)
    assert places.country_of_number(number) == place


@given(st.text(max_size=20))
def test_no_number_however_odd_breaks_anything(number: str) -> None:
    assert places.place_of_number(number).strength in Strength


@given(st.integers(min_value=1, max_value=10**15 - 1).map(lambda n: f"+{n}"))
def test_no_digits_however_many_break_anything(number: str) -> None:
    fact = places.place_of_number(number)

    assert fact.place == places.normalise(fact.place)


def test_an_unknown_number_still_tells_its_calling_code() -> None:
    assert places.place_of_number("+18005550123").calling_code == "1"
    assert places.place_of_number("+15551234567") == PlaceFact(
        "", Source.NUMBER_COUNTRY, Strength.WEAK, Note.NO_PLACE, "1"
    )


def test_every_area_code_belongs_to_one_place_and_to_the_country_of_the_number_plan() -> (
    None
):
    with Path(places.__file__).with_name("area_codes.csv").open() as file:
        rows = list(csv.DictReader(file))
    codes = [code for row in rows for code in row["area_codes"].split()]

    assert len(codes) == len(set(codes))
    assert {row["place"] for row in rows} >= {"US-DC", "US-WY", "CA-QC"}
    for row in rows:
        for code in row["area_codes"].split():
            number = phonenumbers.parse(f"+1{code}2345678")
            region = phonenumbers.region_code_for_number(number)
            assert region == places.country_of(row["place"]), code


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("us-wa", "US-WA"),
        (" de ", "DE"),
        ("PR", "US-PR"),
        ("UK", "GB"),
        ("RE", "FR"),
        ("CA_QC", "CA-QC"),
        ("", ""),
    ],
)
def test_places_are_filed_under_one_code(written: str, code: str) -> None:
    assert places.normalise(written) == code


@pytest.mark.parametrize(
    ("place", "layers"),
    [
        ("US-WA", ("US-WA", "US")),
        ("DE", ("DE", "EU")),
        ("CH", ("CH",)),
        ("", ()),
    ],
)
def test_part_country_and_union_all_count(place: str, layers: tuple[str, ...]) -> None:
    assert places.layers(place) == layers


def test_facts_come_best_first() -> None:
    found = places.facts(declared="pr", billing="fr", e164="+12125550123")

    assert [(fact.place, fact.source) for fact in found] == [
        ("US-PR", Source.DECLARED),
        ("FR", Source.BILLING),
        ("US-NY", Source.NUMBER_AREA),
    ]


def test_a_stored_country_serves_where_the_number_tells_nothing() -> None:
    withheld = places.facts(number_country="DE", e164="")
    without = places.facts(number_country="US-TX")
    told = places.facts(number_country="FR", e164="+493012345678")

    assert [fact.place for fact in withheld] == ["DE"]
    assert [(fact.place, fact.strength) for fact in without] == [
        ("US-TX", Strength.WEAK)
    ]
    assert [fact.place for fact in told] == ["DE"]


def test_a_party_without_any_paper_or_number_has_no_facts() -> None:
    assert places.facts() == ()
