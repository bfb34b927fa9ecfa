"""The port by which one person alone is silenced in a thing that others are in, too.

What cannot tell people apart has no Redactor: its things go whole, or stay.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from compliance.custody import Item, Standing


class Outcome(StrEnum):
    """What came of it. Failed: to be tried again; unable: sides cannot be told apart,
    or the thing cannot be read."""

    REDACTED = "redacted"
    HELD = "held"
    FLOORED = "floored"
    GONE = "gone"
    UNABLE = "unable"
    FAILED = "failed"


class Redactor(Protocol):
    """Silences a person in things of some kinds."""

    kinds: tuple[str, ...]

    def why_not(
        self, items: Collection[Item], *, request: UUID, now: datetime
    ) -> dict[Item, str]:
        """Those of these in which the person of a request cannot be silenced alone, each
        with the reason in plain words."""
        ...

    def redact(self, item: Item, *, request: UUID, now: datetime) -> Outcome:
        """Silence the person of a request in it, and destroy what it was before, with a
        receipt; unless a hold or a floor keeps it. May be repeated. Raises nothing that
        another try may mend."""
        ...

    def redact_again(
        self, item: Item, said: Mapping[str, Any], *, now: datetime
    ) -> Standing:
        """The same after a restore, by what the journal said; where the silenced thing
        is not there any more, it is destroyed. Raises whatever the store raises."""
        ...


_redactors: dict[str, Redactor] = {}


def register(redactor: Redactor) -> None:
    """Make one known; called once by each app at start-up."""
    for kind in redactor.kinds:
        _redactors[kind] = redactor


def redactor_of(kind: str) -> Redactor | None:
    """Who silences people in things of this kind, if anybody can."""
    return _redactors.get(kind)
