"""The port by which the law book rings the bell; who keeps the alerts registers it."""

from datetime import datetime
from typing import Protocol
from uuid import UUID


class Bell(Protocol):
    """Lets the right people know at once. Each method is called within the act."""

    def break_glass_used(self, *, entry_id: UUID, now: datetime) -> None:
        """Somebody signed in with a break-glass account. entry_id: the audit entry."""
        ...


_bells: list[Bell] = []


def register(bell: Bell) -> None:
    """Make the bell known; called once at start-up."""
    _bells[:] = [bell]


def break_glass_used(*, entry_id: UUID, now: datetime) -> None:
    """Ring for the use of a break-glass account."""
    for bell in _bells:
        bell.break_glass_used(entry_id=entry_id, now=now)
