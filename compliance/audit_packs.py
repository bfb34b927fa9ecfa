"""Packs of the audit log: asked for, made by a worker, taken by who asked, then gone.

What is in one is `audit.pack`'s; how it comes and goes, `packages`'. Asking, making,
taking and deleting are entries.
"""

import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO
from uuid import UUID, uuid4

from django.core.cache import cache
from django.core.files import File
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from compliance import packages
from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log, outside, pack
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.models import AuditPack, Person
from compliance.packages import Kind, Made

LIFE = timedelta(hours=24)
LEASE = timedelta(hours=1)
"""Longer than a pack takes. Not renewed: a transaction that writes holds up the seals,
and all of a pack is read in one."""
MOST_AT_ONCE = 2
KIND = Kind(
    model=AuditPack,
    verb=Verb.VERIFY_AUDIT,
    lease=LEASE,
    counted="entries",
    made=Action.AUDIT_PACK_MADE,
    failed=Action.AUDIT_PACK_FAILED,
    deleted=Action.AUDIT_PACK_DELETED,
)
TooMany, NotThere = packages.TooMany, packages.NotThere


def ask(
    *, since: datetime | None, until: datetime | None, by: Person, now: datetime
) -> AuditPack:
    """Note that what was sealed between these instants is wanted; empty is no bound.

    Raises Refused and TooMany.
    """
    policy.require(by, Verb.VERIFY_AUDIT)
    key = uuid4()
    with transaction.atomic():
        packages.require_room(KIND, most=MOST_AT_ONCE, by=by)
        asked = AuditPack.objects.create(
            id=key,
            owner=by,
            since=since,
            until=until,
            file_name=f"{key}.zip",
            asked_at=now,
            expires_at=now + LIFE,
        )
        facts: dict[str, Fact] = {"since": _day(since), "until": _day(until)}
        log.append(Action.AUDIT_PACK_ASKED, subject=asked, actor=by, facts=facts)
    return asked


def mine(person: Person) -> QuerySet[AuditPack]:
    """A person's own packs, newest first."""
    return packages.mine(KIND, person)


def due(*, now: datetime, limit: int) -> list[UUID]:
    """Ids of packs that no worker has in hand, oldest first."""
    return packages.due(KIND, now=now, limit=limit)


def make(*, pack_id: UUID, now: datetime) -> bool:
    """Write the file of one pack; returns whether this call finished it."""
    return packages.make(KIND, _write, package_id=pack_id, now=now)


def take(
    *, pack_id: UUID, by: Person, now: datetime
) -> "tuple[AuditPack, File[bytes]]":
    """Open the file for its owner, once the entry stands.

    Raises Refused; Hidden for somebody else's; NotThere.
    """
    policy.require(by, Verb.VERIFY_AUDIT)
    asked = packages.owned(KIND, pack_id, by, now=now)
    return asked, packages.take(KIND, asked, action=Action.AUDIT_PACK_TAKEN, by=by)


def sweep(*, now: datetime) -> int:
    """Delete for ever the files whose day is over; returns how many went."""
    return packages.sweep(KIND, packages.over(KIND, now=now))


def progress(asked: AuditPack) -> int:
    """How many entries a worker has written so far, or all of them."""
    return asked.entries or int(cache.get(_progress(asked)) or 0)


def _write(asked: AuditPack) -> Made:
    policy.require(asked.owner, Verb.VERIFY_AUDIT)
    return packages.from_a_file(KIND, asked, _fill)


def _fill(asked: AuditPack, file: IO[bytes]) -> int:
    """Write the pack; returns its entries."""

    def told(so_far: int) -> None:
        cache.set(_progress(asked), so_far, timeout=LEASE.total_seconds())

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            entries = pack.write(
                folder,
                now=timezone.now(),
                since=asked.since,
                until=asked.until,
                outside=outside.held(),
                told=told,
            )
        except pack.NothingSealed as error:
            raise packages.CannotBeMade("nothing_sealed") from error
        pack.zipped(folder, file)
    return entries


def _progress(asked: AuditPack) -> str:
    return f"audit-pack:{asked.id}"


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else "open"
