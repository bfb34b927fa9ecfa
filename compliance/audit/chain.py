"""Whether the seals are genuine, and each follows the one before it."""

from compliance.audit import sealing_keys
from compliance.audit.checkpoint import Checkpoint, note_of
from compliance.audit.findings import Kind, Report
from compliance.models import AuditSeal


def epoch_of(checkpoint: Checkpoint) -> int:
    """Its epoch, which is the last part of its origin."""
    number = checkpoint.origin.rpartition("/")[2]
    return int(number) if number.isdecimal() else 0


class Chain:
    """The seals in their order; what is wrong with them goes into the report."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._keys = sealing_keys.publics()
        self.last: Checkpoint | None = None

    def follow(self, seal: AuditSeal) -> Checkpoint | None:
        """Look at the next seal. Returns what it says, None where it cannot be read."""
        at = seal.size - 1
        public = self._keys.get(seal.key_id)
        if public is None:
            self._report.find(Kind.NO_KEY, at, detail=seal.key_id)
        try:
            note = note_of(seal.body, seal.signature_bytes, public or bytes(32))
            checkpoint = Checkpoint.parse(note)
        except ValueError:
            self._report.find(Kind.SIGNATURE, at)
            return None
        if public is not None and not checkpoint.verify(public):
            self._report.find(Kind.SIGNATURE, at)
        if not says_the_same(seal, checkpoint):
            self._report.find(Kind.SEAL_ROW, at)
        if not self._follows(checkpoint):
            self._report.find(Kind.SEAL_CHAIN, at)
        self.last = checkpoint
        return checkpoint

    def _follows(self, one: Checkpoint) -> bool:
        """Names the one before, and goes on where it ended."""
        before = self.last
        if before is None:
            return True
        is_later = (epoch_of(one), one.size) >= (epoch_of(before), before.size)
        is_told = one.origin == before.origin or any(
            line == _opening(before, one) for line in one.more
        )
        return one.previous == before.body_hash() and is_later and is_told

    def knows(self, checkpoint: Checkpoint) -> bool:
        """Whether a key of the ring has signed it."""
        return any(checkpoint.verify(public) for public in self._keys.values())


def _opening(before: Checkpoint, one: Checkpoint) -> str:
    """The line that opens an epoch."""
    root = before.root.hex()
    return f"epoch {epoch_of(one)} after {before.size} {root} of {before.origin}"


def says_the_same(seal: AuditSeal, body: Checkpoint) -> bool:
    """Whether the columns of a seal repeat its body."""
    row = (seal.epoch, seal.size, seal.root, seal.previous, seal.horizon)
    said = (epoch_of(body), body.size, body.root.hex(), body.previous, body.horizon)
    return row == said and seal.sealed_at == body.sealed_at and body.body() == seal.body
