"""`kill -9` of the worker at every line of a redaction: the next run ends the same.

A child process silences one person in a recording, and kills itself as it comes to a line
of `recordings/redaction.py`, or of `silencing.py`, for the first time; line after line.
"""

from datetime import timedelta
from functools import partial

import pytest
from django.db import connections, transaction
from pytest_django.fixtures import Settings

from compliance.audit.actions import Action
from compliance.models import (
    AuditEntry,
    DestructionReceipt,
    JournalEntry,
    SubjectRequest,
)
from compliance.redaction import Outcome
from recordings import media_store, redaction, silencing
from recordings.models import Recording, Rendition
from recordings.silencing import Silence
from tests.cast import Cast, assemble
from tests.factories import redactions
from tests.factories.recordings import STARTED
from tests.killing import killed_at, let_leases_run_out, lines_of

pytestmark = pytest.mark.django_db(transaction=True)

NOW = STARTED + timedelta(days=9)
FILES = {redaction.__file__, silencing.__file__}


def redact(part: Recording, request: SubjectRequest) -> Outcome:
    return redaction.redact(
        part_id=part.pk,
        silence=Silence(redactions.CALLER),
        request=request.pk,
        now=NOW,
    )


def assembled() -> tuple[Cast, SubjectRequest]:
    cast = assemble()
    with transaction.atomic():
        return cast, redactions.erasure(cast, now=NOW)


def test_a_rerun_ends_the_same_wherever_the_worker_was_killed(
    settings: Settings, tmp_path: object
) -> None:
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path}
    (cast, request), store = assembled(), media_store.store()
    first = redactions.spoken(cast, store)
    lines = lines_of(lambda: redact(first, request), files=FILES)
    assert len(lines) > 90, "most lines of both modules are part of a redaction"

    parts = {line: redactions.spoken(cast, store) for line in lines}
    connections.close_all()  # each child opens one of its own
    for number, part in enumerate(parts.values()):
        killed_at(number, partial(redact, part, request), files=FILES)
    let_leases_run_out(Rendition)
    for line, part in parts.items():
        assert redact(part, request) == Outcome.REDACTED, line

    for line, part in parts.items():
        original = part.object_key
        part.refresh_from_db()
        assert part.object_key != original, line
        receipt = DestructionReceipt.objects.get(item_id=part.pk)
        size = len(redactions.SPOKEN) + len(b"a copy")
        assert receipt.bytes_listed == size, line
        told = AuditEntry.objects.filter(object_pk=str(part.pk))
        for act in (Action.RECORDING_REDACTED, Action.ORIGINAL_DESTROYED):
            assert told.filter(act=act).count() == 1, (line, act)
        about = JournalEntry.objects.filter(kind="redacted", item_id=part.pk)
        assert about.count() == 1, line
    kept = set(Recording.objects.values_list("object_key", flat=True))
    assert set(store.keys("recordings/")) == kept, "each has one file, and only that"
    assert not Rendition.objects.exists()
    silent = redactions.heard(store, next(iter(parts.values())))
    assert set(silent[redactions.CALLER]) == {0}
