"""The port by which the law acts on data it knows nothing about.

An app that keeps things people may ask for, hold or destroy implements `Custodian`
and registers it when it starts.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
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


class Custodian(Protocol):
    """Keeps items of some kinds; carries out what the law decides about them."""

    kinds: tuple[str, ...]

    def due(self, *, now: datetime, limit: int) -> list[Item]:
        """Items whose time is over, oldest first."""
        ...

    def destroy(self, item: Item, order: Order, *, now: datetime) -> bool:
        """Destroy one item for ever, derived files included, and write its receipt.

        Returns False when somebody else is at it, or it is not due any more. Raises
        whatever the store raises: the item is then tried again later.
        """
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


def together(id: UUID) -> list[UUID]:
    """The ids of what belongs together with the thing of this id; it alone, if none."""
    return [one for each in custodians() for one in each.related(id)] or [id]
