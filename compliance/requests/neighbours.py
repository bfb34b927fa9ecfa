"""The port that tells what else calls know of a person: numbers, names, calls.

Who keeps the calls registers it. What it tells are suggestions: an officer confirms
each.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from compliance.models import RequestSubject

Kind = RequestSubject.Kind


@dataclass(frozen=True)
class Known:
    """What is confirmed to be one person's. names: keyed hashes."""

    numbers: frozenset[UUID] = frozenset()
    names: frozenset[str] = frozenset()
    calls: frozenset[UUID] = frozenset()


@dataclass(frozen=True)
class Suggestion:
    """Something that stood in the same calls. calls: in how many."""

    kind: Kind
    calls: int
    number: UUID | None = None
    name: str = ""
    name_lookup: str = ""


class Neighbours(Protocol):
    """Looks into calls."""

    def suggest(self, known: Known, *, limit: int) -> list[Suggestion]:
        """What else stood beside these in calls, the most frequent first."""
        ...

    def bearers(self, numbers: Collection[UUID]) -> dict[UUID, int]:
        """How many different names callers with each of these numbers bore."""
        ...

    def stays(self, names: Collection[str]) -> list[UUID]:
        """Ids of what calls keep under these names (keyed hashes): opaque, and good to
        find the names again in a copy of the database."""
        ...

    def names(self, stays: Collection[UUID]) -> set[str]:
        """The names that these stays have in this database, as keyed hashes."""
        ...

    def is_call(self, call_id: UUID) -> bool:
        """Whether there is such a call."""
        ...


_registered: list[Neighbours] = []


def register(neighbours: Neighbours) -> None:
    """Make it known; called once at start-up."""
    _registered[:] = [neighbours]


def suggest(known: Known, *, limit: int) -> list[Suggestion]:
    """What else stood beside these; nothing where nobody keeps calls."""
    if not (known.numbers or known.names or known.calls):
        return []
    return [each for one in _registered for each in one.suggest(known, limit=limit)]


def bearers(numbers: Collection[UUID]) -> dict[UUID, int]:
    """How many names were borne by each of these numbers, where any was."""
    found: dict[UUID, int] = {}
    for one in _registered:
        found |= one.bearers(numbers)
    return found


def is_call(call_id: UUID) -> bool:
    """Whether there is such a call."""
    return any(one.is_call(call_id) for one in _registered)


def stays(names: Collection[str]) -> list[UUID]:
    """Opaque ids of what calls keep under these names."""
    return [each for one in _registered for each in one.stays(names)]


def names(stays: Collection[UUID]) -> set[str]:
    """The names that these stays have now."""
    return {each for one in _registered for each in one.names(stays)}
