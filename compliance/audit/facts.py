"""The facts of an entry: which types they have, and why they can hold no words.

A fact is a code, an id or a number, never a person's name, number or words: text
facts hold no blanks. What must be told at more length lives in a row of its own,
which can be erased; the entry carries its id.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import UnionType
from typing import get_args

from django.utils.functional import Promise

Fact = str | int | bool | None
FactType = type | UnionType

_CODE = re.compile(r"[\w.:,=/-]{0,128}", re.ASCII)
_DIGITS = re.compile(r"\d{7,}")


class Severity(StrEnum):
    """How much an entry should catch the eye. RFC 5424 knows the same words."""

    INFO = "info"
    NOTICE = "notice"
    WARNING = "warning"


@dataclass(frozen=True)
class Spec:
    """What an entry of one action looks like."""

    sentence: Promise
    severity: Severity = Severity.INFO
    outcome: str = "done"
    facts: Mapping[str, FactType] | None = None


class BadEntry(ValueError):
    """An entry does not have exactly the facts its action asks for."""


def check(action: str, spec: Spec | None, facts: Mapping[str, Fact]) -> Spec:
    """The row of an action; raises BadEntry unless the facts fit it exactly."""
    if spec is None:
        raise BadEntry(f"{action!r} has no row in compliance.audit.actions.ACTIONS.")
    wanted = spec.facts or {}
    if facts.keys() != wanted.keys():
        raise BadEntry(f"{action} wants {sorted(wanted)}, was given {sorted(facts)}.")
    for name, value in facts.items():
        _check_fact(action, name, value, wanted[name])
    return spec


def _check_fact(action: str, name: str, value: Fact, wanted: FactType) -> None:
    allowed = get_args(wanted) or (wanted,)
    if type(value) not in allowed:
        raise BadEntry(f"{action}: {name} is {type(value).__name__}, not {wanted}.")
    if isinstance(value, str) and (
        not _CODE.fullmatch(value) or _DIGITS.fullmatch(value)
    ):
        raise BadEntry(f"{action}: {name} must be a code or an id, not free text.")
