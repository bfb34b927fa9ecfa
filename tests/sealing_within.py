"""Seal the log inside of a test's own transaction, where no real seal can be made.

`seals.seal` takes what has been committed; a test that rolls back commits nothing. The
tree, its tables and the signature are the product's.
"""

from uuid import uuid4

from django.utils import timezone

from compliance.audit import canonical, sealing_keys, seals
from compliance.audit.checkpoint import Checkpoint
from compliance.audit.stored_tree import StoredTree, add
from compliance.models import AuditEntry, AuditLeaf, AuditSeal


def seal_what_is_there() -> AuditSeal:
    """Take every entry that has no leaf yet into the tree, and sign its root."""
    last = seals.latest()
    frontier = StoredTree().frontier(last.size if last else 0)
    known = AuditLeaf.objects.values("entry_id")
    leaves, nodes = [], []
    for entry in AuditEntry.objects.exclude(pk__in=known).order_by("xid", "id"):
        hashed = canonical.leaf_hash(canonical.canonical(entry.leaf_content()))
        leaves.append((frontier.size, str(entry.pk), hashed))
        nodes += frontier.append(hashed)
    add(leaves, nodes)
    checkpoint = Checkpoint(
        origin=f"earwitness/{uuid4()}/1",
        size=frontier.size,
        root=frontier.root,
        previous="",
        horizon=1,
        sealed_at=timezone.now(),
    )
    made = sealing_keys.signed(checkpoint)
    made.id = last.pk + 1 if last else 1
    made.epoch = made.system_identifier = 1
    made.save(force_insert=True)
    return made
