"""Holds against the sweep: many items, several workers, one who places holds."""

import io
import random
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.db import connections

from compliance.custody import Scope
from compliance.retention import holds
from recordings import destruction
from recordings.media_store import MediaStore
from recordings.models import Recording
from tests.cast import Cast
from tests.factories.recordings import CallFactory, RecordingFactory


def race(
    cast: Cast, store: MediaStore, *, trials: int, workers: int, now: datetime
) -> None:
    """Let the workers destroy what is due, from one end to the other, while holds are
    placed on the same calls in the same order: at each call the two meet."""
    parts = [_part(cast, store, number, now) for number in range(trials)]
    with ThreadPoolExecutor(workers + 1) as pool:
        sweeps = [
            pool.submit(_sweep, parts[first::workers], now) for first in range(workers)
        ]
        placing = pool.submit(_place, cast, parts, now)
        for done in (placing, *sweeps):
            done.result()
    _sweep(parts, now)  # what was begun is finished, what is kept stays


def _part(cast: Cast, store: MediaStore, number: int, now: datetime) -> Recording:
    call = CallFactory.create(team=cast.claims)
    key = f"recordings/{call.id}/{number}.ogg"
    store.put(key, io.BytesIO(b"voices"), "audio/ogg")
    yesterday = now - timedelta(days=1)
    return RecordingFactory.create(call=call, object_key=key, expires_at=yesterday)


def _sweep(parts: Iterable[Recording], now: datetime) -> None:
    try:
        for part in parts:
            destruction.destroy(recording_id=part.id, reason="race", now=now)
    finally:
        connections.close_all()


def _place(cast: Cast, parts: list[Recording], now: datetime) -> None:
    """Sometimes by the call, sometimes by a filter, which lists it in the claim."""
    dice = random.Random(1)  # noqa: S311 - the same holds each time
    try:
        for part in parts:
            if dice.random() < 1 / 2:
                scope = Scope(calls=(part.call_id,))
                holds.place(
                    matter="M", reason="R", scope=scope, by=cast.officer, now=now
                )
    finally:
        connections.close_all()
