"""Checking a million entries against their seals, beside hashing what the cursor gives.

The floor reads the same rows from the same cursor and hashes their bytes, once: no MAC,
no tree, no order. Memory is that of a whole process that checks 10,000 and 1,000,000.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from time import perf_counter

from compliance.audit import stream
from compliance.audit.verify import EVERYTHING, verify
from tests import evidence
from tests.bench import report

FEW, MANY = 10_000, 1_000_000
ROUNDS = 3
TARGET = 3.0
FLAT = 1.1
"""The process may take so many times the memory for a hundred times the entries."""
_CHECK = """
import resource
import django
django.setup()
from compliance.audit.verify import verify
assert verify().is_sound
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def run() -> None:
    """Measure, and leave the log empty."""
    with evidence.emptied():
        evidence.fill(FEW)
        evidence.seal_all()
        few = _megabytes()
        evidence.fill(MANY - FEW, first=FEW)
        evidence.seal_all()
        ours, floors = [], []
        for _round in range(ROUNDS):
            ours.append(_rate(_verify))
            floors.append(_rate(_floor))
        report.rates("verify_entries", ours, floors, TARGET)
        many = _megabytes()
        report.within("verify_memory", many, few, limit=few * FLAT, unit="MB")


def _rate(read: Callable[[], int]) -> float:
    """Entries a second."""
    begun = perf_counter()
    entries = read()
    return entries / (perf_counter() - begun)


def _verify() -> int:
    checked = verify()
    if not checked.is_sound:
        raise RuntimeError(f"a clean log is not sound: {checked.findings}")
    return checked.entries


def _floor() -> int:
    entries = 0
    with stream.snapshot():
        for row in stream.rows(stream.LEAVES, [0, EVERYTHING]):
            hashlib.sha256("".join(map(str, row)).encode()).digest()
            entries += 1
    return entries


def _megabytes() -> float:
    """The most memory that a process of its own takes for the check."""
    done = subprocess.run(
        [sys.executable, "-c", _CHECK],
        env=os.environ.copy(),
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout) / 1024
