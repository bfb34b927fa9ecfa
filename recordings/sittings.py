"""Sittings: what the player reports that somebody heard of a recording.

Served and heard are two facts. A link delivers the whole file (`playback`); what was
heard is what is told here, by the listener's own player.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from compliance.access.permissions import Verb
from compliance.models import Person
from recordings.models import Listen, Recording

EMERGENCY_LIFE = timedelta(hours=1)
"""So long a sitting opened in an emergency gets further links."""
MOST_RANGES = 2_000
SLACK_MS = 250
"""Ranges closer than this are one: players report in steps."""


class NothingToPlay(Exception):
    """The listen is not this person's, or is of a recording that is gone."""


def own(listen_id: UUID, listener: Person) -> Listen:
    """A sitting of this person. Raises NothingToPlay for anybody else's."""
    listen = Listen.objects.filter(id=listen_id, listener=listener).first()
    if listen is None:
        raise NothingToPlay
    return listen


def verb_of(listen: Listen, *, now: datetime) -> Verb:
    """What a further link takes. Raises NothingToPlay once an emergency is over."""
    if listen.restricted:
        return Verb.HEAR_RESTRICTED
    if not listen.in_emergency:
        return Verb.LISTEN
    if now - listen.opened_at > EMERGENCY_LIFE:
        raise NothingToPlay
    return Verb.EMERGENCY_LISTEN


def report(
    *,
    listen_id: UUID,
    listener: Person,
    ranges: list[tuple[int, int]],
    speed: Decimal,
    position_ms: int,
    now: datetime,
) -> Listen:
    """Take over what the player says was heard: [from_ms, to_ms] ranges and speed.

    Raises NothingToPlay for somebody else's sitting.
    """
    own(listen_id, listener)
    with transaction.atomic():
        listen = Listen.objects.select_for_update().get(id=listen_id)
        length = Recording.objects.get(id=listen.recording_id).duration_ms or 0
        earlier = [(since, until) for since, until in listen.heard]
        heard = merge([*earlier, *ranges], length=length)
        listen.heard = [list(pair) for pair in heard]
        listen.heard_ms = sum(to - since for since, to in heard)
        listen.fastest = max(listen.fastest or speed, speed)
        listen.position_ms = min(max(0, position_ms), length)
        listen.reported_at = now
        listen.save()
    return listen


def merge(ranges: list[tuple[int, int]], *, length: int) -> list[tuple[int, int]]:
    """Ranges in order, joined where they touch, cut to the recording, at most 2,000."""
    merged: list[tuple[int, int]] = []
    for since, until in sorted(ranges):
        since, until = max(0, since), min(until, length)
        if since >= until:
            continue
        if merged and since <= merged[-1][1] + SLACK_MS:
            merged[-1] = (merged[-1][0], max(merged[-1][1], until))
        else:
            merged.append((since, until))
    return merged[:MOST_RANGES]
