"""Checks the audit log against its seals: order, entries, MACs, tree, signatures.

Streams, in flat memory. It shares only the format with `check_audit`, the checker that
is handed out: what one of them overlooks the other may see.
"""

import hmac
from collections.abc import Iterable, Iterator
from datetime import datetime

from compliance.audit import restores, stream, triggers
from compliance.audit.canonical import Leaf, leaf_hash
from compliance.audit.chain import Chain, epoch_of
from compliance.audit.checkpoint import Checkpoint, NotACheckpoint
from compliance.audit.findings import Kind, Report
from compliance.audit.outside import Held
from compliance.audit.stored_tree import Missing, StoredTree
from compliance.audit.tree import Frontier, Node
from compliance.keys import keyring
from compliance.models import AuditSeal

EVERYTHING = 2**62
_NO_LEAF = bytes(32)


def verify(
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    outside: Iterable[Held] = (),
) -> Report:
    """Check what was sealed between these instants, and what waits for a seal.

    since: begins with the newest seal of before, whose root is taken from the kept
    nodes; None is from the first entry. outside: seals held elsewhere, to compare with.
    Reads one snapshot; changes nothing.
    """
    with stream.snapshot():
        return _Check(since, until, outside).run()


def newest_seal(before: datetime | None = None) -> AuditSeal | None:
    """The newest seal, or the newest of up to that instant."""
    seals = AuditSeal.objects.order_by("-id")
    return (seals.filter(sealed_at__lte=before) if before else seals).first()


class _Check:
    """One pass over the log."""

    def __init__(
        self, since: datetime | None, until: datetime | None, outside: Iterable[Held]
    ) -> None:
        self.report = Report()
        base, self._tree = self._base(since)
        first = self.report.first = self.report.size = self._tree.size
        self._chain = Chain(self.report)
        self._is_partial = until is not None
        self._base_horizon = base.horizon if base else 0
        seals = AuditSeal.objects.filter(id__gte=base.id if base else 0).order_by("id")
        last = newest_seal(until)
        until_size = last.size if last else 0
        self._end = until_size if self._is_partial else EVERYTHING
        self._seals = seals.filter(id__lte=last.id if last else 0)
        self._rows = stream.sealed(first, self._end)
        self._nodes = _KeptNodes(self.report, first, self._end)
        self._macs = {key.id: key.secret for key in keyring("audit_mac").keys}
        self._outside = [(one, _parsed(one)) for one in outside]
        self._roots = {note.size: b"" for _held, note in self._outside if note}
        self._last, self._floor, self._ceiling = (0, ""), 0, EVERYTHING
        self._is_torn = False

    def _base(self, since: datetime | None) -> tuple[AuditSeal | None, Frontier]:
        """The seal to begin at, and the tree up to it; from the start without one."""
        base = newest_seal(since) if since else None
        try:
            return base, StoredTree().frontier(base.size if base else 0)
        except Missing as hole:
            self.report.find(Kind.NODE, detail=str(hole))
            return None, Frontier()

    def run(self) -> Report:
        """Look at everything."""
        for name in triggers.off():
            self.report.find(Kind.GUARD_OFF, detail=name)
        for seal in self._seals.iterator(chunk_size=500):
            self._seal(seal)
        self.report.size = self._tree.size
        if beyond := next(self._rows, None):
            self.report.find(Kind.EXTRA_LEAF, beyond.position, entry_id=beyond.entry_id)
        self._nodes.end()
        if not self._is_partial:
            self._unsealed()
            self._compare()
        return self.report

    def _seal(self, seal: AuditSeal) -> None:
        """The entries that a seal covers, and then the seal itself."""
        before = self._chain.last
        checkpoint = self._chain.follow(seal)
        if checkpoint is None:
            return
        self.report.seals += 1
        opens = before is None or epoch_of(before) != epoch_of(checkpoint)
        self.report.epochs += opens
        # what opens an epoch takes entries of another life, whose numbers are any
        is_any = opens and before is not None
        self._floor = before.horizon if before and not opens else 0
        self._ceiling = EVERYTHING if is_any else checkpoint.horizon
        self._last = (0, "")
        self._advance(checkpoint.size)
        self.report.sealed_at = checkpoint.sealed_at
        if self._tree.size != checkpoint.size:
            self.report.find(Kind.LEAF_GONE, self._tree.size)
        elif self._tree.root != checkpoint.root and not self._is_torn:
            self._is_torn = True
            self.report.find(Kind.ROOT, checkpoint.size - 1, detail=f"seal {seal.id}")

    def _advance(self, size: int) -> None:
        while self._tree.size < size:
            here = next(self._rows, None)
            if here is None:
                return
            self._look(here)
            closed = self._tree.append(here.hash or _NO_LEAF)
            if closed:
                self._nodes.compare(closed, self._tree.size)
            if self._tree.size in self._roots:
                self._roots[self._tree.size] = self._tree.root

    def _look(self, here: stream.Sealed) -> None:
        """One entry against its leaf, its MAC and its place."""
        position, kept, entry_id, leaf, raw = here
        if kept is None:
            self.report.find(Kind.LEAF_GONE, position)
        elif leaf is None:
            kind = Kind.UNREADABLE if raw else Kind.ENTRY_GONE
            self.report.find(kind, position, entry_id=entry_id)
        else:
            if leaf_hash(leaf.sealed) != kept:
                self.report.find(Kind.CHANGED, position, entry_id=entry_id)
            if not self._is_authentic(leaf):
                self.report.find(Kind.FORGED, position, entry_id=entry_id)
            place = (leaf.xid, leaf.id)
            if not self._last < place or not self._floor <= leaf.xid < self._ceiling:
                self.report.find(Kind.ORDER, position, entry_id=entry_id)
            self._last = place

    def _is_authentic(self, leaf: Leaf) -> bool:
        secret = self._macs.get(leaf.mac_key_id)
        if secret is None:
            self.report.macs_unchecked += 1
            return True
        return hmac.digest(secret, leaf.signed, "sha256").hex() == leaf.mac

    def _unsealed(self) -> None:
        """Entries without a leaf: the open window, or put in below the last seal."""
        last = self._chain.last
        horizon = last.horizon if last else 0
        for entry_id, xid, leaf in stream.unsealed(self._base_horizon):
            if xid < horizon:
                self.report.find(Kind.INSERTED, None, entry_id=entry_id)
                continue
            self.report.unsealed += 1
            if leaf is None:
                self.report.find(Kind.UNREADABLE, None, entry_id=entry_id)
            elif not self._is_authentic(leaf):
                self.report.find(Kind.FORGED, None, entry_id=entry_id)
        self.report.unsealed_since = stream.oldest_unsealed(horizon)

    def _compare(self) -> None:
        """What others hold of us, against what we hold."""
        given_up = restores.given_up()
        for held, note in self._outside:
            where = f"{held.place} {held.name}"
            if held.note is None:
                self.report.find(Kind.ANCHOR_GONE, None, detail=where)
            elif note is None or not self._chain.knows(note):
                self.report.find(Kind.ANCHOR_FALSE, None, detail=where)
            elif not restores.is_given_up(note, given_up):
                self._compare_one(held, note, where)

    def _compare_one(self, held: Held, note: Checkpoint, where: str) -> None:
        if note.size > self._tree.size:
            self.report.find(Kind.CUT, self._tree.size, detail=f"{where}: {note.size}")
        elif self._roots[note.size] not in (b"", note.root):
            self.report.find(Kind.CONTRADICTED, note.size - 1, detail=where)
        newest = self.report.outside_at
        if newest is None or note.sealed_at > newest:
            self.report.outside_at = note.sealed_at
            self.report.outside_size = note.size
            self.report.outside_place = held.place


class _KeptNodes:
    """The kept nodes, read beside the leaves that they are made of."""

    def __init__(self, report: Report, first: int, end: int) -> None:
        self._report = report
        self._rows: Iterator[Node] = stream.nodes(first, end)
        self._next = next(self._rows, None)

    def compare(self, closed: list[Node], size: int) -> None:
        """What these leaves close must be what is kept."""
        for node in closed:
            self._skip(before=(size, node[0]))
            kept = self._next
            if kept and kept[:2] == node[:2]:
                self._next = next(self._rows, None)
            if kept != node:
                detail = f"{node[0]}/{node[1]}"
                self._report.find(Kind.NODE, size - 1, detail=detail)

    def end(self) -> None:
        """Nothing is kept of what is not there."""
        self._skip(before=(EVERYTHING, 0))

    def _skip(self, *, before: tuple[int, int]) -> None:
        while self._next and _end_of(self._next) < before:
            level, index, _hash = self._next
            self._report.find(Kind.NODE, None, detail=f"{level}/{index}")
            self._next = next(self._rows, None)


def _end_of(node: Node) -> tuple[int, int]:
    """Where a node stands in the order of `stream.nodes`."""
    return (node[1] + 1) << node[0], node[0]


def _parsed(held: Held) -> Checkpoint | None:
    try:
        return Checkpoint.parse(held.note or "")
    except NotACheckpoint:
        return None
