"""Recordings of a person who asks, beside a bare boto3 loop on the same server.

The loop deletes keys it knows. The plan is found, agreed to, journalled, carried out and
proved, and every row about the person goes. 1,000 in one go; 10,000 by workers that are
killed, with a store that refuses some.
"""

import io
import json
import os
import subprocess
import sys
from time import perf_counter, sleep
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.test import override_settings
from django.utils import timezone

from compliance.access import approving
from compliance.access.roles import Role
from compliance.models import (
    DestructionReceipt,
    Person,
    PhoneNumber,
    PlanItem,
    RequestPlan,
)
from compliance.requests import carry_out, plan, request_certificate
from recordings import media_store
from recordings.models import Call, Party, Recording
from tests.bench import report
from tests.cast import Cast
from tests.contract.media_stores import admin, new_bucket
from tests.contract.test_vault import stored_in
from tests.factories.recordings import (
    CallFactory,
    PartyFactory,
    RecordingFactory,
    RoomFactory,
)
from tests.factories.requests import NUMBER, asked, verified
from tests.factories.second_person import second
from tests.services import run_s3

OBJECTS, MANY = 1_000, 10_000
BATCH = 500
SOUND = b"x" * 1_000
FOUND_IN, DONE_IN = 2, 10
"""Seconds for 1,000: somebody waits for the first, and looks on at the second."""
DEATHS = (0.1, 0.4, 0.8)
"""A worker is killed when so much of it is gone."""


def run(cast: Cast) -> None:
    """Report seconds for 1,000 recordings, to find and propose, and to carry out; alone,
    and as a part of many."""
    other = second(Role.OFFICER, "Paula Plan")
    with run_s3() as server:
        bucket = new_bucket(server, versioned=True)
        with override_settings(MEDIA_STORE=stored_in(bucket)):
            floor = _bare(bucket)
            made, found = _planned(cast, other, OBJECTS)
            took = report.timed(lambda: _carried_out(made))
            report.within("plan_found_1000", found, floor, limit=FOUND_IN, unit="s")
            report.within("plan_carried_out_1000", took, floor, limit=DONE_IN, unit="s")
            made, _found = _planned(cast, other, MANY)
            took = report.timed(lambda: _killed_and_done(made)) * OBJECTS / MANY
            report.within(
                "plan_killed_and_done_1000", took, floor, limit=DONE_IN, unit="s"
            )
            _certified(cast, made)


def _bare(bucket: Any) -> float:
    """Seconds to delete so many keys that are known."""
    client = admin(bucket)
    keys = [f"bare/{n:04d}.ogg" for n in range(OBJECTS)]
    for key in keys:
        client.put_object(Bucket=bucket.bucket, Key=key, Body=SOUND)
    objects: Any = [{"Key": key} for key in keys]
    return report.timed(
        lambda: client.delete_objects(Bucket=bucket.bucket, Delete={"Objects": objects})
    )


def _planned(cast: Cast, other: Person, count: int) -> tuple[RequestPlan, float]:
    """A plan over so many that two people agreed to, and the seconds to find them."""
    parts = _recorded(cast, count)
    store = media_store.store()
    for part in parts:  # in no transaction: that would be idle for too long
        store.put(part.object_key, io.BytesIO(SOUND), "audio/ogg")
    with transaction.atomic():
        request = asked(cast.officer, now=timezone.now())
        verified(request, cast.officer, now=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    begun = perf_counter()
    made = plan.make(request=request, by=cast.officer, now=timezone.now())
    found = perf_counter() - begun
    _agreed(cast, other, made)
    return made, found


def _killed_and_done(made: RequestPlan) -> None:
    """By real processes: one is killed after the other, and at last two share the rest."""
    gone = made.items.filter(fate=PlanItem.Fate.GONE)
    for share in DEATHS:
        worker = _worker()
        while gone.count() < share * MANY:
            if worker.poll() is not None:
                raise RuntimeError(f"a worker ended by itself: {worker.returncode}")
            sleep(0.2)
        worker.kill()
        worker.wait()
        _let_leases_run_out()
    for worker in [_worker(), _worker()]:
        if worker.wait():
            raise RuntimeError("a worker failed")
    _require_gone(made, MANY)


def _worker() -> "subprocess.Popen[bytes]":
    store = json.dumps(settings.MEDIA_STORE)
    command = [sys.executable, "-m", "tests.bench.plan_worker", store]
    return subprocess.Popen(command, env=dict(os.environ))


def _let_leases_run_out() -> None:
    with connection.cursor() as cursor:
        for table in ("recordings_recording", "compliance_requestplan"):
            cursor.execute(
                f"UPDATE {table} SET claimed_until = now() - interval '1 s'"  # noqa: S608
                " WHERE claimed_until IS NOT NULL"
            )


def _require_gone(made: RequestPlan, count: int) -> None:
    made.refresh_from_db()
    ids = made.items.filter(fate=PlanItem.Fate.GONE).values("item_id")
    receipts = DestructionReceipt.objects.filter(item_id__in=ids).count()
    left = len(list(media_store.store().keys("recordings/")))
    if (made.state, receipts, left) != (RequestPlan.State.DONE, count, 0):
        raise RuntimeError(f"{made.state}: {receipts} receipts, {left} files are left")


def _certified(cast: Cast, made: RequestPlan) -> None:
    begun = perf_counter()
    issued = request_certificate.issue(
        request=made.request, by=cast.officer, now=timezone.now()
    )
    took = perf_counter() - begun
    report.within("certificate_of_10000", took, took, limit=DONE_IN, unit="s")
    if issued.items != MANY:
        raise RuntimeError(f"it tells of {issued.items}")


@transaction.atomic
def _recorded(cast: Cast, count: int) -> list[Recording]:
    room, number = RoomFactory.create(), PhoneNumber.of(NUMBER)
    calls = Call.objects.bulk_create(
        (
            CallFactory.build(
                room=room, team=cast.claims, sip_call_id=f"SCL_plan_{count}_{n}"
            )
            for n in range(count)
        ),
        batch_size=BATCH,
    )
    Party.objects.bulk_create(
        (
            PartyFactory.build(
                call=call,
                room=room,
                number=number,
                participant_sid=f"PA_plan_{count}_{n}",
            )
            for n, call in enumerate(calls)
        ),
        batch_size=BATCH,
    )
    name = media_store.store().name
    return Recording.objects.bulk_create(
        (
            RecordingFactory.build(call=call, bytes=len(SOUND), store=name)
            for call in calls
        ),
        batch_size=BATCH,
    )


def _agreed(cast: Cast, other: Person, made: RequestPlan) -> None:
    now = timezone.now()
    approval = plan.freeze(plan=made, by=cast.officer, now=now)
    approving.approve(approval=approval, by=other, now=now)
    approval.refresh_from_db()
    approving.carry_out(approval=approval, by=other, now=now)


def _carried_out(made: RequestPlan) -> None:
    while carry_out.advance(plan_id=made.pk, now=timezone.now()):
        pass
    _require_gone(made, OBJECTS)
