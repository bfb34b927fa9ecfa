"""1,000 recordings of a person who asks, beside a bare boto3 loop on the same server.

The loop deletes keys it knows. The plan is found, agreed to, journalled, carried out and
proved, and every row about the person goes.
"""

import io
from time import perf_counter
from typing import Any

from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from compliance.access import approving
from compliance.access.roles import Role
from compliance.models import PhoneNumber, RequestPlan
from compliance.requests import carry_out, plan
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

OBJECTS = 1_000
SOUND = b"x" * 1_000
FOUND_IN, DONE_IN = 2, 10
"""Seconds: somebody waits for the first, and looks on at the second."""


def run(cast: Cast) -> None:
    """Report seconds for 1,000 recordings, to find and propose, and to carry out."""
    with run_s3() as server:
        bucket = new_bucket(server, versioned=True)
        with override_settings(MEDIA_STORE=stored_in(bucket)):
            bare = admin(bucket)
            keys = [f"recordings/bare/{n:04d}.ogg" for n in range(OBJECTS)]
            for key in keys:
                bare.put_object(Bucket=bucket.bucket, Key=key, Body=SOUND)
            objects: Any = [{"Key": key} for key in keys]
            begun = perf_counter()
            bare.delete_objects(Bucket=bucket.bucket, Delete={"Objects": objects})
            floor = perf_counter() - begun
            with transaction.atomic():
                _recorded(cast)
                request = asked(cast.officer, now=timezone.now())
                verified(request, cast.officer, now=timezone.now())
            begun = perf_counter()
            made = plan.make(request=request, by=cast.officer, now=timezone.now())
            found = perf_counter() - begun
            _agreed(cast, made)
            took = report.timed(lambda: _carried_out(made))
    report.within("plan_found_1000", found, floor, limit=FOUND_IN, unit="s")
    report.within("plan_carried_out_1000", took, floor, limit=DONE_IN, unit="s")


def _recorded(cast: Cast) -> None:
    room, number = RoomFactory.create(), PhoneNumber.of(NUMBER)
    calls = Call.objects.bulk_create(
        CallFactory.build(room=room, team=cast.claims, sip_call_id=f"SCL_plan_{n}")
        for n in range(OBJECTS)
    )
    Party.objects.bulk_create(
        PartyFactory.build(
            call=call, room=room, number=number, participant_sid=f"PA_plan_{n}"
        )
        for n, call in enumerate(calls)
    )
    store = media_store.store()
    for part in Recording.objects.bulk_create(
        RecordingFactory.build(call=call, bytes=len(SOUND), store=store.name)
        for call in calls
    ):
        store.put(part.object_key, io.BytesIO(SOUND), "audio/ogg")


def _agreed(cast: Cast, made: RequestPlan) -> None:
    other, now = second(Role.OFFICER, "Paula Plan"), timezone.now()
    approval = plan.freeze(plan=made, by=cast.officer, now=now)
    approving.approve(approval=approval, by=other, now=now)
    approval.refresh_from_db()
    approving.carry_out(approval=approval, by=other, now=now)


def _carried_out(made: RequestPlan) -> None:
    while carry_out.advance(plan_id=made.pk, now=timezone.now()):
        pass
    made.refresh_from_db()
    if made.state != RequestPlan.State.DONE:
        raise RuntimeError(f"the plan is {made.state}")
