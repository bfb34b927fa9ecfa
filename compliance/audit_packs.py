"""Packs of the audit log: asked for, made by a worker, taken by who asked, then gone.

What is in one is `audit.pack`'s. Asking, making, taking and deleting are entries.
"""

import logging
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.core.cache import cache
from django.core.files import File
from django.core.files.storage import storages
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import Http404
from django.utils.translation import gettext as _

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.access.refusals import Hidden, Refused
from compliance.audit import log, outside, pack
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.leases import FREE
from compliance.models import AuditPack, Person

logger = logging.getLogger(__name__)

LIFE = timedelta(hours=24)
LEASE = timedelta(hours=1)
"""Longer than a pack takes. Not renewed: a transaction that writes holds up the seals,
and all of a pack is read in one."""
WAIT = timedelta(seconds=30)
MOST_ATTEMPTS = 3
MOST_AT_ONCE = 2
State = AuditPack.State


class TooMany(Exception):
    """This person already waits for as many packs as one may."""


class NotThere(Exception):
    """There is no file to take: not yet, or no longer."""


class _Superseded(Exception):
    """Another worker has this pack now."""


def ask(
    *, since: datetime | None, until: datetime | None, by: Person, now: datetime
) -> AuditPack:
    """Note that what was sealed between these instants is wanted; empty is no bound.

    Raises Refused and TooMany.
    """
    policy.require(by, Verb.VERIFY_AUDIT)
    with transaction.atomic():
        Person.objects.select_for_update(no_key=True).get(pk=by.pk)
        if mine(by).filter(state__in=AuditPack.UNFINISHED).count() >= MOST_AT_ONCE:
            raise TooMany
        asked = AuditPack.objects.create(
            owner=by, since=since, until=until, asked_at=now, expires_at=now + LIFE
        )
        facts: dict[str, Fact] = {"since": _day(since), "until": _day(until)}
        log.append(Action.AUDIT_PACK_ASKED, subject=asked, actor=by, facts=facts)
    return asked


def mine(person: Person) -> QuerySet[AuditPack]:
    """A person's own packs, newest first."""
    return AuditPack.objects.filter(owner=person).order_by("-asked_at", "-id")


def due(*, now: datetime, limit: int) -> list[UUID]:
    """Ids of packs that no worker has in hand, oldest first."""
    rows = AuditPack.objects.filter(
        FREE, state__in=AuditPack.UNFINISHED, expires_at__gt=now
    )
    return list(rows.order_by("asked_at").values_list("id", flat=True)[:limit])


def make(*, pack_id: UUID, now: datetime) -> bool:
    """Write the file of one pack; returns whether this call finished it.

    What fails is tried again a little later, three times in all.
    """
    asked = _claim(pack_id, now)
    if asked is None:
        return False
    try:
        policy.require(asked.owner, Verb.VERIFY_AUDIT)
        entries, size = _write(asked, now)
        return _finish(asked, entries=entries, size=size, now=now)
    except _Superseded:
        return False
    except Refused:
        _failed(asked, reason="refused")
    except pack.NothingSealed:
        _failed(asked, reason="nothing_sealed")
    except Exception as error:
        _put_back(asked, error)
        raise
    return False


def take(
    *, pack_id: UUID, by: Person, now: datetime
) -> "tuple[AuditPack, File[bytes]]":
    """Open the file for its owner, once the entry stands.

    Raises Refused; Hidden for somebody else's; NotThere.
    """
    policy.require(by, Verb.VERIFY_AUDIT)
    asked = _owned(pack_id, by)
    if asked.state != State.READY or asked.expires_at <= now:
        raise NotThere
    with transaction.atomic():
        facts: dict[str, Fact] = {"entries": asked.entries}
        log.append(Action.AUDIT_PACK_TAKEN, subject=asked, actor=by, facts=facts)
        try:
            file = storages["exports"].open(asked.file_name)
        except OSError as error:
            raise NotThere from error
    return asked, file


def sweep(*, now: datetime) -> int:
    """Delete for ever the files whose day is over; returns how many went."""
    over = AuditPack.objects.filter(FREE, expires_at__lte=now)
    gone = 0
    for asked in over.exclude(state=State.GONE):
        try:
            gone += _delete(asked)
        except Exception:
            logger.exception("audit_packs.not_deleted", extra={"pack": str(asked.id)})
    return gone


def _claim(pack_id: UUID, now: datetime) -> AuditPack | None:
    """Lease it by the database's clock; None when it is taken, over, or given up."""
    with transaction.atomic():
        rows = AuditPack.objects.select_for_update(of=("self",)).filter(
            FREE, id=pack_id, state__in=AuditPack.UNFINISHED, expires_at__gt=now
        )
        asked = rows.select_related("owner").first()
        if asked is None:
            return None
        if asked.attempt >= MOST_ATTEMPTS:
            _failed(asked, reason="worker_lost")
            return None
        asked.attempt += 1
        AuditPack.objects.filter(id=asked.id).update(
            state=State.MAKING,
            claimed_until=Now() + LEASE,
            attempt=asked.attempt,
            entries=0,
        )
        return asked


def _write(asked: AuditPack, now: datetime) -> tuple[int, int]:
    """Make the file and store it; returns its entries and its size in bytes."""

    def told(so_far: int) -> None:
        cache.set(_progress(asked), so_far, timeout=LEASE.total_seconds())

    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryFile() as file:
        folder = Path(name)
        entries = pack.write(
            folder,
            now=now,
            since=asked.since,
            until=asked.until,
            outside=outside.held(),
            told=told,
        )
        pack.zipped(folder, file)
        size = file.tell()
        if not _held(asked).exists():
            raise _Superseded
        storages["exports"].delete(asked.file_name)
        storages["exports"].save(asked.file_name, File(file))
        return entries, size


def progress(asked: AuditPack) -> int:
    """How many entries a worker has written so far, or all of them."""
    return asked.entries or int(cache.get(_progress(asked)) or 0)


def _progress(asked: AuditPack) -> str:
    return f"audit-pack:{asked.id}"


def _held(asked: AuditPack) -> QuerySet[AuditPack]:
    """The row, as long as this attempt has it."""
    return AuditPack.objects.filter(
        id=asked.id, attempt=asked.attempt, state=State.MAKING
    )


def _finish(asked: AuditPack, *, entries: int, size: int, now: datetime) -> bool:
    with transaction.atomic():
        ready = _held(asked).update(
            state=State.READY, entries=entries, made_at=now, claimed_until=None
        )
        if ready:
            facts: dict[str, Fact] = {"entries": entries, "bytes": size}
            log.append(Action.AUDIT_PACK_MADE, subject=asked, facts=facts)
    return bool(ready)


def _put_back(asked: AuditPack, error: Exception) -> None:
    """Let it be tried again a little later, unless it was tried often enough."""
    if asked.attempt >= MOST_ATTEMPTS:
        _failed(asked, reason=type(error).__name__[:60])
        return
    later = Now() + WAIT * asked.attempt
    _held(asked).update(state=State.WAITING, claimed_until=later)


def _failed(asked: AuditPack, *, reason: str) -> None:
    with transaction.atomic():
        ours = AuditPack.objects.filter(
            id=asked.id, attempt=asked.attempt, state__in=AuditPack.UNFINISHED
        )
        if ours.update(state=State.FAILED, reason=reason, claimed_until=None):
            facts: dict[str, Fact] = {"reason": reason}
            log.append(Action.AUDIT_PACK_FAILED, subject=asked, facts=facts)


def _delete(asked: AuditPack) -> bool:
    storages["exports"].delete(asked.file_name)
    with transaction.atomic():
        rows = AuditPack.objects.filter(id=asked.id).exclude(state=State.GONE)
        if not rows.update(state=State.GONE, claimed_until=None):
            return False
        if asked.made_at:
            facts: dict[str, Fact] = {"entries": asked.entries}
            log.append(Action.AUDIT_PACK_DELETED, subject=asked, facts=facts)
    return True


def _owned(pack_id: UUID, by: Person) -> AuditPack:
    asked = AuditPack.objects.filter(id=pack_id).first()
    if asked is None:
        raise Http404
    if asked.owner_id != by.pk:
        reason = _("Only who asked for a pack may take it.")
        verb = Verb.VERIFY_AUDIT
        raise Hidden(Refused(verb=verb, code="not_owner", reason=reason, subject=asked))
    return asked


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else "open"
