"""Where the law wants people told that an AI speaks with them. Pure but for one file.

The duties are rows of ai_duty.csv: a place, the days they count, and the law.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from compliance.consent import places
from compliance.consent.verdict import Verdict

PATH = Path(__file__).with_name("ai_duty.csv")


@dataclass(frozen=True)
class Duty:
    """One place's duty. effective_to: the last day, None: until further notice."""

    place: str
    effective_from: date
    effective_to: date | None
    citation: str

    def is_in_force(self, on: date) -> bool:
        """Whether it counts on that day."""
        return self.effective_from <= on and (
            self.effective_to is None or on <= self.effective_to
        )


def duty(verdict: Verdict, *, on: date) -> Duty | None:
    """The duty that some place of a verdict brings, a party's or the team's own seat."""
    known = {reason.place for reason in verdict.reasons if reason.place}
    return at(known, on=on)


def at(known: Iterable[str], *, on: date) -> Duty | None:
    """The first duty that counts on a day in any of these places (ISO codes)."""
    layers = {layer for place in known for layer in places.layers(place)}
    counting = (one for one in _duties() if one.place in layers and one.is_in_force(on))
    return next(counting, None)


@cache
def _duties() -> tuple[Duty, ...]:
    with PATH.open(newline="", encoding="utf-8") as file:
        return tuple(_duty(row) for row in csv.DictReader(file))


def _duty(row: dict[str, str]) -> Duty:
    until = row["effective_to"]
    return Duty(
        place=row["place"],
        effective_from=date.fromisoformat(row["effective_from"]),
        effective_to=date.fromisoformat(until) if until else None,
        citation=row["citation"],
    )
