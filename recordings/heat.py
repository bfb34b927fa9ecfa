"""How often each second of a recording was reported heard, and by whom.

Pure: sittings in, stretches out. Seconds are told together where the recording is so
long that nobody could see them apart.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

MS = 1000
MOST_STEPS = 600
"""More would be narrower than a pixel."""


@dataclass(frozen=True)
class Stretch:
    """Neighbouring seconds that the same people reported to have heard."""

    since_ms: int
    until_ms: int
    people: frozenset[UUID]

    @property
    def count(self) -> int:
        """How many people."""
        return len(self.people)


Sitting = tuple[UUID, Sequence[Sequence[int]]]
"""Who sat, and the [from_ms, to_ms] ranges the player reported."""


def of_sittings(sittings: Iterable[Sitting], *, length_ms: int) -> list[Stretch]:
    """The recording from its beginning to its end, in stretches that touch.

    A second counts as heard where any of it was. Empty for a recording without length.
    """
    if length_ms <= 0:
        return []
    step = MS * max(1, math.ceil(length_ms / MS / MOST_STEPS))
    steps: list[set[UUID]] = [set() for _ in range(math.ceil(length_ms / step))]
    for person, ranges in sittings:
        for since, until in ranges:
            for place in range(since // step, min(len(steps), -(-until // step))):
                steps[place].add(person)
    return _joined([frozenset(people) for people in steps], step, length_ms)


def most(stretches: Iterable[Stretch]) -> int:
    """By how many people the most heard second was heard."""
    return max((stretch.count for stretch in stretches), default=0)


def _joined(
    steps: Sequence[frozenset[UUID]], step: int, length_ms: int
) -> list[Stretch]:
    found: list[Stretch] = []
    for place, people in enumerate(steps):
        until = min(length_ms, (place + 1) * step)
        if found and found[-1].people == people:
            found[-1] = Stretch(found[-1].since_ms, until, people)
        else:
            found.append(Stretch(place * step, until, people))
    return found
