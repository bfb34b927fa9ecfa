"""A hold, or a restriction, against the sweep: one item, several workers, one who places it."""

import io
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Barrier

from django.db import connection, connections

from compliance.custody import Scope
from compliance.models import Hold, HoldItem
from compliance.retention import holds
from recordings import destruction
from recordings.media_store import MediaStore
from recordings.models import Recording
from tests.cast import Cast
from tests.factories.recordings import CallFactory, RecordingFactory

MOST_WAITING = 12
"""So many questions to the database the one who places may wait, at most."""


@dataclass(frozen=True)
class Outcome:
    """How one trial ended: what the hold says, and what became of the item."""

    part: Recording
    caught: str
    is_there: bool


Place = Callable[[Cast, Recording, datetime], object]
"""Places what keeps the part."""


def on_hold(cast: Cast, part: Recording, now: datetime) -> object:
    """A legal hold on its call."""
    scope = Scope(calls=(part.call_id,))
    return holds.place(matter="M", reason="R", scope=scope, by=cast.officer, now=now)


def race(
    cast: Cast,
    store: MediaStore,
    *,
    trials: int,
    workers: int,
    now: datetime,
    place: Place = on_hold,
) -> Iterator[Outcome]:
    """Let them all loose at the same moment on one item after another."""
    dice = random.Random(1)  # noqa: S311 - the same chances each time
    together = Barrier(workers + 1)
    with ThreadPoolExecutor(workers + 1) as pool:

        def all_at_once(*acts: Callable[[], object]) -> None:
            done = [pool.submit(_when_all_are_there, together, act) for act in acts]
            for one in done:
                one.result()

        for number in range(trials):
            part = _part(cast, store, number, now)
            waits = dice.randrange(MOST_WAITING)
            sweeps = [_sweeper(part, now)] * workers
            all_at_once(*sweeps, _placer(cast, part, waits, now, place))
            _sweeper(part, now)()  # what was begun is finished, what is kept stays
            yield _outcome(store, part)
        all_at_once(*[connections.close_all] * (workers + 1))


def _when_all_are_there(together: Barrier, act: Callable[[], object]) -> object:
    together.wait()
    return act()


def _part(cast: Cast, store: MediaStore, number: int, now: datetime) -> Recording:
    call = CallFactory.create(team=cast.claims)
    key = f"recordings/{call.id}/{number}.ogg"
    store.put(key, io.BytesIO(b"voices"), "audio/ogg")
    yesterday = now - timedelta(days=1)
    return RecordingFactory.create(call=call, object_key=key, expires_at=yesterday)


def _sweeper(part: Recording, now: datetime) -> Callable[[], object]:
    return lambda: destruction.destroy(recording_id=part.id, reason="race", now=now)


def _placer(
    cast: Cast, part: Recording, waits: int, now: datetime, place: Place
) -> Callable[[], object]:
    def placed() -> object:
        with connection.cursor() as cursor:
            for _ in range(waits):
                cursor.execute("SELECT 1")
        return place(cast, part, now)

    return placed


def _outcome(store: MediaStore, part: Recording) -> Outcome:
    part.refresh_from_db()
    caught = HoldItem.objects.filter(item_id=part.id).first()
    # later trials need not ask this hold again
    over = {"state": Hold.State.OVER, "released_at": part.planned_at}
    Hold.objects.update(**over, cools_until=part.planned_at)
    is_there = store.head(part.object_key) is not None
    return Outcome(part, str(caught.state) if caught else "", is_there=is_there)
