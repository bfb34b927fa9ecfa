"""Sixteen write, two seal, one of the two is killed over and over: nothing is lost.

Every committed entry is sealed once, none of what was rolled back is.
"""

import gc
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from uuid import UUID

import psycopg
import pytest
from django.db import connection, connections, transaction
from django.db.utils import Error
from django.utils import timezone

from compliance.audit import log, seals, tree
from compliance.audit.actions import Action
from compliance.audit.canonical import canonical, leaf_hash
from compliance.models import AuditEntry, AuditLeaf, AuditSeal
from tests import waiting

WRITERS = 16
TRANSACTIONS = 8
KILLS = 5


@dataclass
class Written:
    """What one writer has to answer for."""

    committed: list[UUID] = field(default_factory=list)
    undone: list[UUID] = field(default_factory=list)


class Undone(Exception):
    """Rolls back."""


def _append(dice: random.Random, into: list[UUID]) -> None:
    for _number in range(dice.randint(1, 3)):
        into.append(log.append(Action.LOGOUT).pk)


def _dawdle(dice: random.Random) -> None:
    """Keep the transaction open for a while, as a slow act would."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(%s)", [dice.choice([0, 0, 0.01, 0.08])])


def _one_transaction(dice: random.Random, written: Written) -> None:
    kept: list[UUID] = []
    try:
        with transaction.atomic():
            _append(dice, kept)
            _dawdle(dice)
            try:
                with transaction.atomic():
                    inner: list[UUID] = []
                    _append(dice, inner)
                    if dice.random() < 0.5:
                        raise Undone
                    kept += inner
            except Undone:
                written.undone += inner
            _dawdle(dice)
            _append(dice, kept)
            if dice.random() < 0.25:
                raise Undone
    except Undone:
        written.undone += kept
    else:
        written.committed += kept


def _write(seed: int) -> Written:
    dice, written = random.Random(seed), Written()  # noqa: S311
    try:
        for _number in range(TRANSACTIONS):
            _one_transaction(dice, written)
    finally:
        connections.close_all()
    return written


class Sealer(threading.Thread):
    """Seals until it is told to stop; when its connection is cut, with a new one."""

    def __init__(self) -> None:
        super().__init__()
        self.over = threading.Event()
        self.backend = 0
        self.deaths = 0

    def run(self) -> None:
        """Like the task of a worker that is started again each time it dies."""
        while not self.over.is_set():
            try:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_backend_pid()")
                    (self.backend,) = cursor.fetchone()
                seals.seal(now=timezone.now())
            except (Error, psycopg.Error):
                self.deaths += 1
                connection.close()
        connections.close_all()


def _kill(victim: Sealer, dice: random.Random) -> bool:
    """Cut its connection at a moment of chance; whether that was often enough."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(%s)", [dice.random() / 20])
        cursor.execute("SELECT pg_terminate_backend(%s)", [victim.backend])
    return victim.deaths >= KILLS


# a cursor that dies with its connection cannot be closed, and says so
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.django_db(transaction=True)
def test_every_committed_entry_is_sealed_once() -> None:
    dice = random.Random(7)  # noqa: S311
    steady, victim = Sealer(), Sealer()
    steady.start()
    victim.start()
    waiting.until(lambda: victim.backend)
    try:
        with ThreadPoolExecutor(WRITERS) as pool:
            writers = [pool.submit(_write, seed) for seed in range(WRITERS)]
            waiting.until(
                lambda: _kill(victim, dice) and all(one.done() for one in writers)
            )
    finally:
        for sealer in (steady, victim):
            sealer.over.set()
            sealer.join()
    gc.collect()  # now, not in whichever test is next
    seals.seal(now=timezone.now())
    results = [writer.result() for writer in writers]

    _require_sealed_once(results)
    assert AuditSeal.objects.count() > 1


def _require_sealed_once(results: list[Written]) -> None:
    committed = {key for one in results for key in one.committed}
    undone = {key for one in results for key in one.undone}
    leaves = list(AuditLeaf.objects.order_by("position"))
    found = [leaf.entry_id for leaf in leaves]
    assert undone
    assert len(found) == len(committed)
    assert set(found) == committed
    assert [leaf.position for leaf in leaves] == list(range(len(leaves)))
    entries = list(AuditEntry.objects.order_by("xid", "id"))
    assert found == [entry.pk for entry in entries]
    frontier = tree.Frontier()
    roots = {seal.size: seal.root for seal in AuditSeal.objects.all()}
    for entry, leaf in zip(entries, leaves, strict=True):
        assert bytes(leaf.hash) == leaf_hash(canonical(entry.leaf_content()))
        frontier.append(bytes(leaf.hash))
        assert roots.pop(frontier.size, frontier.root.hex()) == frontier.root.hex()
    assert not roots
