"""Small pictures drawn by the server: bars in columns, one bar along a line.

Each stands beside its table, which carries the figures for readers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import template
from django.template.defaultfilters import filesizeformat

register = template.Library()

HEIGHT = 100
STEP = 10
BAR = 8
LEAST = 2.5
"""What is there is seen, however small beside the tallest."""


@dataclass(frozen=True)
class Segment:
    """A part of a column: how much, and its tone (a class of bars.css)."""

    value: int
    tone: str = "plain"


@dataclass(frozen=True)
class Column:
    """A column: its label below (may be empty), its words on hover, its segments."""

    label: str
    title: str
    segments: Sequence[Segment]

    @property
    def total(self) -> int:
        """The height of the column."""
        return sum(segment.value for segment in self.segments)


@register.inclusion_tag("_components/bars.html")
def bars(columns: Sequence[Column], name: str, unit: str = "") -> dict[str, Any]:
    """Stacked columns, scaled to the tallest. name: what readers hear instead. unit:
    "bytes" where the scale is to say it in KB, MB and so on.
    """
    tallest = max((column.total for column in columns), default=0) or 1
    drawn = [_drawn(column, n, tallest) for n, column in enumerate(columns)]
    return {
        "columns": drawn,
        "name": name,
        "width": max(1, len(columns) * STEP),
        "height": HEIGHT,
        "tallest": filesizeformat(tallest) if unit == "bytes" else tallest,
    }


def _drawn(column: Column, place: int, tallest: int) -> dict[str, Any]:
    rects = []
    top = float(HEIGHT)
    scale = (HEIGHT - LEAST * len(column.segments)) / tallest
    for segment in column.segments:
        if segment.value:
            height = max(LEAST, segment.value * scale)
            top -= height
            rects.append({"y": round(top, 2), "h": round(height, 2), "t": segment.tone})
    x = place * STEP + (STEP - BAR) / 2
    return {
        "x": x,
        "w": BAR,
        "rects": rects,
        "label": column.label,
        "title": column.title,
    }


@register.inclusion_tag("_components/meter.html")
def meter(value: int, most: int, name: str, tone: str = "plain") -> dict[str, Any]:
    """A thin line, filled as far as value of most. name: what readers hear."""
    share = min(1.0, value / most) if most else 0.0
    return {"filled": round(share * HEIGHT, 1), "name": name, "tone": tone}


@register.inclusion_tag("_components/stack.html")
def stack(segments: Sequence[Segment], most: int, name: str) -> dict[str, Any]:
    """A line of several tones, one after another, as far as their sum is of most.

    name: what readers hear.
    """
    rects = []
    left = 0.0
    for segment in segments:
        if segment.value and most:
            width = max(1.0, segment.value / most * HEIGHT)
            rects.append({"x": round(left, 2), "w": round(width, 2), "t": segment.tone})
            left += width
    return {"rects": rects, "name": name}
