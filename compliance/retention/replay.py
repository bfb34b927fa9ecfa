"""Brings back, after a restore of the database, what only the journal still knows.

Page by page in the order of writing, streamed: destructions become tombstones again, and
what still lies in the store is destroyed again; holds, releases and restrictions stand as
they stood. Each step may be repeated: what is known is left alone, a page counts as
replayed once all of it is. The sweep goes on when nothing is left.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Protocol

from django.db import transaction

from compliance import anchoring, custody, journal, redaction
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.custody import Custodian, Item, Standing
from compliance.journal import Kind, NotAPage
from compliance.models import JournalEntry, JournalPage, Person
from compliance.retention import hold_journal, restriction_journal, stops

logger = logging.getLogger(__name__)


@dataclass
class Told:
    """What a replay brought back, counted.

    destroyed: tombstones again; again: of these, what lay in the store still; unheard:
    what this database never heard of; unsigned: pages that no key of ours has signed;
    failed: entries that could not be brought back, so that the sweep stays stopped.
    """

    pages: int = 0
    destroyed: int = 0
    again: int = 0
    unheard: int = 0
    holds: int = 0
    released: int = 0
    restricted: int = 0
    lifted: int = 0
    erased: int = 0
    redacted: int = 0
    quarantined: int = 0
    let_out: int = 0
    unsigned: int = 0
    failed: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left to bring back."""
        return self.failed == 0


def replay(*, now: datetime, by: Person | None = None) -> Told:
    """Bring back what this database has forgotten, and let the sweep go on.

    by: who runs it, if that is known. Where something fails, the sweep stays stopped and
    the next run goes on there. Raises VaultError.
    """
    told = Told()
    for name in journal.unknown(everything=True):
        _replay_page(name, told, now)
    anchoring.compare(now=now)  # now, so that what it finds does not stop us once more
    stop = stops.look(now=now)
    if told.is_whole and (stop or told.pages):
        counted = asdict(told)
        del counted["failed"]
        with transaction.atomic():
            log.append(Action.JOURNAL_REPLAYED, subject=stop, actor=by, facts=counted)
            if stop:
                stops.end(stop, told=counted, now=now)
    return told


def rehearse() -> Told:
    """Count what a replay would bring back, and change nothing. Raises VaultError."""
    told = Told()
    for name in journal.unknown(everything=True):
        try:
            page = journal.read(name)
        except NotAPage:
            told.unsigned += 1
            continue
        told.pages += 1
        for act in page.acts:
            counter = _COUNTERS[act.kind]
            setattr(told, counter, getattr(told, counter) + 1)
    return told


_COUNTERS = {
    Kind.DESTRUCTION: "destroyed",
    Kind.HOLD_PLACED: "holds",
    Kind.HOLD_RELEASED: "released",
    Kind.RESTRICTED: "restricted",
    Kind.LIFTED: "lifted",
    Kind.ERASED: "erased",
    Kind.REDACTED: "redacted",
    Kind.QUARANTINED: "quarantined",
    Kind.RELEASED: "let_out",
}
_ROWS: Mapping[Kind, Callable[[JournalEntry], bool]] = {
    Kind.HOLD_PLACED: hold_journal.place_again,
    Kind.HOLD_RELEASED: hold_journal.release_again,
    Kind.RESTRICTED: restriction_journal.place_again,
    Kind.LIFTED: restriction_journal.lift_again,
}
"""What is brought back as rows of ours; the rest is done by whoever keeps the thing."""
assert set(_COUNTERS.values()) <= {field.name for field in fields(Told)}  # noqa: S101


class Eraser(Protocol):
    """Erases again what is kept about a person; returns how many rows."""

    def __call__(self, entry: JournalEntry, *, now: datetime) -> int:
        """Do what the entry tells of. May be repeated."""
        ...


_erasers: list[Eraser] = []


def register_eraser(eraser: Eraser) -> None:
    """Make known who erases again what is kept about a person; called at start-up."""
    _erasers[:] = [eraser]


def _replay_page(name: str, told: Told, now: datetime) -> None:
    try:
        page = journal.take_up(journal.read(name), now=now)
    except NotAPage:
        logger.warning("journal.not_ours", extra={"page": name})
        journal.pass_over(name, now=now)
        told.unsigned += 1
        return
    failed = told.failed
    for entry in page.entries.order_by("pk"):
        _bring_back(entry, told, now)
    if told.failed == failed:
        JournalPage.objects.filter(pk=page.pk).update(replayed_at=now)
        told.pages += 1


def _bring_back(entry: JournalEntry, told: Told, now: datetime) -> None:
    try:
        for counter in _done(entry, now):
            setattr(told, counter, getattr(told, counter) + 1)
    except Exception as error:  # noqa: BLE001  one bad entry must not stop the others
        told.failed += 1
        facts = {"kind": entry.kind, "item": str(entry.item_id)}
        logger.warning(
            "journal.not_replayed", extra={**facts, "error": type(error).__name__}
        )


def _done(entry: JournalEntry, now: datetime) -> Iterator[str]:
    """Bring one entry back; the names of the counters that it adds to."""
    if bring_back := _ROWS.get(Kind(entry.kind)):
        if bring_back(entry):
            yield _COUNTERS[Kind(entry.kind)]
    elif entry.kind == Kind.ERASED:
        for erase in _erasers:
            erase(entry, now=now)
            yield "erased"
    elif entry.kind == Kind.REDACTED:
        yield from _redacted(entry, now)
    elif entry.item_kind in custody.kinds():
        yield from _done_to_item(entry, now)
    else:  # an object of the store that no recording owned
        yield "unheard"


def _redacted(entry: JournalEntry, now: datetime) -> Iterator[str]:
    item = Item(entry.item_kind, entry.item_id)
    keeper = redaction.redactor_of(item.kind)
    standing = keeper and keeper.redact_again(item, entry.said, now=now)
    if standing in (None, Standing.UNHEARD_OF):
        yield "unheard"
    elif standing != Standing.KNOWN:
        yield "redacted"


def _done_to_item(entry: JournalEntry, now: datetime) -> Iterator[str]:
    item = Item(entry.item_kind, entry.item_id)
    keeper: Custodian = custody.custodian_of(item.kind)
    reason = entry.said["reason"]
    if entry.kind == Kind.QUARANTINED:
        if keeper.quarantine(item, reason=reason, now=now):
            yield "quarantined"
    elif entry.kind == Kind.RELEASED:
        if keeper.let_out(item, reason=reason, now=now):
            yield "let_out"
    else:
        standing = keeper.destroy_again(item, reason=reason, now=now)
        if standing in (Standing.ABSENT, Standing.PRESENT):
            yield "destroyed"
        if standing == Standing.PRESENT:
            yield "again"
        if standing == Standing.UNHEARD_OF:
            yield "unheard"
