"""Files that are asked for, made by a worker, taken, and gone when their day is over.

What is in one is its kind's business. A worker holds a lease by the database's clock;
one that comes back late finds the attempt gone on and changes nothing. What fails is
tried again a little later, three times in all. The end of each step is an entry.
"""

import logging
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import IO, Any, Generic, TypeVar
from uuid import UUID

from django.core.files import File
from django.core.files.storage import storages
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import Http404
from django.utils.translation import gettext as _

from compliance.access.permissions import Verb
from compliance.access.refusals import Hidden, Refused
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.leases import FREE
from compliance.models import Package, PackageState, Person

logger = logging.getLogger(__name__)

WAIT = timedelta(seconds=30)
"""Before another try, and again as long with every one."""
MOST_ATTEMPTS = 3
State = PackageState
P = TypeVar("P", bound=Package)


class TooMany(Exception):
    """This person already waits for as many files as one may."""


class NotThere(Exception):
    """There is no file to take: not yet, no longer, or the store does not give it."""


class Superseded(Exception):
    """Another worker has this file now, or nobody wants it any more."""


class CannotBeMade(Exception):
    """It would not come out better another time; the text is a code that says why."""


@dataclass(frozen=True)
class Kind(Generic[P]):
    """One kind of file.

    lease: how long a worker may be silent. counted: the field that says how much is in
    it, by which name the entries tell it, too. cleared: what another try begins from.
    lost: what the store raises where it has no such file.
    """

    model: type[P]
    verb: Verb
    lease: timedelta
    counted: str
    made: Action
    failed: Action
    deleted: Action
    cleared: Mapping[str, Any] = field(default_factory=dict)
    lost: tuple[type[Exception], ...] = (OSError,)


@dataclass(frozen=True)
class Made:
    """A file that lies in the store: its name, how much is in it, its size in bytes.

    also: what else its row learns. within: what else is written with it, or not at all.
    """

    name: str
    counted: int
    size: int
    also: Mapping[str, Any] = field(default_factory=dict)
    within: Callable[[], None] | None = None


def require_room(kind: Kind[P], *, most: int, by: Person) -> None:
    """Raise TooMany where he waits for that many; locks him until the transaction ends."""
    Person.objects.select_for_update(no_key=True).get(pk=by.pk)
    if mine(kind, by).filter(state__in=Package.UNFINISHED).count() >= most:
        raise TooMany


def mine(kind: Kind[P], person: Person) -> QuerySet[P]:
    """A person's own files, newest first."""
    return _rows(kind).filter(owner=person).order_by("-asked_at", "-id")


def waiting(kind: Kind[P], *, now: datetime) -> QuerySet[P]:
    """Those that no worker has in hand, oldest first."""
    rows = _rows(kind).filter(FREE, state__in=Package.UNFINISHED, expires_at__gt=now)
    return rows.order_by("asked_at")


def due(kind: Kind[P], *, now: datetime, limit: int) -> list[UUID]:
    """Their ids, up to so many."""
    return list(waiting(kind, now=now).values_list("id", flat=True)[:limit])


def make(
    kind: Kind[P], write: Callable[[P], Made], *, package_id: UUID, now: datetime
) -> bool:
    """Have one file made; returns whether this call finished it.

    write: makes and stores it; raises Superseded, Refused or CannotBeMade, and anything
    else for what is worth another try.
    """
    package = _claim(kind, package_id, now)
    if package is None:
        return False
    try:
        return _finish(kind, package, write(package), now)
    except Superseded:
        return False
    except Refused:
        _fail(kind, package, reason="refused")
    except CannotBeMade as error:
        _fail(kind, package, reason=str(error))
    except Exception as error:
        _put_back(kind, package, error)
        raise
    return False


def from_a_file(kind: Kind[P], package: P, fill: Callable[[P, IO[bytes]], int]) -> Made:
    """Let it be written to a file here first, then store it; fill returns its count."""
    with tempfile.TemporaryFile() as file:
        counted = fill(package, file)
        size = file.tell()
        name = store(kind, package, file)
    return Made(name, counted, size)


def store(kind: Kind[P], package: P, file: IO[bytes]) -> str:
    """Store the bytes in place of what a dead attempt may have left; returns the name.

    Raises Superseded where the attempt is no longer ours.
    """
    if not _held(kind, package).exists():
        raise Superseded
    storages["exports"].delete(package.file_name)
    return storages["exports"].save(package.file_name, File(file))


def go_on(kind: Kind[P], package: P, **told: Any) -> None:
    """Renew the lease and say how far it is. Raises Superseded once it is lost."""
    if not _held(kind, package).update(**told, claimed_until=Now() + kind.lease):
        raise Superseded


def owned(kind: Kind[P], package_id: UUID, by: Person, *, now: datetime) -> P:
    """His own file, if it is ready. Raises Http404, Hidden for another's; NotThere."""
    package = _rows(kind).filter(id=package_id).first()
    if package is None:
        raise Http404
    if package.owner_id != by.pk:
        reason = _("Only who asked for a file may take it.")
        raise Hidden(
            Refused(verb=kind.verb, code="not_owner", reason=reason, subject=package)
        )
    require_ready(package, now=now)
    return package


def require_ready(package: Package, *, now: datetime) -> None:
    """Raise NotThere unless there is a file to take."""
    if package.state != State.READY or package.expires_at <= now:
        raise NotThere


def take(kind: Kind[P], package: P, *, action: Action, by: Person) -> "File[bytes]":
    """Open the file, once the entry stands. Raises NotThere."""
    with transaction.atomic():
        facts = {kind.counted: getattr(package, kind.counted)}
        log.append(action, subject=package, actor=by, facts=facts)
        try:
            return storages["exports"].open(package.file_name)
        except kind.lost as error:
            raise NotThere from error


def sweep(kind: Kind[P], over: Iterable[P], **blanked: Any) -> int:
    """Delete these files for ever; returns how many went.

    blanked: what their rows forget then. A file that the store does not let go stays
    for the next run.
    """
    gone = 0
    for package in over:
        try:
            gone += _delete(kind, package, blanked)
        except Exception:
            told = {"kind": kind.model._meta.model_name, "package": str(package.id)}
            logger.exception("packages.not_deleted", extra=told)
    return gone


def over(kind: Kind[P], *, now: datetime) -> QuerySet[P]:
    """Those whose day is over, and whose file may still be there."""
    rows = _rows(kind).filter(FREE, expires_at__lte=now)
    return rows.exclude(state=State.GONE)


def _rows(kind: Kind[P]) -> QuerySet[P]:
    return kind.model._default_manager.all()


def _claim(kind: Kind[P], package_id: UUID, now: datetime) -> P | None:
    """Lease it by the database's clock; None when it is taken, over, or given up."""
    with transaction.atomic():
        rows = _rows(kind).select_for_update(of=("self",), no_key=True)
        free = rows.filter(
            FREE, id=package_id, state__in=Package.UNFINISHED, expires_at__gt=now
        )
        package = free.select_related("owner").first()
        if package is None:
            return None
        if package.attempt >= MOST_ATTEMPTS:
            _fail(kind, package, reason="worker_lost")
            return None
        package.attempt += 1
        _rows(kind).filter(id=package.id).update(
            state=State.MAKING,
            claimed_until=Now() + kind.lease,
            attempt=package.attempt,
            **{kind.counted: 0, **kind.cleared},
        )
        return package


def _held(kind: Kind[P], package: P) -> QuerySet[P]:
    """The row, as long as this attempt has it."""
    return _rows(kind).filter(
        id=package.id, attempt=package.attempt, state=State.MAKING
    )


def _finish(kind: Kind[P], package: P, made: Made, now: datetime) -> bool:
    with transaction.atomic():
        ready = _held(kind, package).update(
            state=State.READY,
            file_name=made.name,
            made_at=now,
            claimed_until=None,
            **{kind.counted: made.counted, **made.also},
        )
        if ready:
            facts: dict[str, Fact] = {kind.counted: made.counted, "bytes": made.size}
            log.append(kind.made, subject=package, facts=facts)
            if made.within:
                made.within()
    if not ready:
        storages["exports"].delete(made.name)
    return bool(ready)


def _put_back(kind: Kind[P], package: P, error: Exception) -> None:
    """Let it be tried again a little later, unless it was tried often enough."""
    if package.attempt >= MOST_ATTEMPTS:
        _fail(kind, package, reason=type(error).__name__[:60])
        return
    later = Now() + WAIT * package.attempt
    _held(kind, package).update(state=State.WAITING, claimed_until=later)


def _fail(kind: Kind[P], package: P, *, reason: str) -> None:
    with transaction.atomic():
        ours = _rows(kind).filter(
            id=package.id, attempt=package.attempt, state__in=Package.UNFINISHED
        )
        if ours.update(state=State.FAILED, reason=reason, claimed_until=None):
            facts: dict[str, Fact] = {"reason": reason}
            log.append(kind.failed, subject=package, facts=facts)


def _delete(kind: Kind[P], package: P, blanked: Mapping[str, Any]) -> bool:
    storages["exports"].delete(package.file_name)
    with transaction.atomic():
        rows = _rows(kind).filter(id=package.id).exclude(state=State.GONE)
        if not rows.update(state=State.GONE, claimed_until=None, **blanked):
            return False
        if package.made_at:
            facts = {kind.counted: getattr(package, kind.counted)}
            log.append(kind.deleted, subject=package, facts=facts)
    return True
