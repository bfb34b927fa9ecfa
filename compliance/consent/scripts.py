"""The texts the voice agent speaks, in ten languages, each with its version.

The words are in spoken/<language>-<number>.json. A shipped file is never changed: a
new wording is a file with the next number, so that the words a caller once heard can
always be read again.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from compliance.consent import places
from compliance.consent.plan import Script
from compliance.models import Purpose

FOLDER = Path(__file__).with_name("spoken")
DEFAULT_LANGUAGE = "en"

_BY_PLACE = {
    **dict.fromkeys(("DE", "AT", "CH", "LI"), "de"),
    **dict.fromkeys(("FR", "LU", "MC", "CA-QC"), "fr"),
    **dict.fromkeys(("ES", "MX", "US-PR"), "es"),
    **dict.fromkeys(("PT", "BR"), "pt"),
    **dict.fromkeys(("NL", "BE"), "nl"),
    "IT": "it",
    "DK": "da",
    "PL": "pl",
    "SE": "sv",
}
"""What most people speak there; where it is not one of ours, English."""


@dataclass(frozen=True)
class Spoken:
    """One text as it is to be spoken.

    version names language, edition and wording (de-1-3f9a0c21): the agent reports it
    back with the act. sha256 is of the text itself, purposes filled in.
    """

    script: Script
    language: str
    version: str
    text: str

    @property
    def sha256(self) -> str:
        """The hash of the exact words."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def languages() -> tuple[str, ...]:
    """The languages there are texts in, by code."""
    return tuple(sorted(_editions()))


def language_for(*, declared: str = "", facts: Iterable[places.PlaceFact] = ()) -> str:
    """The language to speak: the declared one, else that of the place, else English.

    declared: a BCP 47 tag (de-AT); one we have no text in counts as not declared.
    """
    wanted = declared.replace("_", "-").split("-", 1)[0].lower()
    if wanted in _editions():
        return wanted
    for fact in facts:
        for place in (fact.place, places.country_of(fact.place)):
            if place in _BY_PLACE:
                return _BY_PLACE[place]
    return DEFAULT_LANGUAGE


def spoken(
    script: Script, *, language: str, purposes: Iterable[Purpose] = ()
) -> Spoken:
    """The newest text of a script; in English when there is none in the language.

    purposes: what the recording is for, named in the text in a fixed order.
    """
    language = language if language in _editions() else DEFAULT_LANGUAGE
    number = _editions()[language][-1]
    words = _words(language, number)
    template: str = words["texts"][script.value]
    wanted = set(purposes)
    named = [words["purposes"][p.value] for p in Purpose if p in wanted]
    return Spoken(
        script=script,
        language=language,
        version=f"{language}-{number}-{_short_hash(template)}",
        text=_filled(template, named, words["and"]),
    )


def _filled(template: str, named: list[str], conjunction: str) -> str:
    """The template with its purposes; without any, the gap closes."""
    if not named:
        for gap in (", {purposes}", " {purposes}"):
            template = template.replace(gap, "")
        return template
    *head, last = named
    listed = f"{', '.join(head)} {conjunction} {last}" if head else last
    return template.replace("{purposes}", listed)


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


@cache
def _editions() -> dict[str, tuple[int, ...]]:
    """The numbers of the editions by language, the newest last."""
    found: dict[str, list[int]] = {}
    for path in FOLDER.glob("*.json"):
        language, number = path.stem.rsplit("-", 1)
        found.setdefault(language, []).append(int(number))
    return {language: tuple(sorted(numbers)) for language, numbers in found.items()}


@cache
def _words(language: str, number: int) -> dict[str, Any]:
    path = FOLDER / f"{language}-{number}.json"
    words: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return words
