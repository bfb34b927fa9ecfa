"""`kill -9` of the worker at every line of the deletion: the next run ends the same.

A child process destroys a recording, with a file that was made of it, and kills itself
as it comes to a line of `recordings/destruction.py`, or of `tombstones.py`, for the first
time; line after line.
"""

import io
from datetime import timedelta
from functools import partial

import pytest
from django.db import connections
from pytest_django.fixtures import Settings

from compliance.audit.actions import Action
from compliance.models import AuditEntry, DestructionReceipt
from compliance.retention.sweep import sweep
from recordings import destruction, media_store, tombstones
from recordings.media_store import MediaStore
from recordings.models import Recording, Rendition
from tests.cast import Cast, assemble
from tests.factories.recordings import STARTED, CallFactory, RecordingFactory
from tests.killing import killed_at, let_leases_run_out, lines_of

pytestmark = pytest.mark.django_db(transaction=True)
State = Recording.State

NOW = STARTED + timedelta(days=91)
MADE = b"a copy"
SPOKEN = b"voices"
FILES = {destruction.__file__, tombstones.__file__}


def over(cast: Cast, store: MediaStore) -> Recording:
    """A recording whose time is over, and a file that was made of it."""
    call = CallFactory.create(team=cast.claims)
    key = f"recordings/{call.id}/01.ogg"
    made = f"recordings/{call.id}/renditions/01.wav"
    store.put(key, io.BytesIO(SPOKEN), "audio/ogg")
    store.put(made, io.BytesIO(MADE), "audio/wav")
    yesterday = NOW - timedelta(days=1)
    part = RecordingFactory.create(call=call, object_key=key, expires_at=yesterday)
    Rendition.objects.create(
        recording=part,
        form=Rendition.Form.values[0],
        state=Rendition.State.READY,
        store=part.store,
        object_key=made,
        asked_at=STARTED,
        settled_at=STARTED,
        expires_at=NOW + timedelta(days=9),
    )
    return part


def destroy(part: Recording) -> None:
    destruction.destroy(recording_id=part.id, reason="retention_expired", now=NOW)


def test_a_rerun_ends_the_same_wherever_the_worker_was_killed(
    settings: Settings, tmp_path: object
) -> None:
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path}
    cast, store = assemble(), media_store.store()
    first = over(cast, store)
    lines = lines_of(lambda: destroy(first), files=FILES)
    assert len(lines) > 60, "most lines of the module are part of a deletion"

    parts = {line: over(cast, store) for line in lines}
    connections.close_all()  # each child opens one of its own
    for number, part in enumerate(parts.values()):
        killed_at(number, partial(destroy, part), files=FILES)
    let_leases_run_out(Recording)
    assert sweep(now=NOW).failed == 0

    for line, part in parts.items():
        part.refresh_from_db()
        assert part.state == State.DESTROYED, line
        receipt = DestructionReceipt.objects.get(item_id=part.id)
        assert receipt.bytes_listed == len(MADE + SPOKEN), line
        assert store.head(part.object_key) is None, line
        told = AuditEntry.objects.filter(object_pk=str(part.id))
        assert told.filter(act=Action.DESTRUCTION_DONE).count() == 1, line
    assert not Rendition.objects.exists()
