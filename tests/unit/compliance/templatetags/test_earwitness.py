"""Times, lengths, states and numbers as every page shows them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from compliance.models import PhoneNumber
from compliance.templatetags.earwitness import (
    duration,
    full_stamp,
    glyph,
    initials,
    moment,
    number,
    short_stamp,
    state,
)
from compliance.templatetags.glyphs import GLYPHS

BERLIN = ZoneInfo("Europe/Berlin")
AT = datetime(2026, 11, 21, 23, 5, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        (None, "\N{EN DASH}"),
        (0, "0:00"),
        (9_400, "0:09"),
        (192_000, "3:12"),
        (3_729_000, "1:02:09"),
        (59_700, "1:00"),
    ],
)
def test_lengths(ms: int | None, words: str) -> None:
    assert duration(ms) == words


@pytest.mark.parametrize(
    ("today", "style", "words"),
    [
        (date(2026, 11, 22), "day-time", "00:05:07 today"),
        (date(2026, 11, 23), "day-time", "00:05:07 yesterday"),
        (date(2026, 12, 24), "day-time", "00:05:07 22 Nov"),
        (date(2027, 1, 2), "day-time", "00:05 22 Nov 2026"),
        (date(2027, 1, 2), "time", "00:05:07"),
        (date(2027, 1, 2), "date", "22 Nov 2026"),
    ],
)
def test_the_nearer_the_day_the_fewer_words(
    today: date, style: str, words: str
) -> None:
    assert short_stamp(AT.astimezone(BERLIN), today=today, style=style) == words


def test_the_full_stamp_names_both_zones() -> None:
    assert full_stamp(AT.astimezone(BERLIN)) == (
        "Sunday 22 November 2026, 00:05:07 CET · 23:05:07 UTC"
    )
    assert full_stamp(AT) == "Saturday 21 November 2026, 23:05:07 UTC"


def test_an_instant_is_in_the_viewers_zone_and_machine_readable() -> None:
    with timezone.override(BERLIN):
        html = moment(AT, "time")
    assert 'datetime="2026-11-21T23:05:07Z"' in html
    assert ">00:05:07<" in html
    assert "23:05:07 UTC" in html


def test_no_instant_is_a_dash() -> None:
    assert "\N{EN DASH}" in moment(None)


def test_a_state_is_a_word_before_it_is_a_colour() -> None:
    html = state("quarantined", "apart", "amber", "no <announcement>")
    assert "<span>quarantined</span>" in html
    assert "no &lt;announcement&gt;" in html


@pytest.mark.parametrize("name", GLYPHS)
def test_a_mark_is_silent_unless_it_is_named(name: str) -> None:
    assert 'aria-hidden="true"' in glyph(name)
    assert 'aria-label="verified"' in glyph(name, "verified")


def test_a_number_is_masked() -> None:
    html = number(PhoneNumber(e164="+4930123454711", country="DE"))
    assert "+49 ••• ••• 4711" in html
    assert "DE" in html
    assert "12345" not in html
    assert "withheld" in number(None)


@pytest.mark.parametrize(
    ("name", "letters"), [("Ana Maria Ruiz", "AR"), ("Jo", "J"), ("", "")]
)
def test_initials(name: str, letters: str) -> None:
    assert initials(name) == letters
