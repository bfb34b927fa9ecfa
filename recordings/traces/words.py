"""By which words a person is found in texts: numbers, and names as they were written."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

import phonenumbers

from compliance.custody import Bearing, Subject
from compliance.keys import keyring
from compliance.models import PhoneNumber, RequestSubject
from compliance.models.phone_number import name_form
from recordings import about

_BETWEEN = r"[ ()./-]*"
SHORTEST = 7
"""A number of fewer digits stands by itself, or it is none."""


@dataclass(frozen=True)
class Words:
    """What of a person may stand in a text. names: keyed hashes; spelt: as they stand."""

    numbers: tuple[tuple[Bearing, re.Pattern[str]], ...] = ()
    spelt: tuple[re.Pattern[str], ...] = ()
    names: frozenset[str] = frozenset()

    @classmethod
    def of(cls, subject: Subject) -> "Words":
        """Their numbers, and their names as their calls and requests spell them."""
        rows = PhoneNumber.objects.in_bulk([one.number for one in subject.numbers])
        return cls(
            numbers=tuple(
                (one, _number(str(rows[one.number].e164)))
                for one in subject.numbers
                if one.number in rows and rows[one.number].e164
            ),
            spelt=tuple(_name(form) for form in sorted(_spelt(subject))),
            names=subject.names,
        )

    def on(self, at: datetime | None) -> "Words":
        """Without the numbers that were somebody else's at that time."""
        borne = [(one, spelt) for one, spelt in self.numbers if _is_borne(one, at)]
        return replace(self, numbers=tuple(borne))

    def are_in(self, text: str) -> bool:
        """Whether a text, or a JSON document, tells of the person."""
        told = "\n".join(_strings(text)).casefold()
        patterns = [*self.spelt, *(pattern for _bearing, pattern in self.numbers)]
        return any(pattern.search(told) for pattern in patterns)

    def are_sought(self, filters: str) -> bool:
        """Whether a search, as JSON, is for the person, or mentions them."""
        name = str((json.loads(filters) if filters else {}).get("name") or "")
        digests = keyring("number_lookup").digests(name_form(name)) if name else []
        return not self.names.isdisjoint(digests) or self.are_in(filters)


def _is_borne(bearing: Bearing, at: datetime | None) -> bool:
    since, until = bearing.since, bearing.until
    return at is None or (
        (since is None or at >= since) and (until is None or at < until)
    )


def _spelt(subject: Subject) -> set[str]:
    """Each way in which their names are written somewhere."""
    names = subject.names - {""}
    in_calls = about.parties(subject).filter(name_lookup__in=names)
    asked = RequestSubject.objects.filter(name_lookup__in=names)
    told = {str(name) for name in in_calls.values_list("name", flat=True)}
    told |= {str(name) for name in asked.values_list("name", flat=True)}
    return {name_form(name) for name in told if name}


def _name(form: str) -> re.Pattern[str]:
    """A name as whole words, whatever is between them."""
    return re.compile(
        r"(?<!\w)" + r"[\W_]+".join(map(re.escape, form.split())) + r"(?!\w)"
    )


def _number(e164: str) -> re.Pattern[str]:
    """A number as people and machines write it, with or without country and zero."""
    try:
        digits = str(phonenumbers.parse(e164).national_number)
    except phonenumbers.NumberParseException:
        digits = re.sub(r"[\s]", "", e164).casefold()
    before = r"(?<![\da-z])" if len(digits) < SHORTEST else ""
    return re.compile(before + _BETWEEN.join(map(re.escape, digits)) + r"(?!\d)")


def _strings(text: str) -> Iterator[str]:
    """Every string in a text that may be JSON, or an address, within JSON."""
    try:
        told = json.loads(text) if text[:1] in "{[" else text
    except json.JSONDecodeError:
        told = text
    if isinstance(told, str):
        yield told
        yield unquote_plus(told)
    else:
        for one in _leaves(told):
            yield from _strings(one)


def _leaves(told: Any) -> Iterator[str]:
    if isinstance(told, dict):
        for key, value in told.items():
            yield str(key)
            yield from _leaves(value)
    elif isinstance(told, list):
        for value in told:
            yield from _leaves(value)
    elif told is not None:
        yield str(told)
