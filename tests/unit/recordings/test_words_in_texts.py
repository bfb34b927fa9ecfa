"""A person is found in texts however number and name are written, and nobody else is."""

import json
from datetime import timedelta

import pytest

from compliance.custody import Bearing, Subject
from compliance.models import PhoneNumber
from recordings.traces.words import Words
from tests.factories.recordings import STARTED, PartyFactory
from tests.factories.traces import hashed

NUMBER, NAME = "+4915112344711", "Jörg Müßig"


@pytest.fixture
def words(db: None) -> Words:
    number = PhoneNumber.of(NUMBER)
    PartyFactory.create(number=number, name=NAME, name_lookup=hashed(NAME))
    return Words.of(Subject((Bearing(number.pk),), frozenset({hashed(NAME)})))


@pytest.mark.parametrize(
    "text",
    [
        NUMBER,
        "0151 12344711",
        "(0151) 123-447-11",
        "0049 151/12344711",
        "call-_+4915112344711_xyz",
        "sip:4915112344711@carrier.example",
        json.dumps({"a": [{"b": "x 0151 12344711"}]}),
        json.dumps({"query": "reference=0151+12344711&live=true"}),
        "from JÖRG  MÜSSIG, by mail",
        json.dumps({"name": NAME}),
        json.dumps({"filters": json.dumps({"name": NAME})}),
        "Jörg-Müßig.pdf",
    ],
)
def test_it_is_found(words: Words, text: str) -> None:
    assert words.are_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+491511234471",
        "+49151123447112",
        "4711",
        "Jörg Müßiggang",
        "Jörg",
        json.dumps({"since": 1511234, "until": 4711}),
    ],
)
def test_nobody_else_is(words: Words, text: str) -> None:
    assert not words.are_in(text)


def test_a_search_is_known_by_the_hash_of_its_name() -> None:
    words = Words(names=frozenset({hashed(NAME)}))

    assert words.are_sought(json.dumps({"name": " jörg MÜSSIG"}))
    assert not words.are_sought(json.dumps({"name": "Jörg"}))
    assert not words.are_sought("")


def test_a_number_is_theirs_only_while_they_bore_it(db: None) -> None:
    number, day = PhoneNumber.of(NUMBER), timedelta(days=1)
    words = Words.of(Subject((Bearing(number.pk, until=STARTED),)))

    assert words.on(STARTED - day).are_in(NUMBER)
    assert words.on(None).are_in(NUMBER)
    assert not words.on(STARTED).are_in(NUMBER)
