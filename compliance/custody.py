"""The port by which the law acts on data it knows nothing about.

An app that keeps things people may ask for, hold or destroy implements `Custodian`
and registers it when it starts.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID


@dataclass(frozen=True)
class Item:
    """A thing in somebody's custody: its kind and key."""

    kind: str
    id: UUID


@dataclass(frozen=True)
class Order:
    """Why an item is to be destroyed, and by whose decision."""

    reason: str


@dataclass(frozen=True)
class Scope:
    """What a hold is to catch. Each condition narrows; an empty one does not.

    calls and numbers: opaque ids, any of them. since, until: when the call began.
    filters: a saved filter in the custodian's own words, opaque to the law book.
    """

    team: UUID | None = None
    calls: tuple[UUID, ...] = ()
    numbers: tuple[UUID, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    filters: str = ""

    @property
    def names(self) -> str:
        """Which conditions narrow it, without their values: for the log."""
        given = {
            "calls": self.calls,
            "numbers": self.numbers,
            "dates": self.since or self.until,
            "filter": self.filters,
        }
        return ",".join(name for name, value in given.items() if value)

    def as_json(self) -> str:
        """How it is stored."""
        return json.dumps(
            {
                "team": str(self.team) if self.team else None,
                "calls": [str(one) for one in self.calls],
                "numbers": [str(one) for one in self.numbers],
                "since": self.since.isoformat() if self.since else None,
                "until": self.until.isoformat() if self.until else None,
                "filters": self.filters,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> "Scope":
        """Read back what `as_json` wrote."""
        told: Mapping[str, Any] = json.loads(text)
        since, until = told["since"], told["until"]
        return cls(
            team=UUID(told["team"]) if told["team"] else None,
            calls=tuple(UUID(one) for one in told["calls"]),
            numbers=tuple(UUID(one) for one in told["numbers"]),
            since=datetime.fromisoformat(since) if since else None,
            until=datetime.fromisoformat(until) if until else None,
            filters=told["filters"],
        )


@dataclass(frozen=True)
class Bearing:
    """A number that a person bore, for as long as it was theirs: numbers are given on."""

    number: UUID
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Subject:
    """A person who asks, by all that is confirmed to be theirs. names: keyed hashes.

    before: nothing from then on is meant; None: there is no such moment.
    """

    numbers: tuple[Bearing, ...] = ()
    names: frozenset[str] = frozenset()
    calls: frozenset[UUID] = frozenset()
    before: datetime | None = None


@dataclass(frozen=True)
class Extent:
    """How much a scope catches now. going: items whose destruction has begun."""

    items: int = 0
    calls: int = 0
    bytes: int = 0
    going: int = 0
    oldest: datetime | None = None
    newest: datetime | None = None


@dataclass(frozen=True)
class Marking:
    """What the store's own lock on an item is now.

    is_there: there is something to lock. changed: it was not as it was to be.
    """

    is_there: bool
    locked: bool
    tagged: bool
    changed: bool


@dataclass(frozen=True)
class Fates:
    """What became of items that were to be destroyed.

    The others were not destroyed by this call: somebody else was at them, or they were
    not due any more, or a hold keeps them.
    """

    destroyed: int = 0
    failed: int = 0


@dataclass(frozen=True)
class Description:
    """What an officer has to know of an item to decide about it.

    group: what it belongs together with, a call. at: when that began. held: something
    keeps it without an end that is known. kept_until: the latest floor, also that of the
    store itself. unfinished: it is still being made, and cannot go before it is there.
    """

    item: Item
    group: UUID
    team: UUID
    at: datetime
    bytes: int
    held: bool
    kept_until: datetime | None
    unfinished: bool = False


class Ending(StrEnum):
    """What came of giving it its end: it may go, is kept, not finished yet, or gone."""

    GOING = "going"
    HELD = "held"
    UNFINISHED = "unfinished"
    FLOORED = "floored"
    GONE = "gone"


class Standing(StrEnum):
    """How a thing stood that a restored database had forgotten to be destroyed."""

    UNHEARD_OF = "unheard_of"
    KNOWN = "known"
    ABSENT = "absent"
    PRESENT = "present"


class Custodian(Protocol):
    """Keeps items of some kinds; carries out what the law decides about them."""

    kinds: tuple[str, ...]

    def due(self, *, now: datetime, limit: int) -> list[Item]:
        """Items whose time is over and that no hold keeps, oldest first."""
        ...

    def lease(self, *, now: datetime, limit: int) -> list[Item]:
        """Some of what is due, for one worker alone: others are given other items. Who
        dies leaves his to be leased again a while later."""
        ...

    def hide(self, *, now: datetime, limit: int) -> int:
        """Write down of up to `limit` items that their time is over, although they are
        not due: they have grace left, or are kept. Returns how many."""
        ...

    def describe(self, items: Collection[Item], *, now: datetime) -> list[Description]:
        """What is to be known of these; what is destroyed is left out."""
        ...

    def end(
        self, items: Collection[Item], order: Order, *, now: datetime
    ) -> dict[Item, Ending]:
        """Give these their end now, unless a hold or a floor keeps one; under its lock,
        all or none. May be repeated. From then on each is due, and nobody hears it."""
        ...

    def destroy(self, items: Sequence[Item], order: Order, *, now: datetime) -> Fates:
        """Destroy these for ever, derived files included, and write their receipts.

        Each is checked again under its lock. One that fails is put back with its reason
        and holds up none of the others.
        """
        ...

    def destroy_again(self, item: Item, *, reason: str, now: datetime) -> Standing:
        """Make a tombstone of what was destroyed in another life of the database, and
        destroy what still lies in the store. No date and no hold counts any more.

        Raises whatever the store raises: it is then to be repeated.
        """
        ...

    def quarantine(self, item: Item, *, reason: str, now: datetime) -> bool:
        """Put a thing into quarantine again; False where it is, or is gone."""
        ...

    def let_out(self, item: Item, *, reason: str, now: datetime) -> bool:
        """Let it out again; False where it is not in quarantine for that reason."""
        ...

    def match(self, scope: Scope, *, unlisted_by: UUID, limit: int) -> list[Item]:
        """Items within a scope that the hold of that id has not listed yet.

        What is destroyed already is no item any more.
        """
        ...

    def about(self, subject: Subject) -> list[Item]:
        """Items that this person is in, the oldest first; what is destroyed is none."""
        ...

    def measure(self, scope: Scope) -> Extent:
        """How much lies within a scope, counted exactly."""
        ...

    def catching(self, item: Item, asked: Mapping[UUID, Scope]) -> set[UUID]:
        """The keys of those scopes that the item lies within."""
        ...

    def lock(self, items: Collection[Item]) -> set[Item]:
        """Lock the rows of these until the transaction ends; claiming one for destruction
        takes the same lock. Returns those that can no longer be kept."""
        ...

    def mark(self, item: Item, *, on: bool) -> Marking:
        """Have the store itself lock an item, or lift that, as far as it can. Raises
        whatever the store raises."""
        ...

    def related(self, id: UUID) -> list[UUID]:
        """The ids of what belongs together with the thing of this id, itself included.

        Of a call: its recordings. Empty for an id that is not in this custody.
        """
        ...


_custodians: dict[str, Custodian] = {}


def register(custodian: Custodian) -> None:
    """Make a custodian known; called once by each app at start-up."""
    for kind in custodian.kinds:
        _custodians[kind] = custodian


def custodians() -> list[Custodian]:
    """Every registered custodian, once."""
    return list(dict.fromkeys(_custodians.values()))


def kinds() -> set[str]:
    """The kinds of items that are in somebody's custody."""
    return set(_custodians)


def custodian_of(kind: str) -> Custodian:
    """Who keeps items of this kind. Raises KeyError for one nobody does."""
    return _custodians[kind]


def together(id: UUID) -> list[UUID]:
    """The ids of what belongs together with the thing of this id; it alone, if none."""
    return [one for each in custodians() for one in each.related(id)] or [id]
