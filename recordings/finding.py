"""What an examination found: one line each, with what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is, as it is printed."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. Neither text holds a secret or somebody's data."""

    level: Level
    what: str
    remedy: str = ""


def ok(what: str) -> Finding:
    """It is as it should be."""
    return Finding(Level.OK, what)


def warn(what: str, remedy: str) -> Finding:
    """It works, and somebody should see to it."""
    return Finding(Level.WARN, what, remedy)


def fail(what: str, remedy: str) -> Finding:
    """It does not work."""
    return Finding(Level.FAIL, what, remedy)
