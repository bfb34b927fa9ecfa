"""A call as one strip: its parts where they lie in time, and what is missing between."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from compliance.templatetags.earwitness import duration
from recordings.coverage import MS, Coverage, Stretch
from recordings.models import Call, Recording
from recordings.timeline import NOTICEABLE
from recordings.web.moments import CAUSES


@dataclass(frozen=True)
class Piece:
    """One stretch of the call: a part, or a gap in words. Times in ms of the call."""

    since_ms: int
    length_ms: int
    words: str
    cause: str = ""
    part: Recording | None = None
    url: str = ""
    is_here: bool = False


def of_call(
    call: Call,
    *,
    parts: Sequence[Recording],
    told: Coverage,
    here: Recording | None,
    link: Callable[[Recording], str],
) -> list[Piece]:
    """The pieces of the call in order of time; parts that never began come last."""
    pieces = [_part(call, part, link(part), is_here=part == here) for part in parts]
    pieces += [
        _gap(call, stretch)
        for stretch in told.unrecorded
        if stretch.length >= NOTICEABLE
    ]
    return sorted(pieces, key=lambda piece: (not piece.length_ms, piece.since_ms))


def going_on(pieces: Iterable[Piece], here: Recording) -> dict[str, Any]:
    """What the player must know of the call: where its part lies, and what follows.

    offset: ms. next: address of the next part that can be heard, '' for none. between:
    what is missing before it, in words.
    """
    offset, between = 0, []
    found = False
    for piece in pieces:
        if piece.is_here:
            offset, found = piece.since_ms, True
        elif found and piece.part is None:
            between.append(piece.words)
        elif found and piece.part is not None and piece.part.is_hearable:
            told = " · ".join(between)
            return {"offset": offset, "next": piece.url, "between": told}
    return {"offset": offset, "next": "", "between": ""}


def _part(call: Call, part: Recording, url: str, *, is_here: bool) -> Piece:
    since = part.started_at
    state = duration(part.duration_ms) if part.is_hearable else part.get_state_display()
    return Piece(
        since_ms=_ms(call, since) if since else 0,
        length_ms=(part.duration_ms or _span(part)) if since else 0,
        words=_("Part %(n)s, %(state)s") % {"n": part.part, "state": state},
        part=part,
        url=url,
        is_here=is_here,
    )


def _gap(call: Call, stretch: Stretch) -> Piece:
    length = stretch.length // MS
    words = _("%(length)s not recorded: %(why)s") % {
        "length": duration(length),
        "why": CAUSES[stretch.cause],
    }
    since = _ms(call, stretch.since)
    return Piece(since, length, words, cause=stretch.cause.value)


def _ms(call: Call, at: datetime) -> int:
    return max(0, (at - call.started_at) // MS)


def _span(part: Recording) -> int:
    ended, started = part.ended_at, part.started_at
    return (ended - started) // MS if ended and started else 0
