"""Where a party is, as far as its number and its papers tell.

A place is an ISO 3166 code: a country (DE) or a part of one (US-WA, CA-QC). Each
fact keeps its source and how much it is worth; nothing here reads the database.
"""

import csv
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import phonenumbers
from phonenumbers import PhoneNumberType

_UNION = """
    AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO
    SE SI SK
"""
EU_EEA = frozenset(_UNION.split())
EXPLICIT_ZONE = EU_EEA | {"AE", "CH"}
"""Where an unknown rule is taken for explicit consent (regulation 1.2, rule 3)."""

NEEDS_PART = frozenset({"US"})
"""Countries whose own rule says too little: each state may ask more."""

NANP = "1"

_ALIASES = {
    # United States territories are filed under the federal floor.
    **{code: f"US-{code}" for code in ("AS", "GU", "MP", "PR", "VI")},
    # French overseas departments, Åland and Svalbard share their country's law.
    **dict.fromkeys(("GF", "GP", "MQ", "RE", "YT"), "FR"),
    "AX": "FI",
    "SJ": "NO",
    "UK": "GB",
    "EL": "GR",
}


class Source(StrEnum):
    """Where a fact about a place comes from."""

    DECLARED = "declared"
    BILLING = "billing"
    NUMBER_COUNTRY = "number_country"
    NUMBER_AREA = "number_area"
    SEAT = "seat"


class Strength(StrEnum):
    """What a fact is worth. A weak one may raise a level, never lower it."""

    STRONG = "strong"
    FAIR = "fair"
    WEAK = "weak"


class Note(StrEnum):
    """Why a fact is worth no more than it is."""

    NONE = ""
    AREA_CODE = "area_code"
    MOBILE = "mobile"
    NOMADIC = "nomadic"
    NO_PLACE = "no_place"
    WITHHELD = "withheld"
    UNREADABLE = "unreadable"
    UNKNOWN_RANGE = "unknown_range"


@dataclass(frozen=True)
class PlaceFact:
    """One fact about where a party is. An empty place is 'not known'."""

    place: str
    source: Source
    strength: Strength
    note: Note = Note.NONE
    calling_code: str = ""


def normalise(place: str) -> str:
    """The code under which rules are filed: upper case, territories as parts."""
    code = place.strip().upper().replace("_", "-")
    return _ALIASES.get(code, code)


def country_of(place: str) -> str:
    """The country of a place: US for US-WA, DE for DE, '' for ''."""
    return place.split("-", 1)[0]


def layers(place: str) -> tuple[str, ...]:
    """Every place whose rule counts there, the nearest first: part, country, EU."""
    country = country_of(place)
    found = [place] if place == country else [place, country]
    if country in EU_EEA:
        found.append("EU")
    return tuple(code for code in found if code)


def facts(
    *,
    declared: str = "",
    billing: str = "",
    number_country: str = "",
    e164: str | None = None,
) -> tuple[PlaceFact, ...]:
    """Everything known of one party's place, best fact first.

    declared, billing, number_country: ISO codes, empty when unknown. e164: the
    number as it came; None when the party has none, '' when it was withheld. With
    a number, `number_country` only serves when the number itself tells nothing.
    """
    found = []
    if declared:
        found.append(PlaceFact(normalise(declared), Source.DECLARED, Strength.STRONG))
    if billing:
        found.append(PlaceFact(normalise(billing), Source.BILLING, Strength.FAIR))
    by_number = place_of_number(e164) if e164 is not None else None
    if number_country and not (by_number and by_number.place):
        found.append(_by_country(number_country))
    elif by_number is not None:
        found.append(by_number)
    return tuple(found)


def place_of_number(e164: str) -> PlaceFact:
    """What a number in E.164 tells of its holder's place; never raises."""
    digits = "".join(character for character in e164 if character.isdigit())
    if not digits or digits in _SPELLED_OUT:
        return _unknown(Note.WITHHELD)
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return _unknown(Note.UNREADABLE)
    if not phonenumbers.is_possible_number(number):
        return _unknown(Note.UNREADABLE, str(number.country_code or ""))
    return _of_parsed(number)


def country_of_number(e164: str) -> str:
    """The place to store beside a number: DE, US-WA, or '' when it tells none."""
    return place_of_number(e164).place


def _of_parsed(number: phonenumbers.PhoneNumber) -> PlaceFact:
    calling = number.country_code or 0
    code = str(calling)
    kind = phonenumbers.number_type(number)
    region = phonenumbers.region_code_for_number(number)
    if region is None and code != NANP:
        # A range our tables do not know: the calling code still names a country.
        region = phonenumbers.region_code_for_country_code(calling)
    if kind in _NOWHERE or region in {None, "ZZ", "001"}:
        return _unknown(Note.NO_PLACE, code)
    place = normalise(str(region))
    if code == NANP and kind not in _WORTH:
        return _of_area_code(place, str(number.national_number)[:3])
    strength, note = _WORTH.get(kind, (Strength.STRONG, Note.NONE))
    return PlaceFact(place, Source.NUMBER_COUNTRY, strength, note, code)


def _of_area_code(place: str, area_code: str) -> PlaceFact:
    """A +1 number: the country is fairly sure, the state is not."""
    part = _area_codes().get(area_code, place)
    if part == country_of(part):
        return PlaceFact(place, Source.NUMBER_COUNTRY, Strength.FAIR, Note.NONE, NANP)
    return PlaceFact(part, Source.NUMBER_AREA, Strength.WEAK, Note.AREA_CODE, NANP)


def _by_country(country: str) -> PlaceFact:
    """A country or part that somebody else read off the number."""
    place = normalise(country)
    if country_of(place) in {"US", "CA"} and place != country_of(place):
        return PlaceFact(place, Source.NUMBER_AREA, Strength.WEAK, Note.AREA_CODE, NANP)
    return PlaceFact(place, Source.NUMBER_COUNTRY, Strength.FAIR)


def _unknown(note: Note, calling_code: str = "") -> PlaceFact:
    return PlaceFact("", Source.NUMBER_COUNTRY, Strength.WEAK, note, calling_code)


_NOWHERE = frozenset(
    {
        PhoneNumberType.TOLL_FREE,
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.PAGER,
        PhoneNumberType.UAN,
        PhoneNumberType.VOICEMAIL,
    }
)
_WORTH = {
    PhoneNumberType.MOBILE: (Strength.FAIR, Note.MOBILE),
    PhoneNumberType.VOIP: (Strength.WEAK, Note.NOMADIC),
    PhoneNumberType.PERSONAL_NUMBER: (Strength.WEAK, Note.NOMADIC),
    PhoneNumberType.UNKNOWN: (Strength.FAIR, Note.UNKNOWN_RANGE),
}
"""What a kind of number says of its holder's country, where less than 'strong'."""

_SPELLED_OUT = frozenset(
    {"266696687", "7378742833", "2562533", "8656696", "86282452253"}
)
"""What carriers send as a number for a withheld one: ANONYMOUS, RESTRICTED, BLOCKED,
UNKNOWN, UNAVAILABLE typed on a keypad."""


@cache
def _area_codes() -> dict[str, str]:
    """Area code to state or province, from area_codes.csv (docs/consent.md)."""
    path = Path(__file__).with_name("area_codes.csv")
    with path.open(newline="", encoding="ascii") as file:
        return {
            area_code: row["place"]
            for row in csv.DictReader(file)
            for area_code in row["area_codes"].split()
        }
