"""An inventory of 100,000 keys beside the bare listing of the same store; flat memory.

In a folder, and on the S3 server of the tests where its programs are there.
"""

import shutil
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.db import connection, transaction
from django.test import override_settings
from django.utils import timezone

from compliance.models import Team
from recordings import inventory, media_store
from recordings.comparison import PREFIX
from recordings.media_store import MediaStore
from recordings.models import Inventory, Recording
from tests.bench import many, report, rows
from tests.contract.media_stores import admin, new_bucket
from tests.contract.test_vault import stored_in
from tests.services import run_s3

KEYS = many.CALLS
FEW = KEYS // 10
CALLS = 10
"""A call has so many parts as a small number can count."""
CONTENT = b"OggS"
ROUNDS = 3
WRITERS = 8
MORE_MEMORY = 1.5
"""So many times the memory of a tenth of the keys may all of them take."""
TARGET = 2.0
Put = Callable[[int], object]


def run(team: Team) -> None:
    """Measure in each store that is at hand."""
    with TemporaryDirectory() as folder:
        config = {"kind": "local", "root": Path(folder)}
        _measure("folder", config, _into_folder(Path(folder)), team)
    if shutil.which("radosgw"):
        with _bucket() as (config, put):
            _measure("s3", config, put, team)


def _key(n: int) -> str:
    return f"recordings/bench/{n // 100:04}/{n:06}.ogg"


def _into_folder(root: Path) -> Put:
    def put(n: int) -> None:
        path = root / _key(n)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(CONTENT)

    return put


@contextmanager
def _bucket() -> Iterator[tuple[dict[str, Any], Put]]:
    with run_s3() as server:
        bucket = new_bucket(server, versioned=False)
        client = admin(bucket)
        yield (
            stored_in(bucket),
            lambda n: client.put_object(
                Bucket=bucket.bucket, Key=_key(n), Body=CONTENT
            ),
        )


def _measure(name: str, config: dict[str, Any], put: Put, team: Team) -> None:
    with override_settings(MEDIA_STORE=config):
        store = media_store.store()
        _fill(store, team, put, 1, FEW)
        few = _peak(lambda: _take(store))
        _fill(store, team, put, FEW + 1, KEYS)
        bare, ours = [], []
        for _round in range(ROUNDS):
            listing = report.timed(lambda: sum(1 for _one in store.listed(PREFIX)))
            bare.append(KEYS / listing)
            ours.append(KEYS / report.timed(lambda: _take(store)))
        _require_sound(store)
        report.rates(f"inventory_{name}", ours, bare, TARGET)
        most = few * MORE_MEMORY
        all_keys = _peak(lambda: _take(store))
        report.within(f"inventory_memory_{name}", all_keys, few, limit=most, unit="MB")
        _forget(store)


def _fill(store: MediaStore, team: Team, put: Put, first: int, last: int) -> None:
    """Objects one by one, by several writers; rows multiplied in the database."""
    with ThreadPoolExecutor(WRITERS) as writers:
        list(writers.map(put, range(first, last + 1)))
    with transaction.atomic():
        made = [rows.recording(team) for _n in range(CALLS)]
        for n, one in enumerate(made):
            Recording.objects.filter(pk=one.pk).update(
                store=store.name, bytes=len(CONTENT)
            )
            many.multiply(
                one,
                {
                    "id": "gen_random_uuid()",
                    "part": f"2 + n / {CALLS}",
                    "object_key": "'recordings/bench/' || lpad((n / 100)::text, 4, '0')"
                    " || '/' || lpad(n::text, 6, '0') || '.ogg'",
                },
                start=first + n,
                every=CALLS,
                until=last,
            )
            Recording.objects.filter(pk=one.pk).delete()


def _forget(store: MediaStore) -> None:
    """In one statement: Django would name each key in a list that PostgreSQL refuses."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM recordings_recording WHERE store = %s", [store.name]
        )


def _take(store: MediaStore) -> None:
    run = inventory.begin(store=store.name, by=None, now=timezone.now())
    while inventory.advance(inventory_id=run.id, now=timezone.now()):
        pass


def _require_sound(store: MediaStore) -> None:
    done = Inventory.objects.filter(store=store.name).latest("asked_at")
    counted = (done.keys, done.sound, done.orphans, done.lost, done.altered)
    if counted != (KEYS, KEYS, 0, 0, 0):
        raise RuntimeError(f"the inventory counted wrong: {counted}")


def _peak(act: Callable[[], object]) -> float:
    """Megabytes that Python holds at the most while it is done."""
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()
