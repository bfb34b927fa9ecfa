"""The port that finds, erases and tells what is kept of a person besides their items.

Recordings are items, in somebody's custody (`compliance.custody`). Everything else a
person left behind is a trace: who stood in a call, what LiveKit told, what somebody
wrote about it. Whoever keeps such rows registers one `Traces` for each kind.

docs/erasure.md lists the kinds: what is found, what goes, what stays, and why.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Protocol
from uuid import UUID

from django.db.models import Model

from compliance.custody import Subject

Told = dict[str, str | int | bool | None]
"""One row in plain fields, for the person's own copy; times in ISO 8601."""


class Step(IntEnum):
    """When a kind is erased. Calls are found by who was in them, so what lies around
    a call goes before the parties, and a number goes when nothing points at it."""

    AROUND = 1
    PARTIES = 2
    NUMBERS = 3


@dataclass(frozen=True)
class Found:
    """How much there is of one kind. kept: of these, in calls that are spared."""

    count: int = 0
    oldest: datetime | None = None
    newest: datetime | None = None
    kept: int = 0


class Traces(Protocol):
    """Everything of one kind that is kept about people.

    spare, everywhere: ids of calls of which a recording is kept. Their rows stay, since
    who spoke in a recording that is kept must stay known. Of a call that goes on without
    the person only the kinds stay that belong to the call as a whole (`spared`).
    """

    @property
    def kind(self) -> str:
        """A short code."""
        ...

    @property
    def models(self) -> tuple[type[Model], ...]:
        """The models it answers for."""
        ...

    @property
    def step(self) -> Step:
        """When it is erased."""
        ...

    def label(self) -> str:
        """The kind in plain words, for a page."""
        ...

    def find(self, subject: Subject, *, spare: Collection[UUID] = ()) -> Found:
        """What there is of this person, and what of it stays because of `spare`."""
        ...

    def erase(
        self, subject: Subject, *, spare: Collection[UUID], now: datetime, limit: int
    ) -> int:
        """Erase up to `limit` rows, in a transaction of their own. Returns how many;
        0: nothing is left that may go. To be repeated until then, and after a crash.
        """
        ...

    def tell(self, subject: Subject) -> Iterator[Told]:
        """The person's own data, row by row, the oldest first; nothing about others."""
        ...


@dataclass(frozen=True)
class Recipient:
    """Somebody who was given something about the person (GDPR Art. 15(1)(c) and 19).

    what: what was given, and to_whom, in plain words. outside: it left the house, so
    an erasure is told to them; a list made by our own staff did not.
    """

    what: str
    to_whom: str
    at: datetime
    items: tuple[UUID, ...]
    outside: bool = True


Tell = Callable[[Subject], list[Recipient]]

_registered: dict[str, Traces] = {}
_of_the_call: set[str] = set()
_tellers: list[Tell] = []


def register(traces: Traces, *, of_the_call: bool = False) -> None:
    """Make a kind known; called once for each at start-up.

    of_the_call: it tells of the call as a whole, and nothing of one person in it.
    """
    _registered[traces.kind] = traces
    if of_the_call:
        _of_the_call.add(traces.kind)


def spared(
    one: Traces, kept: Collection[UUID], redacted: Collection[UUID]
) -> set[UUID]:
    """The calls whose rows of one kind stay.

    kept: calls of which a recording is kept; redacted: those that go on without the
    person.
    """
    return {*kept, *(redacted if one.kind in _of_the_call else ())}


def registered() -> list[Traces]:
    """Every kind, in the order in which they are to be erased."""
    return sorted(_registered.values(), key=lambda one: one.step)


def find_all(
    subject: Subject, kept: Collection[UUID] = (), redacted: Collection[UUID] = ()
) -> list[tuple[Traces, Found]]:
    """What there is of this person, kind by kind, in the order of erasing; `spared` tells
    what the calls are."""
    return [
        (one, one.find(subject, spare=spared(one, kept, redacted)))
        for one in registered()
    ]


def register_recipients(tell: Tell) -> None:
    """Make known who can tell of recipients; called once at start-up."""
    if tell not in _tellers:
        _tellers.append(tell)


def recipients(subject: Subject) -> list[Recipient]:
    """Who was given something about this person, the first of them first.

    Ask before anything is erased: afterwards their calls are not found any more.
    """
    found = [each for tell in _tellers for each in tell(subject)]
    return sorted(found, key=lambda one: one.at)
