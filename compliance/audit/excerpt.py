"""The entries about some things, each with the proof that it stands in the sealed log.

One line of JSON an entry, in the order of the log: its canonical bytes as text, its
position, and the path to the root of the newest checkpoint (docs/production.md). An
entry that this checkpoint does not cover yet comes without a proof, at the end.
"""

import base64
import json
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import IO
from uuid import UUID

from compliance.audit import sealing_keys, seals, stream, tree
from compliance.audit.canonical import COLUMNS, leaf_of
from compliance.audit.checkpoint import fingerprint
from compliance.audit.stored_tree import StoredTree
from compliance.audit.tree import Nodes
from compliance.models import AuditSeal

RENEWED_EVERY = 2_000
"""Proofs, after which what was read of the tree is forgotten: memory stays flat."""
_ABOUT = f"""
SELECT leaf.position, {COLUMNS}
FROM compliance_auditentry entry
LEFT JOIN compliance_auditleaf leaf ON leaf.entry_id = entry.id
WHERE entry.object_pk = ANY(%s)
ORDER BY leaf.position NULLS LAST, entry.id
"""  # noqa: S608  a list of columns of our own


def write(file: IO[bytes], about: Collection[UUID]) -> tuple[int, str]:
    """Write the lines; returns how many, and the checkpoint (empty before the first seal).

    Raises LookupError where a key has left its ring, Missing where the tree has a hole.
    """
    lines = 0
    with stream.snapshot():
        newest = seals.latest()
        for line in _lines(newest, about):
            file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
            lines += 1
        return lines, seals.note_of(newest) if newest else ""


def keys() -> dict[str, dict[str, str]]:
    """The public keys of checkpoints and statements, by their ids."""
    return {
        key_id: {
            "public": base64.b64encode(public).decode(),
            "fingerprint": fingerprint(public),
        }
        for key_id, public in sealing_keys.publics().items()
    }


def _lines(
    newest: AuditSeal | None, about: Collection[UUID]
) -> Iterator[dict[str, object]]:
    size = newest.size if newest else 0
    nodes = _nodes()
    wanted: list[str] = sorted(map(str, about))
    for n, (position, *columns) in enumerate(stream.rows(_ABOUT, [wanted])):  # type: ignore[list-item]
        if n and not n % RENEWED_EVERY:
            nodes = _nodes()
        told: dict[str, object] = {"entry": leaf_of(columns).sealed.decode()}
        if position is not None and position < size:
            path = tree.inclusion_proof(nodes, position, size)
            told["position"] = position
            told["path"] = [base64.b64encode(one).decode() for one in path]
        yield told


def _nodes() -> Nodes:
    return lru_cache(maxsize=4_096)(StoredTree())
