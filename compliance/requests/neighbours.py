"""The port that tells what else calls know of a person: numbers, names, calls.

Who keeps the calls registers it. What it tells are suggestions: an officer confirms
each.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from compliance.keys import keyring
from compliance.models import Person, RequestSubject, SubjectRequest
from compliance.models.phone_number import name_form

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

    def namesakes(
        self, names: Collection[str], beside: Collection[UUID]
    ) -> dict[str, int]:
        """How many numbers other than these callers of each name (keyed hashes) had."""
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


TakeBack = Callable[[SubjectRequest, Person, datetime], None]

_registered: list[Neighbours] = []
_takers_back: list[TakeBack] = []


def register(neighbours: Neighbours) -> None:
    """Make it known; called once at start-up."""
    _registered[:] = [neighbours]


def register_taking_back(act: TakeBack) -> None:
    """Make known who takes back what was made for a request; called once at start-up."""
    if act not in _takers_back:
        _takers_back.append(act)


def take_back(request: SubjectRequest, *, by: Person, now: datetime) -> None:
    """What was made for the person is not to be given any more: it is not they who ask,
    they are given nothing, or some of it may be somebody else's. Its lock is held."""
    for act in _takers_back:
        act(request, by, now)


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


def namesakes(subjects: Iterable[RequestSubject]) -> dict[UUID, int]:
    """The names among these (by the link's id) that callers of other numbers bear, too,
    with how many: perhaps other people, whose calls a confirmed name takes in."""
    linked, ring = list(subjects), keyring("number_lookup")
    forms = {
        one.pk: ring.digests(name_form(one.name))
        for one in linked
        if one.kind == Kind.NAME
    }
    beside = {one.number_id for one in linked if one.number_id}
    told: dict[str, int] = {}
    for each in _registered:
        told |= each.namesakes({form for one in forms.values() for form in one}, beside)
    found = {pk: sum(told.get(form, 0) for form in each) for pk, each in forms.items()}
    return {pk: count for pk, count in found.items() if count}


def is_call(call_id: UUID) -> bool:
    """Whether there is such a call."""
    return any(one.is_call(call_id) for one in _registered)


def stays(names: Collection[str]) -> list[UUID]:
    """Opaque ids of what calls keep under these names."""
    return [each for one in _registered for each in one.stays(names)]


def names(stays: Collection[UUID]) -> set[str]:
    """The names that these stays have now."""
    return {each for one in _registered for each in one.names(stays)}
