"""The clocks by law, as data: laws.csv, read strictly.

Source of each row: its citation. `confidence` says how sure it is: v verified, k known,
? to be checked by counsel.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

PATH = Path(__file__).with_name("laws.csv")
STATED = "stated"
"""The law lets us extend to a day that we state ourselves."""

_WRITTEN = re.compile(r"P([1-9][0-9]{0,2})([DMB])")
_YES = {"yes": True, "no": False}


@dataclass(frozen=True)
class Span:
    """So many days (D), months (M) or business days (B)."""

    count: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """'P1M', 'P45D' or 'P10B'; '' is none. Raises ValueError for anything else."""
        if not text:
            return None
        found = _WRITTEN.fullmatch(text)
        if found is None:
            raise ValueError(text)
        return cls(int(found[1]), found[2])


@dataclass(frozen=True)
class Law:
    """How long one law gives, and what may change it.

    rolls: a period that ends on a weekend or holiday ends on the next working day.
    identity_pauses, questions_pause: whether waiting for these stops the clock.
    """

    code: str
    name: str
    places: frozenset[str]
    answer: Span
    extend: Span | None
    may_state: bool
    acknowledge: Span | None
    identity_pauses: bool
    questions_pause: bool
    rolls: bool
    citation: str
    note: str
    confidence: str

    @property
    def may_extend(self) -> bool:
        """Whether it can be extended at all."""
        return self.extend is not None or self.may_state


@cache
def laws() -> Mapping[str, Law]:
    """Every law by its code, in the order of the file."""
    return read(PATH)


def read(path: Path) -> dict[str, Law]:
    """The laws of a file. Raises KeyError or ValueError where it is wrong."""
    with path.open(newline="", encoding="utf-8") as file:
        return {row["code"]: _law(row) for row in csv.DictReader(file)}


def law(code: str) -> Law:
    """The law of a stored code. Raises KeyError for one this version does not know."""
    return laws()[code]


def of_place(place: str) -> str:
    """The code of the law of a country or state; OTHER where none is listed.

    place: ISO code, DE or US-CA.
    """
    for wanted in (place, place[:2]):
        for one in laws().values():
            if wanted and wanted in one.places:
                return one.code
    return "OTHER"


def _law(row: dict[str, str]) -> Law:
    answer = Span.parse(row["answer"])
    if answer is None:
        raise ValueError(row["code"])
    may_state = row["extend"] == STATED
    return Law(
        code=row["code"],
        name=row["name"],
        places=frozenset(row["places"].split()),
        answer=answer,
        extend=None if may_state else Span.parse(row["extend"]),
        may_state=may_state,
        acknowledge=Span.parse(row["acknowledge"]),
        identity_pauses=_YES[row["identity_pauses"]],
        questions_pause=_YES[row["questions_pause"]],
        rolls=_YES[row["rolls"]],
        citation=row["citation"],
        note=row["note"],
        confidence=row["confidence"],
    )
