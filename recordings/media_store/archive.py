"""How what lies in a cold store is brought back, in neutral words."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Speed(StrEnum):
    """How soon it is wanted: the sooner, the dearer."""

    SOON = "soon"
    USUAL = "usual"
    CHEAP = "cheap"


@dataclass(frozen=True)
class WayBack:
    """A speed the store offers for a class, and within what time it promises it."""

    speed: Speed
    within: timedelta
