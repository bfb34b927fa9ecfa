"""Whoever owns the database changes the log: both checkers find it, and name it.

`verify` reads the database; the other one is a single file that reads an exported pack
in a Python which knows nothing of us.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django.plugin import DjangoDbBlocker

from compliance.audit import horizon, log, pack, restores
from compliance.audit.checkpoint import Checkpoint
from compliance.audit.outside import Held
from compliance.audit.verify import verify
from tests import evidence
from tests.tampering import SEALED, WAYS

pytestmark = pytest.mark.django_db
WRONG = 1


@pytest.fixture(scope="module", autouse=True)
def outside(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[list[Held]]:
    """The log of this file, committed, and its seals as they lie outside.

    What a test changes is rolled back with it.
    """
    with django_db_blocker.unblock(), evidence.emptied():
        for begin, end in zip((0, *SEALED), SEALED, strict=False):
            evidence.fill(end - begin, first=begin, each=5 if begin else 300)
            evidence.seal_all()
        yield evidence.held()


@pytest.mark.parametrize("name", WAYS)
def test_it_is_found_and_named(name: str, outside: list[Held], tmp_path: Path) -> None:
    way = WAYS[name]
    held = outside if way.outside else []
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        way.act(cursor)
        cursor.execute("SET LOCAL session_replication_role = origin")

    report = verify(outside=held)
    pack.write(tmp_path, now=timezone.now(), outside=held)
    bare = evidence.check_bare(tmp_path, fingerprints=evidence.known())

    assert way.found in {one.kind for one in report.findings}
    assert bare.status == WRONG, bare.said
    assert way.said in bare.said
    if way.at is not None:
        assert report.first_bad
        assert report.first_bad.position == way.at
        assert f"the first at {way.at}\n" in bare.said


def test_there_are_many() -> None:
    assert len(WAYS) > 40


def test_untouched_it_is_sound(outside: list[Held], tmp_path: Path) -> None:
    report = verify(outside=outside)
    pack.write(tmp_path, now=timezone.now(), outside=outside)

    assert report.findings == []
    assert evidence.check_bare(tmp_path, fingerprints=evidence.known()).status == 0


def test_a_restore_that_two_people_accounted_for_is_none(
    outside: list[Held], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        WAYS["back to a backup"].act(cursor)
        cursor.execute("SET LOCAL session_replication_role = origin")
    # this test's own transaction is not over, so its number is not yet behind us
    monkeypatch.setattr(log, "append", lambda *_args, **_facts: None)
    later = replace(horizon.place(), next_xid=2**40)
    monkeypatch.setattr(horizon, "place", lambda: later)
    lost = Checkpoint.parse(outside[-1].note or "")
    restores.acknowledge(held=lost, approval=uuid4(), now=timezone.now())

    report = verify(outside=outside)
    pack.write(tmp_path, now=timezone.now(), outside=outside)
    bare = evidence.check_bare(tmp_path, fingerprints=evidence.known())

    assert (report.findings, report.epochs) == ([], 2)
    assert bare.status == 0, bare.said
