"""What is written of a recording's destruction: in the journal before, the receipt after."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from compliance import commitments, journal
from compliance.audit import context
from compliance.journal import Act, Kind
from compliance.models import DestructionReceipt, RetentionPolicy
from recordings.media_store.base import Deletion, Listing
from recordings.models import Recording

KIND = Recording.ITEM


def journal_act(part: Recording, found: Listing, *, reason: str) -> Act:
    """What the journal is to say before it goes: what there is of it, and why it goes."""
    said: dict[str, Any] = {
        "reason": reason,
        "policy": str(part.policy_id or ""),
        "policy_version": _version(part),
        "versions": found.versions,
        "version_ids": list(found.ids),
        "bytes": found.bytes,
    }
    return Act(Kind.DESTRUCTION, KIND, part.pk, said)


def journal_first(
    claims: Mapping[Recording, Listing], *, reason: str, now: datetime
) -> None:
    """Have the vault take that these go. Raises VaultError: then none of them may."""
    acts = [journal_act(part, found, reason=reason) for part, found in claims.items()]
    journal.before_destruction(acts, now=now)


def write(
    part: Recording, deletion: Deletion, *, reason: str, now: datetime
) -> DestructionReceipt:
    """The receipt, in the transaction that makes the row a tombstone.

    What there was is told by the journal, which was written before anything went, by
    whichever run.
    """
    begun = journal.destruction_of(KIND, part.pk)
    said = begun.said if begun else {}
    actor = context.current().actor
    proof = commitments.made(commitments.Facts(KIND, part.pk, part.sha256))
    return DestructionReceipt.objects.create(
        item_kind=KIND,
        item_id=part.id,
        team_id=part.call.team_id,
        policy_id=part.policy_id,
        policy_version=_version(part),
        reason=reason,
        actor_id=actor.pk if actor else None,
        versions_listed=max(part.versions_listed or 0, said.get("versions", 0)),
        bytes_listed=max(part.bytes_listed or 0, said.get("bytes", 0)),
        versions=deletion.versions,
        bytes=deletion.bytes,
        version_ids=said.get("version_ids", []),
        request_ids=list(deletion.request_ids),
        sha256=part.sha256,
        commitment=proof.value,
        key_id=proof.key_id,
        begun_at=begun.at if begun else None,
        destroyed_at=now,
        is_again=begun is not None and begun.page.is_foreign,
    )


def _version(part: Recording) -> int:
    """Of the policy that answers for its end; 0 where none does."""
    if part.policy_id is None:
        return 0
    rows = RetentionPolicy.objects.filter(pk=part.policy_id)
    return rows.values_list("version", flat=True).first() or 0
