"""By which words a person is found in texts: numbers, and names as they were written."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

import phonenumbers

from compliance.custody import Subject
from compliance.keys import keyring
from compliance.models import PhoneNumber, RequestSubject
from compliance.models.phone_number import name_form
from recordings import about

_BETWEEN = r"[ ()./-]*"
SHORTEST = 7
"""A number of fewer digits stands by itself, or it is none."""


@dataclass(frozen=True)
class Words:
    """What of a person may stand in a text. names: keyed hashes."""

    patterns: tuple[re.Pattern[str], ...] = ()
    names: frozenset[str] = frozenset()

    @classmethod
    def of(cls, subject: Subject) -> "Words":
        """Their numbers, and their names as their calls and requests spell them."""
        ids = [bearing.number for bearing in subject.numbers]
        rows = PhoneNumber.objects.filter(pk__in=ids).exclude(e164="")
        spelt = {_name(name) for name in _spelt(subject)}
        return cls(
            tuple(_number(str(row.e164)) for row in rows)
            + tuple(sorted(spelt, key=str)),
            subject.names,
        )

    def are_in(self, text: str) -> bool:
        """Whether a text, or a JSON document, tells of the person."""
        told = "\n".join(_strings(text)).casefold()
        return any(pattern.search(told) for pattern in self.patterns)

    def are_sought(self, filters: str) -> bool:
        """Whether a search, as JSON, is for the person, or mentions them."""
        name = str((json.loads(filters) if filters else {}).get("name") or "")
        digests = keyring("number_lookup").digests(name_form(name)) if name else []
        return not self.names.isdisjoint(digests) or self.are_in(filters)


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
