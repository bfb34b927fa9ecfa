"""What the player of one part is given: outline, silences, marks, where to begin.

Never a link: that comes from `playback`, after somebody pressed play and said what for.
"""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from compliance.models import Person, Purpose
from compliance.templatetags.earwitness import MS, duration
from recordings import sittings, timeline
from recordings.models import Listen, Recording, Waveform
from recordings.queries import NEARLY_MS
from recordings.timeline import Kind
from recordings.web.moments import Line

_TIME = re.compile(
    r"(?:(?:(\d{1,2}):)?(\d{1,3}):)?(\d{1,5})(?:[.,](\d{1,3}))?", re.ASCII
)
_MARKED = timeline.CONSENT | {Kind.GAP}


@dataclass(frozen=True)
class Lane:
    """One channel of the outline: its key is also its colour."""

    key: str
    name: Promise


SIDES = (Lane("agent", _("agent")), Lane("caller", _("caller")))
PEOPLE = (Lane("caller", _("caller")), Lane("agent", _("staff")))
CHANNELS = (Lane("left", _("left")), Lane("right", _("right")))
TOGETHER = (Lane("both", _("everybody")),)


@dataclass(frozen=True)
class Sitting:
    """What this person heard of the part before, and where they stopped."""

    heard: list[tuple[int, int]]
    left_off_ms: int


def lanes(part: Recording) -> tuple[Lane, ...]:
    """What each channel holds: the two sides only where LiveKit kept them apart."""
    if (part.channels or 1) == 1:
        return TOGETHER
    if part.sides == Recording.Sides.CALLER_LEFT:
        return PEOPLE
    if part.sides == Recording.Sides.AGENT_LEFT and part.source_is_sdk is not False:
        return SIDES
    return CHANNELS


def earlier(part: Recording, listener: Person) -> Sitting:
    """Read this person's own sittings with the part: one query."""
    rows = list(
        Listen.objects.filter(recording=part, listener=listener)
        .order_by("-opened_at")
        .values_list("heard", "position_ms")
    )
    ranges = [(since, until) for heard, _at in rows for since, until in heard]
    length = part.duration_ms or 0
    left_off = rows[0][1] if rows else 0
    if left_off + NEARLY_MS >= length:
        left_off = 0
    return Sitting(sittings.merge(ranges, length=length), left_off)


def context(
    part: Recording,
    *,
    listener: Person,
    purposes: list[Purpose],
    lines: Iterable[Line],
    params: QueryDict,
    within: Mapping[str, Any],
) -> dict[str, Any]:
    """Everything the player's template shows; `config_json` is for its script.

    within: where the part lies in its call, and what follows it (`strip.going_on`).
    """
    sitting = earlier(part, listener)
    waveform = _waveform(part)
    silences = timeline.both_silent(waveform.silences) if waveform else []
    wanted = read_time(params.get("t", ""))
    purpose = params.get("for", "")
    length = part.duration_ms or 0
    config = {
        "length": length,
        "peaks": _packed(waveform.peaks) if waveform else [],
        "lanes": [lane.key for lane in lanes(part)],
        "silences": silences,
        "start": min(sitting.left_off_ms if wanted is None else wanted, length),
        "listen": reverse("listen", args=[part.id]),
        "part": part.part,
        **within,
    }
    return {
        "lanes": lanes(part),
        "silences": silences,
        "heard": sitting.heard,
        "marks": _marks(part, lines),
        "purposes": purposes,
        "purpose": purpose if purpose in purposes else "",
        "ask_reason": part.call.team.ask_reason,
        "config": config,
        "config_json": json.dumps(config, separators=(",", ":")),
    }


def read_time(text: str) -> int | None:
    """Milliseconds of '93', '1:33', '1:02:09' or '93.5'; None for anything else."""
    match = _TIME.fullmatch(text.strip())
    if not match:
        return None
    hours, minutes, seconds, fraction = match.groups()
    whole = (int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds)
    return whole * MS + int((fraction or "0").ljust(3, "0"))


def _marks(part: Recording, lines: Iterable[Line]) -> list[dict[str, Any]]:
    """What the outline points at: announcement, consent, gaps at its edges."""
    return [
        {
            "at_ms": line.moment.jump.at_ms,
            "at": duration(line.moment.jump.at_ms),
            "words": line.words,
            "mark": line.mark,
            "tone": line.tone,
        }
        for line in lines
        if line.moment.kind in _MARKED
        and line.moment.jump
        and line.moment.jump.part == part.part
    ]


def _waveform(part: Recording) -> Waveform | None:
    return getattr(part, "waveform", None)


def _packed(peaks: list[list[int]]) -> list[str]:
    """Each channel's peaks, a byte each, in base64: half the size of JSON numbers."""
    return [base64.b64encode(bytes(channel)).decode() for channel in peaks]
