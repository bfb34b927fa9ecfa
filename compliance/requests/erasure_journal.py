"""The journal of erasures: what is told before one, and done again after a restore.

A page says whom it was about by opaque ids alone. A restored database has the numbers, and
the stays that bore the names, under the same ids, and finds the same rows.
"""

import hashlib
from datetime import datetime
from uuid import UUID

from compliance import commitments, journal
from compliance.commitments import Facts
from compliance.custody import Bearing, Subject
from compliance.journal import Act, Kind
from compliance.models import JournalEntry, PhoneNumber, RequestPlan
from compliance.requests import neighbours, plan_contents, subject, traces

REQUEST = "request"
NUMBER = "number"
ROWS = 500


def write(found: RequestPlan, *, now: datetime) -> None:
    """Owe the vault a page of it, and commit to the numbers while they are known.

    The caller is in `atomic()`, and saves the plan.
    """
    person = subject.of(found.request, before=found.frozen_at)
    said = {
        "numbers": [
            [str(one.number), _text(one.since), _text(one.until)]
            for one in person.numbers
        ],
        "stays": sorted(map(str, neighbours.stays(person.names))),
        "calls": sorted(map(str, person.calls)),
        "before": _text(person.before),
        "spare": sorted(map(str, plan_contents.spared(found))),
        "redacted": sorted(map(str, plan_contents.redacted(found))),
    }
    journal.owe([Act(Kind.ERASED, REQUEST, found.request_id, said)], now=now)
    numbers = PhoneNumber.objects.filter(pk__in=[one.number for one in person.numbers])
    found.commitments = [
        _commitment(found.request_id, str(one.e164)) for one in numbers.order_by("pk")
    ]


def facts_of(request_id: UUID, e164: str) -> Facts:
    """What a certificate commits to of a number: its hash, bound to the request."""
    return Facts(NUMBER, request_id, hashlib.sha256(e164.encode()).hexdigest())


def erase_again(entry: JournalEntry, *, now: datetime) -> int:
    """Erase what a restored database brought back about a person; returns how many rows.

    May be repeated. Recordings are brought back to their end by pages of their own.
    """
    said = entry.said
    person = Subject(
        numbers=tuple(
            Bearing(UUID(pk), _moment(since), _moment(until))
            for pk, since, until in said["numbers"]
        ),
        names=frozenset(neighbours.names([UUID(one) for one in said["stays"]])),
        calls=frozenset(map(UUID, said["calls"])),
        before=_moment(said["before"]),
    )
    spare = {UUID(one) for one in said["spare"]}
    redacted = {UUID(one) for one in said["redacted"]}
    erased = 0
    for kept in traces.registered():
        stays = traces.spared(kept, spare, redacted)
        while rows := kept.erase(person, spare=stays, now=now, limit=ROWS):
            erased += rows
    return erased


def _commitment(request_id: UUID, e164: str) -> dict[str, str]:
    made = commitments.made(facts_of(request_id, e164))
    return {"commitment": made.value, "commitment_key": made.key_id}


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
