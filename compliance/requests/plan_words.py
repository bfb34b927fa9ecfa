"""What the person is told of what stays: by ground, in their own language.

Proposed from the plan; the officer may say it in other words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from compliance.models import PlanItem
from compliance.requests import clock, letters
from compliance.requests.wording import wording


@dataclass(frozen=True)
class Share:
    """Part of a plan: so many things, of so many bytes, the latest kept until then."""

    treatment: str
    ground: str
    items: int
    bytes: int
    until: datetime | None


def reasons(language: str, shares: Sequence[Share]) -> str:
    """The sentences for a plan as it stands, one a ground."""
    words = wording(language)
    lines = [
        words.stays[share.ground].format(
            count=words.stays["recordings"].format(n=share.items),
            until=letters.told_day(clock.last_day(share.until), words)
            if share.until
            else "",
        )
        for share in shares
        if share.treatment == PlanItem.Treatment.KEEP
    ]
    silenced = [
        words.stays["redacted"].format(
            count=words.stays["recordings"].format(n=share.items)
        )
        for share in shares
        if share.treatment == PlanItem.Treatment.REDACT
    ]
    begin = words.stays["lead"] if lines else words.stays["all"]
    return "\n\n".join([begin, *lines, *silenced])
