"""A duty to record, and what it asks for while a call goes unrecorded.

Pure. The duty is the team's; whether recording fails or is refused, the call tells.
"""

from dataclasses import dataclass
from enum import StrEnum

from compliance.models import Remedy


class Cause(StrEnum):
    """Why a call that ought to be recorded is not."""

    REFUSAL = "refusal"
    FAILURE = "failure"


@dataclass(frozen=True)
class Duty:
    """The version of a duty that holds on the day of a call."""

    id: str
    code: str
    version: int
    on_refusal: Remedy
    on_failure: Remedy
    name: str = ""
    citation: str = ""
    is_reviewed: bool = False

    def instruction(self, cause: Cause) -> "Instruction":
        """What to do now that the call is not recorded for that cause."""
        refused = cause is Cause.REFUSAL
        return Instruction(self.on_refusal if refused else self.on_failure, cause)


@dataclass(frozen=True)
class Instruction:
    """What whoever speaks for the team does now, and why."""

    act: Remedy
    because: Cause
