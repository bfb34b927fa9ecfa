"""The sweep beside a bare boto3 loop on the same server; `due` and rehearsals at a million.

The loop deletes keys it knows and believes the answer. The sweep looks what there is,
writes entries and receipts, deletes every version, and proves the absence of each; the
figure without verification leaves out the time of its listings and HEADs.
"""

import io
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from threading import Lock
from time import perf_counter
from typing import Any

from django.db import connection, transaction
from django.test import override_settings
from django.utils import timezone

from compliance.access import grants
from compliance.access.roles import Role
from compliance.custody import Scope
from compliance.models import Person, Team
from compliance.retention import policies, sweep
from compliance.retention.policies import PolicyDraft
from recordings import expiry, media_store, purges, rehearsal
from recordings.media_store.s3 import S3Store
from recordings.models import PurgeItem, Recording
from tests.bench import many, report, rows
from tests.contract.media_stores import admin, new_bucket
from tests.contract.test_vault import stored_in
from tests.services import run_s3

OBJECTS = 1_000
WITHOUT_PROOF = 1 / 0.8
RECORDINGS = 1_000_000
FEW = 100_000
DUE = 300_000
"""So many of the million are over."""
MOST_MIB = 64
VERIFYING = ("HeadObject", "ListObjectVersions")
Timed = dict[str, float]


def run(team: Team) -> None:
    """The store first, while there are few rows; then the million."""
    _beside_boto3(team)
    officer = _officer()
    few = _rehearsed(team, officer, FEW)
    most = _rehearsed(team, officer, RECORDINGS)
    report.within("rehearsal_memory", most, few, limit=MOST_MIB, unit="MiB")
    _due()
    _draft(officer)


def _beside_boto3(team: Team) -> None:
    with run_s3() as server:
        bucket = new_bucket(server, versioned=False)
        with override_settings(MEDIA_STORE=stored_in(bucket)):
            store = media_store.store()
            assert isinstance(store, S3Store)
            bare = admin(bucket)
            keys = [f"recordings/bare/{n:04d}.ogg" for n in range(OBJECTS)]
            for key in keys:
                bare.put_object(Bucket=bucket.bucket, Key=key, Body=b"x" * 1_000)
            begun = perf_counter()
            objects: Any = [{"Key": key} for key in keys]
            bare.delete_objects(Bucket=bucket.bucket, Delete={"Objects": objects})
            floor = OBJECTS / (perf_counter() - begun)
            _fill_bucket(team, store)
            spent = _watched(store)
            took = report.timed(_sweep_all)
    whole = OBJECTS / took
    unproved = OBJECTS / (took - sum(spent.values()))
    for name, rate in (("sweep_unproved", unproved), ("sweep", whole)):
        ratio = floor / rate
        report.line(name, rate, floor, ratio=ratio, target=WITHOUT_PROOF, unit="/s")


def _fill_bucket(team: Team, store: S3Store) -> None:
    """Recordings whose time is over, each with its object."""
    yesterday = timezone.now() - timedelta(days=1)
    for _ in range(OBJECTS):
        part = rows.recording(team)
        part.store, part.expires_at = store.name, yesterday
        part.save(update_fields=["store", "expires_at"])
        store.put(part.object_key, io.BytesIO(b"x" * 1_000), "audio/ogg")


def _sweep_all() -> None:
    while sweep.sweep(now=timezone.now()).destroyed:
        pass


def _watched(store: S3Store) -> Timed:
    """Seconds from now on in which the store is asked for proof, by however many at once."""
    spent: Timed = {"proof": 0.0}
    asked, begun, lock = [0], [0.0], Lock()

    def before(**_more: object) -> None:
        with lock:
            asked[0] += 1
            if asked[0] == 1:
                begun[0] = perf_counter()

    def after(**_more: object) -> None:
        with lock:
            asked[0] -= 1
            if not asked[0]:
                spent["proof"] += perf_counter() - begun[0]

    events = store._clients.own.meta.events
    for call in VERIFYING:
        events.register(f"before-call.s3.{call}", before)
        events.register(f"after-call.s3.{call}", after)
    return spent


@transaction.atomic
def _officer() -> Person:
    person = Person.objects.create_user("sweep@demo.example", "x" * 20, name="Bench")
    grants.grant(person=person, role=Role.OFFICER, by=None, now=timezone.now())
    return person


def _rehearsed(team: Team, officer: Person, count: int) -> float:
    """Have so many recordings, freeze all of them; returns the peak of memory in MiB."""
    have = Recording.objects.exclude(state=Recording.State.DESTROYED).count()
    _multiply(team, have + 1, count)
    now = timezone.now()
    tracemalloc.start()
    took = report.timed(lambda: purges.rehearse(scope=Scope(), by=officer, now=now))
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    floor = report.timed(_bare_insert)
    name = f"rehearsal_{count}"
    report.line(name, took, floor, ratio=took / floor, target=2.0, unit="s")
    PurgeItem.objects.all()._raw_delete(PurgeItem.objects.db)
    return peak


def _bare_insert() -> None:
    """The same rows by the least SQL that could write them down."""
    table = PurgeItem._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE bare_list (LIKE {table} INCLUDING ALL)")
        cursor.execute(
            "INSERT INTO bare_list (purge_id, item_id, call_id, bytes, goes_at, state,"
            " fate) SELECT gen_random_uuid(), id, call_id, coalesce(bytes, 0),"
            " expires_at, state, 'listed' FROM recordings_recording"
            " WHERE state = 'available'"
        )
        cursor.execute("DROP TABLE bare_list")


def _multiply(team: Team, start: int, until: int) -> None:
    part = rows.recording(team)
    call, room, call_id = part.call, "'RM_sweep_' || n", "md5('sweep' || n)::uuid"
    over = f"now() + (n - {DUE}) * interval '1 minute'"
    many.multiply(call.room, {"sid": room}, start=start, until=until)
    many.multiply(call, {"id": call_id, "room_id": room}, start=start, until=until)
    many.multiply(
        part,
        {
            "id": "gen_random_uuid()",
            "call_id": call_id,
            "object_key": "'recordings/sweep/' || n",
            "expires_at": over,
            "ended_at": "now() - n * interval '1 minute'",
        },
        start=start,
        until=until,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _due() -> None:
    """A page of what is due, beside the same SQL without us."""
    now = timezone.now()
    _beside_sql("due_page", lambda: expiry.due(now=now, limit=sweep.CHUNK), target=2.0)


def _draft(officer: Person) -> None:
    """What a draft would do to a million, beside the same SQL without us."""
    draft = PolicyDraft(name="Bench", delete_after="P1Y")
    row = policies.write(draft=draft, by=officer, now=timezone.now())
    now = timezone.now()
    _beside_sql("draft_effect", lambda: rehearsal.effect(row, now=now), target=1.1)


def _beside_sql(name: str, ask: Callable[[], object], *, target: float) -> None:
    """Ask, beside the bare statements of the asking."""
    caught: list[tuple[str, Any]] = []

    def catch(execute: Any, sql: str, params: Any, many_: bool, context: Any) -> Any:
        caught.append((sql, params))
        return execute(sql, params, many_, context)

    with connection.execute_wrapper(catch):
        ask()

    def bare() -> None:
        with connection.cursor() as cursor:
            for sql, params in caught:
                cursor.execute(sql, params)
                cursor.fetchall()

    report.times(name, ask, bare, target)
