"""Originals that lie in an archive: a production asks for them and waits until they open.

A volume is not begun while one of its originals is closed. What the store did not bring
back is not waited for again: it is listed as out of reach.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from recordings import archive_restore
from recordings.archive_restore import NotPossible
from recordings.models import (
    ProducedItem,
    Production,
    Recording,
    Restoration,
    Volume,
)

PAGE = 500
State = Restoration.State


@dataclass(frozen=True)
class Awaited:
    """How many originals a production waits for, of how many that lay in an archive.

    expected_at: by when the store promises the last; None where it was not asked yet.
    """

    closed: int
    asked: int
    expected_at: datetime | None

    @property
    def came(self) -> int:
        """How many are there."""
        return max(0, self.asked - self.closed)

    @property
    def all(self) -> int:
        """How many there are in all."""
        return max(self.asked, self.closed)


def closed(production_or_volume: Q, *, now: datetime) -> QuerySet[ProducedItem]:
    """What is waited for: hearable, closed, in a volume that is not made, and not given up.

    production_or_volume: which items of productions are meant.
    """
    shut = Q(recording__is_closed=True) | Q(recording__open_until__lte=now)
    given_up = Restoration.objects.filter(
        recording=OuterRef("recording"),
        state=State.FAILED,
        asked_at__gte=OuterRef("production__asked_at"),
    )
    return ProducedItem.objects.filter(
        production_or_volume, shut, recording__state__in=Recording.HEARABLE
    ).exclude(Exists(given_up))


def ask(production: Production, *, now: datetime) -> int:
    """Ask for what is closed and not on its way; returns for how many. May be repeated."""
    of_it = Q(production=production) & ~Q(volume__state=Volume.State.READY)
    on_its_way = Restoration.objects.filter(
        recording=OuterRef("recording"), state__in=Restoration.UNFINISHED
    )
    rows = closed(of_it, now=now).exclude(Exists(on_its_way))
    asked = 0
    for item in rows.select_related("recording").order_by("position")[:PAGE]:
        assert item.recording is not None  # noqa: S101 - what is closed is a recording
        try:
            archive_restore.bring(part=item.recording, by=production.asked_by, now=now)
        except NotPossible:
            continue  # another has just asked
        asked += 1
    return asked


def awaited(production: Production, *, now: datetime) -> Awaited | None:
    """How far it is; None where nothing lay in an archive."""
    of_it = Q(production=production)
    since = Restoration.objects.filter(
        recording__produced__production=production,
        asked_at__gte=production.asked_at,
    )
    waiting = closed(of_it & ~Q(volume__state=Volume.State.READY), now=now).count()
    told = since.aggregate(expected=Max("expected_at"))
    asked = since.values("recording").distinct().count()
    if not (waiting or asked):
        return None
    return Awaited(waiting, asked, told["expected"])
