"""`kill -9` of the worker at every line of a redaction: the next run ends the same.

A child process silences one person in a recording, and kills itself as it comes to a line
of `recordings/redaction.py`, or of `silencing.py`, for the first time; line after line.
"""

import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from types import FrameType
from typing import Any

import pytest
from django.db import connection, connections, transaction
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

pytestmark = pytest.mark.django_db(transaction=True)

NOW = STARTED + timedelta(days=9)
Line = tuple[str, str, int]
FILES = {redaction.__file__, silencing.__file__}


class Lines:
    """The lines of these files that a run comes to, each once, in their order."""

    def __init__(self, reached: Callable[[list[Line]], None]) -> None:
        self.seen: list[Line] = []
        self._reached = reached

    def __call__(self, frame: FrameType, event: str, _arg: object) -> Any:
        file = frame.f_code.co_filename
        if file not in FILES:
            return None
        line = (file, frame.f_code.co_name, frame.f_lineno)
        if event == "line" and line not in self.seen:
            self.seen.append(line)
            self._reached(self.seen)
        return self


def redact(part: Recording, request: SubjectRequest) -> Outcome:
    return redaction.redact(
        part_id=part.pk,
        silence=Silence(redactions.CALLER),
        request=request.pk,
        now=NOW,
    )


def lines_of_a_run(part: Recording, request: SubjectRequest) -> list[Line]:
    lines = Lines(lambda _seen: None)
    sys.settrace(lines)
    try:
        redact(part, request)
    finally:
        sys.settrace(None)
    return lines.seen


def killed_at(number: int, part: Recording, request: SubjectRequest) -> None:
    """Let a child do it, and die as it comes to its line of that number."""

    def die(seen: list[Line]) -> None:
        if len(seen) > number:
            os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if child == 0:  # nothing below may come back to pytest
        try:
            sys.settrace(Lines(die))
            redact(part, request)
        finally:
            os._exit(1)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "it was to be killed before its end"


def let_leases_run_out() -> None:
    """By the database's clock, which no test can turn."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE recordings_rendition SET claimed_until = now() - interval '1 s'"
            " WHERE claimed_until IS NOT NULL"
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
    lines = lines_of_a_run(redactions.spoken(cast, store), request)
    assert len(lines) > 90, "most lines of both modules are part of a redaction"

    parts = {line: redactions.spoken(cast, store) for line in lines}
    connections.close_all()  # each child opens one of its own
    for number, part in enumerate(parts.values()):
        killed_at(number, part, request)
    let_leases_run_out()
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
