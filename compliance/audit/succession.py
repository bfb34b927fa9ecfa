"""One seal after another: on what the last one signed, the next is put.

What to go on from is read from the signed body of the last seal, never from a column
beside it. All of this wants the lock, in the transaction of the new seal.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from compliance.audit import sealing_keys
from compliance.audit.checkpoint import Checkpoint
from compliance.audit.horizon import Place
from compliance.audit.stored_tree import Missing, StoredTree
from compliance.audit.tree import Frontier
from compliance.models import AuditSeal, Installation

_LOCK = 7_261_930_252


class Broken(Exception):
    """What is sealed is not as it was sealed: nothing is signed on top of it."""


@dataclass(frozen=True)
class Last:
    """The newest seal, and what it has signed; an empty log has neither."""

    seal: AuditSeal | None
    signed: Checkpoint | None

    @property
    def epoch(self) -> int:
        """The epoch it belongs to."""
        return self.seal.epoch if self.seal else 1

    def why_new_epoch(self, place: Place) -> str:
        """Why it was not made in this life of the database; empty: it was."""
        if self.seal is None or self.signed is None:
            return ""
        if self.seal.system_identifier != place.system_identifier:
            return "other_database"
        return "went_back" if place.next_xid < self.signed.horizon else ""

    def edge(self) -> Frontier:
        """The edge of the tree, which must be the one that was signed. Raises Broken."""
        try:
            frontier = StoredTree().frontier(self.signed.size if self.signed else 0)
        except Missing as error:
            raise Broken(f"no leaf or node {error}") from error
        if self.signed and frontier.root != self.signed.root:
            raise Broken("the leaves do not make the root that was signed")
        return frontier


def try_lock() -> bool:
    """Whether it is our turn until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        (got,) = cursor.fetchone()
    return bool(got)


def wait_for_lock() -> None:
    """Wait until it is our turn; it is until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def last() -> Last:
    """What the next seal goes on from. Raises Broken where it is not ours."""
    seal = AuditSeal.objects.order_by("id").last()
    if seal is None:
        return Last(None, None)
    signed = sealing_keys.checkpoint_of(seal)
    if signed is None:
        raise Broken(f"seal {seal.pk} does not carry our signature")
    return Last(seal, signed)


def put(
    *,
    on: Last,
    frontier: Frontier,
    place: Place,
    horizon: int,
    now: datetime,
    opening: tuple[str, ...] | None = None,
) -> AuditSeal:
    """Sign and store the next seal.

    opening: further lines of the first seal of a new epoch; None: the epoch goes on.
    """
    epoch = on.epoch
    more: tuple[str, ...] = ()
    if opening is not None and on.signed:
        epoch += 1
        left = f"{on.signed.size} {on.signed.root.hex()} of {on.signed.origin}"
        more = (f"epoch {epoch} after {left}", *opening)
    made = sealing_keys.signed(
        Checkpoint(
            origin=f"earwitness/{_installation(now)}/{epoch}",
            size=frontier.size,
            root=frontier.root,
            previous=on.signed.body_hash() if on.signed else "",
            horizon=horizon,
            sealed_at=now,
            more=more,
        )
    )
    made.id = on.seal.pk + 1 if on.seal else 1
    made.epoch, made.system_identifier = epoch, place.system_identifier
    made.save(force_insert=True)
    return made


def _installation(now: datetime) -> str:
    found, _made = Installation.objects.get_or_create(
        only=True, defaults={"made_at": now}
    )
    return str(found.pk)
