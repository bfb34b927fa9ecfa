"""Tells a lawful restore from tampering: a sealed statement of what was lost.

A database that was brought back from a backup, or moved, no longer has what was
written after it. A checkpoint that was held outside proves how far the log had come;
the statement names it, and the approval of two people, in the first seal of an epoch.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from compliance.audit import horizon, log, sealing_keys, succession
from compliance.audit.actions import Action
from compliance.audit.checkpoint import Checkpoint
from compliance.audit.facts import Fact
from compliance.models import AuditSeal

FORK = "fork"
"""First word of the line of the statement."""
_STATEMENT = re.compile(
    rf"{FORK} (?P<common>\d+) lost (?P<size>\d+) [0-9a-f]+ of (?P<origin>\S+) approved .+"
)


class NotOurs(ValueError):
    """The checkpoint was not signed by a key of the ring."""


class NothingToAcknowledge(ValueError):
    """The log is the one that the checkpoint tells of, and no epoch is unaccounted for."""


class TooSoon(Exception):
    """The sealer has yet to find out that the database is another."""


@dataclass(frozen=True)
class Loss:
    """common: entries that both logs have; lost: entries that only the other had."""

    common: int
    lost: int


def unacknowledged() -> int | None:
    """The newest epoch, if nobody has accounted for how it began; else None."""
    newest = AuditSeal.objects.order_by("id").last()
    if newest is None or newest.epoch == 1:
        return None
    first = AuditSeal.objects.filter(epoch=newest.epoch).earliest("id")
    return None if f"\n{FORK} " in first.body else newest.epoch


def loss(held: Checkpoint) -> Loss:
    """What a restore has lost, by the last checkpoint that is held outside.

    What was sealed here before it was made is from before the restore: both logs have
    it. Raises NotOurs, NothingToAcknowledge.
    """
    if not any(held.verify(public) for public in sealing_keys.publics().values()):
        raise NotOurs
    before = AuditSeal.objects.filter(sealed_at__lte=held.sealed_at)
    kept = before.order_by("id").last()
    is_known = kept is not None and kept.body == held.body()
    if is_known and unacknowledged() is None:
        raise NothingToAcknowledge
    common = min(kept.size, held.size) if kept else 0
    return Loss(common, held.size - common)


def statements() -> QuerySet[AuditSeal]:
    """The seals that carry a statement of what was lost."""
    return AuditSeal.objects.filter(body__contains=f"\n{FORK} ").order_by("id")


def given_up() -> list[Checkpoint]:
    """What such seals say, where they are genuine."""
    signed = (sealing_keys.checkpoint_of(seal) for seal in statements())
    return [one for one in signed if one is not None]


def is_given_up(held: Checkpoint, statements: Iterable[Checkpoint]) -> bool:
    """Whether it tells of entries that two people have said are lost."""
    lines = (line for one in statements for line in one.more)
    told = (_STATEMENT.fullmatch(line) for line in lines)
    return any(
        found["origin"] == held.origin
        and int(found["common"]) < held.size <= int(found["size"])
        for found in told
        if found
    )


def acknowledge(*, held: Checkpoint, approval: UUID, now: datetime) -> AuditSeal:
    """Seal the statement, as the first seal of a new epoch; the tree grows by nothing.

    approval: of the two people. Raises NotOurs, NothingToAcknowledge, TooSoon, and
    Broken where the log is not what was signed: that no statement can heal.
    """
    with transaction.atomic():
        succession.wait_for_lock()
        found = loss(held)
        last, place = succession.last(), horizon.place()
        if last.signed is None or last.why_new_epoch(place):
            raise TooSoon
        made = succession.put(
            on=last,
            frontier=last.edge(),
            place=place,
            horizon=last.signed.horizon,
            now=now,
            opening=(_line(found, held, approval),),
        )
        facts: dict[str, Fact] = {
            "epoch": made.epoch,
            "common": found.common,
            "lost": found.lost,
            "approval": str(approval),
        }
        log.append(Action.AUDIT_RESTORE_ACKNOWLEDGED, facts=facts)
    return made


def _line(found: Loss, held: Checkpoint, approval: UUID) -> str:
    """The statement: up to where both are one, and what the lost log came to."""
    lost = f"{held.size} {held.root.hex()} of {held.origin}"
    return f"{FORK} {found.common} lost {lost} approved {approval}"
