"""Periods drawn as lines by the server: how long at least, and at most.

Each stands in a row of a table, which says the same in words.
"""

from dataclasses import dataclass
from typing import Any

from django import template

from compliance.models import RetentionPolicy
from compliance.retention.periods import Period

register = template.Library()

WIDTH = 100
LEAST = 0.8
"""What is there is seen, however short."""
LONGEST = 16 * 365.25
"""Days that reach to the end of a line."""
_DAYS = {"D": 1.0, "M": 30.44, "Y": 365.25}


@dataclass(frozen=True)
class Lane:
    """One bar from the start of the line to `until`, a fraction of its length.

    tone: floor, ceiling, law or shown (classes of retention.css). today: where the
    present is on it.
    """

    until: float
    tone: str
    today: float | None = None


@register.inclusion_tag("_components/lane.html")
def lane(drawn: Lane) -> dict[str, Any]:
    """A bar with its end, and the present."""
    return {
        "bars": [_bar(drawn.until, drawn.tone)],
        "today": None if drawn.today is None else round(drawn.today * WIDTH, 2),
        "width": WIDTH,
    }


@register.inclusion_tag("_components/lane.html")
def spans(policy: RetentionPolicy) -> dict[str, Any]:
    """The floor of a policy above, its ceiling below, on a line of sixteen years.

    The line is drawn by square roots, so that a month can be told from a year.
    """
    told = (
        (policy.delete_after, "ceiling" if policy.is_adopted else "shown"),
        (policy.keep_at_least, "floor"),
    )
    return {
        "bars": [_bar(_share(text), tone) for text, tone in told if text],
        "ticks": [round(_root(years * 365.25) * WIDTH, 2) for years in (1, 4, 9)],
        "width": WIDTH,
    }


def _bar(until: float, tone: str) -> dict[str, Any]:
    return {"w": round(max(LEAST, until * WIDTH), 2), "tone": tone}


def _share(text: str) -> float:
    period = Period.parse(text)
    return _root(period.count * _DAYS[period.unit]) if period else 0.0


def _root(days: float) -> float:
    return min(1.0, float((days / LONGEST) ** 0.5))
