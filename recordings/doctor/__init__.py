"""Look at everything this installation depends on, and say what is wrong in a line each.

The checks know nothing of each other: one that fails, hangs or breaks is one FAIL, and
the others go on. No line holds a secret or anything about a person.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from django.db import DatabaseError

from recordings.doctor import (
    approvals,
    clocks,
    configuration,
    database,
    identity_provider,
    journaling,
    redis_server,
    stock,
    storage,
    telephony,
    webhooks,
    workers,
)
from recordings.doctor.patience import TooLong, at_most
from recordings.finding import Finding, Level, fail


class Looks(Protocol):
    """Looks at one thing; may yield many findings."""

    def __call__(self) -> Iterable[Finding]:
        """Everything it found, in the order in which it looked."""


@dataclass(frozen=True)
class Check:
    """A look at one area, and how long it may take at the most."""

    look: Looks
    seconds: int = 20


CHECKS = {
    "settings": Check(configuration.findings),
    "database": Check(database.findings),
    "approvals": Check(approvals.findings),
    "sign-in": Check(identity_provider.findings),
    "redis": Check(redis_server.findings),
    "beat": Check(workers.beat),
    "worker": Check(workers.worker),
    "clocks": Check(clocks.findings, 40),
    "livekit": Check(telephony.findings, 50),
    "webhooks": Check(webhooks.findings),
    "store": Check(storage.findings, 60),
    "journal": Check(journaling.findings),
    "inventory": Check(stock.findings),
}
"""By area, in the order in which one depends on another."""


@dataclass(frozen=True)
class Line:
    """One finding, and where it belongs."""

    area: str
    finding: Finding

    @property
    def is_bad(self) -> bool:
        """Whether something does not work."""
        return self.finding.level is Level.FAIL


def examine(areas: Collection[str] = ()) -> Iterator[Line]:
    """Carry out the checks of these areas, or all; tells each as soon as it is done."""
    for area, check in CHECKS.items():
        if not areas or area in areas:
            yield from (Line(area, finding) for finding in _carried_out(check))


def _carried_out(check: Check) -> list[Finding]:
    found: list[Finding] = []
    try:
        with at_most(check.seconds):
            # one after another: what was found before it hung or broke is kept
            for finding in check.look():
                found.append(finding)
    except TooLong:
        told = f"gave no answer within {check.seconds} seconds"
        found.append(fail(told, "Is it reachable from this machine?"))
    except DatabaseError as error:
        found.append(_broken(error, "Put the database right first."))
    except Exception as error:  # noqa: BLE001  one check never stops the others
        found.append(_broken(error, "Is it what README says it should be?"))
    return found


def _broken(error: Exception, remedy: str) -> Finding:
    """By its kind alone: what an exception says may be somebody's."""
    return fail(f"could not be looked at ({type(error).__name__})", remedy)
