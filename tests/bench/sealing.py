"""What the audit log costs: an entry beside a bare INSERT, and its seals beside none.

The sealer is a process of its own, as the worker is, and seals once a second.
"""

import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from django.db import transaction
from django.utils import timezone

from compliance.audit import log, seals
from compliance.audit.actions import ACTIONS, Action
from compliance.audit.canonical import leaf_hash
from compliance.audit.facts import Fact
from compliance.audit.tree import node_hash
from compliance.models import Person
from tests.bench import floors, report

PER_ROUND = 300
ENTRY_TARGET = 4.0
SUSTAINED = 1500
SEALED_TARGET = 1.15
BATCH = 20_000
BATCH_LIMIT_US = 100
_LEAF = bytes(600)
FACTS: dict[str, Fact] = {
    name: 12 if kind is int else "quality"
    for name, kind in (ACTIONS[Action.LISTEN_RENEWED].facts or {}).items()
}


def run(person: Person) -> None:
    """Measure in turn: the entry, the log with and without a sealer, one large seal."""
    entry(person)
    sustained(person)
    batch(person)


def entry(person: Person) -> None:
    """One entry inside an act's transaction, beside one INSERT of a row of two columns."""

    def ours() -> None:
        with transaction.atomic():
            for _number in range(PER_ROUND):
                _append(person)

    def bare() -> None:
        with transaction.atomic():
            for _number in range(PER_ROUND):
                floors._insert(str(person.pk))

    report.times(f"audit_entries_{PER_ROUND}", ours, bare, ENTRY_TARGET)


def sustained(person: Person) -> None:
    """Appends a second, each in its own transaction, with a sealer at work and without."""
    _seal_all()
    _rate(person)
    sealed, unsealed = [], []
    for _round in range(report.ROUNDS):
        with _sealer():
            sealed.append(_rate(person))
        unsealed.append(_rate(person))
        _seal_all()
    report.rates("appends_while_sealing", sealed, unsealed, SEALED_TARGET)


def batch(person: Person) -> None:
    """Microseconds an entry of one full seal, beside the hashes of its leaves alone."""
    _seal_all()
    for _round in range(BATCH // 1000):
        with transaction.atomic():
            for _number in range(1000):
                _append(person)
    took = report.timed(lambda: seals.seal(now=timezone.now())) / BATCH * 1e6
    floor = statistics.median(report.timed(_hashes) for _try in range(3)) / BATCH * 1e6
    report.within("seal_an_entry", took, floor, limit=BATCH_LIMIT_US, unit="us")


def _append(person: Person) -> None:
    log.append(Action.LISTEN_RENEWED, subject=person, actor=person, facts=FACTS)


def _rate(person: Person) -> float:
    began = perf_counter()
    for _number in range(SUSTAINED):
        with transaction.atomic():
            _append(person)
    return SUSTAINED / (perf_counter() - began)


def _seal_all() -> None:
    while (sealed := seals.seal(now=timezone.now())) and not sealed.took_all:
        pass


def _hashes() -> None:
    """The least that a tree takes: a hash for each leaf, and one for each node."""
    for _number in range(BATCH):
        found = leaf_hash(_LEAF)
        node_hash(found, found)


@contextmanager
def _sealer() -> Iterator[None]:
    """A process that seals once a second; yields once it has begun."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.bench.sealer"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=os.environ, stdin=pipe, stdout=pipe) as process:
        assert process.stdin
        assert process.stdout
        process.stdout.readline()
        try:
            yield
        finally:
            process.stdin.close()
            process.wait(20)
