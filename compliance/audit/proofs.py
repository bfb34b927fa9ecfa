"""The proof that one entry stands in the sealed log, checked and ready to be shown."""

import base64
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from compliance.audit import canonical, seals, tree
from compliance.audit.checkpoint import Checkpoint
from compliance.audit.seals import Proof
from compliance.models import AuditEntry


class Standing(StrEnum):
    """What the proof says."""

    PROVED = "proved"
    CHANGED = "changed"
    MISFIT = "misfit"


@dataclass(frozen=True)
class Step:
    """One level of the path: what is known below is joined with its sibling."""

    level: int
    sibling: str
    is_left: bool


@dataclass(frozen=True)
class ShownProof:
    """A proof in words: leaf, steps upwards, root, and the checkpoint that was signed."""

    proof: Proof
    standing: Standing
    leaf: str
    steps: list[Step]
    root: str

    def as_json(self, entry: AuditEntry) -> dict[str, Any]:
        """For whoever checks it with a program of his own (docs/audit-log.md)."""
        return {
            "entry": canonical.canonical(entry.leaf_content()).decode(),
            "position": self.proof.position,
            "size": self.proof.size,
            "leaf": self.leaf,
            "path": [base64.b64encode(one).decode() for one in self.proof.path],
            "checkpoint": self.proof.note,
        }


def shown(entry: AuditEntry) -> ShownProof | None:
    """The proof of an entry; None while it is not sealed.

    Raises LookupError where a key has left its ring, Missing where the tree has a hole.
    """
    proof = seals.proof_of(entry)
    if proof is None:
        return None
    root = Checkpoint.parse(proof.note).root
    return ShownProof(
        proof=proof,
        standing=_standing(entry, proof, root),
        leaf=proof.leaf.hex(),
        steps=_steps(proof),
        root=root.hex(),
    )


def _standing(entry: AuditEntry, proof: Proof, root: bytes) -> Standing:
    sealed = canonical.canonical(entry.leaf_content())
    if canonical.leaf_hash(sealed) != proof.leaf:
        return Standing.CHANGED
    is_in = tree.verify_inclusion(
        proof.leaf, proof.position, proof.size, proof.path, root
    )
    return Standing.PROVED if is_in else Standing.MISFIT


def _steps(proof: Proof) -> list[Step]:
    """Which side each sibling stands on (RFC 9162, 2.1.3.2)."""
    index, last, steps = proof.position, proof.size - 1, []
    for level, sibling in enumerate(proof.path):
        is_left = bool(index & 1) or index == last
        steps.append(Step(level, sibling.hex(), is_left))
        if is_left:
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        index, last = index >> 1, last >> 1
    return steps
