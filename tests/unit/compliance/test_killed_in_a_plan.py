"""A plan over 1,000 recordings: killed by power cuts, refused by the store, done twice.

A child process carries it out and is killed with SIGKILL as it comes to a step for the nth
time; what it leaves is taken up by the next.
"""

import io
import os
import signal
from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any
from zlib import crc32

import pytest
from django.db import connection, connections, transaction
from pytest_django.fixtures import Settings

from compliance.access import approving
from compliance.access.roles import Role
from compliance.audit.actions import Action
from compliance.models import (
    AuditEntry,
    DestructionReceipt,
    JournalEntry,
    PhoneNumber,
    PlanItem,
    RequestPlan,
)
from compliance.requests import carry_out, plan, traces
from recordings import media_store, receipts, tombstones
from recordings.media_store import StoreRefused
from recordings.media_store.local import LocalStore
from recordings.models import Call, Party, Recording
from tests.cast import Cast, assemble
from tests.factories.recordings import (
    STARTED,
    CallFactory,
    PartyFactory,
    RecordingFactory,
    RoomFactory,
)
from tests.factories.requests import NUMBER, asked, verified
from tests.factories.second_person import second

pytestmark = pytest.mark.django_db(transaction=True)

NOW = STARTED + timedelta(days=9)
RECORDINGS = 1_000
DEATHS: tuple[tuple[object, str, int], ...] = (
    (receipts, "journal_first", 2),
    (tombstones, "bury", 2),
    (carry_out, "_tell_fates", 2),
)
AMONG_ROWS = (traces, "registered", 2)


def recorded(cast: Cast) -> None:
    """So many calls of one person, each with its recording and its file."""
    room, number = RoomFactory.create(), PhoneNumber.of(NUMBER)
    calls = Call.objects.bulk_create(
        CallFactory.build(room=room, team=cast.claims, sip_call_id=f"SCL_many_{n}")
        for n in range(RECORDINGS)
    )
    Party.objects.bulk_create(
        PartyFactory.build(
            call=call, room=room, number=number, name="Erika", participant_sid=f"PA_{n}"
        )
        for n, call in enumerate(calls)
    )
    parts = Recording.objects.bulk_create(
        RecordingFactory.build(call=call, bytes=6) for call in calls
    )
    for part in parts:
        media_store.store().put(part.object_key, io.BytesIO(b"voices"), "audio/ogg")
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE"
        )  # a full table that PostgreSQL takes for empty is slow


def agreed(cast: Cast) -> RequestPlan:
    """Planned by one officer, approved and begun by another."""
    other = second(Role.OFFICER)
    request = asked(cast.officer, now=NOW)
    verified(request, cast.officer, now=NOW)
    made = plan.make(request=request, by=cast.officer, now=NOW)
    approval = plan.freeze(plan=made, by=cast.officer, now=NOW)
    approving.approve(approval=approval, by=other, now=NOW)
    approval.refresh_from_db()
    approving.carry_out(approval=approval, by=other, now=NOW)
    return made


def carried_out(made: RequestPlan) -> None:
    while carry_out.advance(plan_id=made.pk, now=NOW):
        pass


def killed(made: RequestPlan, where: object, step: str, time: int) -> bool:
    """Let a child do it, and die as it comes to that step so often; whether it died."""
    connections.close_all()
    child = os.fork()
    if child == 0:  # nothing below may come back to pytest
        try:
            setattr(where, step, _deadly(getattr(where, step), time))
            carried_out(made)
        finally:
            os._exit(0)
    _pid, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def _deadly(step: Callable[..., Any], time: int) -> Callable[..., Any]:
    left = [time]

    def maybe_die(*given: Any, **more: Any) -> Any:
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        return step(*given, **more)

    return maybe_die


def let_leases_run_out() -> None:
    """By the database's clock, which no test can turn."""
    with connection.cursor() as cursor:
        for table in ("recordings_recording", "compliance_requestplan"):
            cursor.execute(
                f"UPDATE {table} SET claimed_until = now() - interval '1 s'"  # noqa: S608
                " WHERE claimed_until IS NOT NULL"
            )


def make_grudging(monkeypatch: pytest.MonkeyPatch) -> None:
    """The store refuses about every tenth key once."""
    refused: set[str] = set()
    whole = LocalStore.delete_several

    def delete(store: LocalStore, keys: Collection[str]) -> Any:
        fresh = [
            one for one in keys if one not in refused and not crc32(one.encode()) % 10
        ]
        refused.update(fresh)
        told = whole(store, [one for one in keys if one not in fresh])
        return told | {one: StoreRefused("slow down") for one in fresh}

    monkeypatch.setattr(LocalStore, "delete_several", delete)


def test_it_ends_the_same_whatever_dies_and_refuses(
    settings: Settings, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path}
    cast = assemble()
    with transaction.atomic():
        recorded(cast)
    made = agreed(cast)
    assert made.items.count() == RECORDINGS

    for where, step, time in DEATHS:
        assert killed(made, where, step, time), step
        let_leases_run_out()
    make_grudging(monkeypatch)
    assert killed(made, *AMONG_ROWS)
    let_leases_run_out()
    assert AuditEntry.objects.filter(act=Action.DESTRUCTION_FAILED).exists()
    carried_out(made)

    made.refresh_from_db()
    assert made.state == RequestPlan.State.DONE
    assert not made.items.exclude(fate=PlanItem.Fate.GONE).exists()
    ids = list(DestructionReceipt.objects.values_list("item_id", flat=True))
    assert len(ids) == len(set(ids)) == RECORDINGS
    assert not list(media_store.store().keys("recordings/"))
    assert not Party.objects.exclude(name="", number=None).exists()
    assert JournalEntry.objects.filter(kind="erased").count() == 1
