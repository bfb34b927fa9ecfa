"""Calls and what belongs to them, to be read by those who may see them.

Nothing here yields audio or a link to it, and nothing is deleted: recordings are
heard through `playback` and end through `destruction`. Trunks alone are edited.
"""

from recordings.admin import (
    calls,
    copies,
    impact,
    listening,
    operation,
    outgoing,
    purges,
    stock,
)

__all__ = [
    "calls",
    "copies",
    "impact",
    "listening",
    "operation",
    "outgoing",
    "purges",
    "stock",
]
