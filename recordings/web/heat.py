"""The heat line of a call: what the page offers and shows of who heard which second."""

from dataclasses import dataclass
from typing import Any

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.models import Person
from recordings import listeners
from recordings.heat import Stretch
from recordings.listeners import Heard
from recordings.models import Call, Recording

TONES = 5
"""Steps of colour; the table has the figures."""


@dataclass(frozen=True)
class Told:
    """A stretch as the page shows it."""

    stretch: Stretch
    tone: int
    names: str

    @property
    def length_ms(self) -> int:
        """How long it is."""
        return self.stretch.until_ms - self.stretch.since_ms


def question(call: Call, viewer: Person, part: Recording | None) -> dict[str, Any]:
    """What the page needs to offer the question, where this person may ask it."""
    may = (
        part is not None
        and bool(part.duration_ms)
        and policy.allows(viewer, Verb.WHO_HEARD, call)
    )
    return {
        "may_ask_who_heard": may,
        "would_be_named": may and listeners.may_name(viewer, call),
    }


def told(heard: Heard) -> dict[str, Any]:
    """What the template shows of it."""
    most = heard.most or 1
    return {
        "heard": heard,
        "heat": [
            Told(
                stretch,
                -(-stretch.count * TONES // most),
                ", ".join(sorted(heard.names[one] for one in stretch.people))
                if heard.names is not None
                else "",
            )
            for stretch in heard.stretches
        ],
    }
