"""What is written of a recording's destruction: in the journal before, the receipt after."""

from collections.abc import Iterable, Mapping
from copy import copy
from datetime import datetime
from typing import Any
from uuid import UUID

from compliance import commitments, journal
from compliance.audit import context
from compliance.journal import Act, Kind
from compliance.models import DestructionReceipt, JournalEntry, RetentionPolicy
from recordings.media_store.base import Deletion, Listing
from recordings.models import Recording

KIND = Recording.ITEM
REDACTION = "redaction"
"""Why the file went that a recording had before one person was silenced in it."""


def journal_first(
    claims: Mapping[Recording, Listing], *, reason: str, now: datetime
) -> None:
    """Have the vault take that these go. Raises VaultError: then none of them may."""
    versions = _versions(claims)
    acts = [
        _act(part, found, reason, versions.get(part.policy_id, 0))
        for part, found in claims.items()
    ]
    journal.before_destruction(acts, now=now)


def write(
    gone: Mapping[Recording, Deletion], *, reason: str, now: datetime
) -> list[DestructionReceipt]:
    """Their receipts, in the transaction that makes the rows tombstones.

    What there was is told by the journal, which was written before anything went, by
    whichever run.
    """
    said = journal.destructions_of(KIND, [part.id for part in gone])
    versions = _versions(gone)
    made = [
        _receipt(
            part,
            deletion,
            said.get(part.id),
            version=versions.get(part.policy_id, 0),
            reason=reason,
            now=now,
        )
        for part, deletion in gone.items()
    ]
    return DestructionReceipt.objects.bulk_create(made)


def write_original(
    part: Recording,
    deleted: Iterable[Deletion],
    begun: JournalEntry,
    *,
    sha256: str,
    now: datetime,
) -> DestructionReceipt:
    """The receipt of the file that a recording had before, in the transaction in which
    nothing points at it any more. sha256: of that file. It commits to what the receipt
    of the recording would have committed to then."""
    told = list(deleted)
    gone = Deletion(
        versions=sum(one.versions for one in told),
        delete_markers=sum(one.delete_markers for one in told),
        bytes=sum(one.bytes for one in told),
        request_ids=tuple({id: None for one in told for id in one.request_ids}),
    )
    was = copy(part)
    was.sha256 = sha256
    made = _receipt(was, gone, begun, version=0, reason=REDACTION, now=now)
    made.item_kind, made.policy_id = DestructionReceipt.ORIGINAL, None
    made.save()
    return made


def _act(part: Recording, found: Listing, reason: str, version: int) -> Act:
    """What the journal is to say before it goes: what there is of it, and why it goes."""
    told: dict[str, Any] = {
        "reason": reason,
        "policy": str(part.policy_id or ""),
        "policy_version": version,
        "versions": found.versions,
        "version_ids": list(found.ids),
        "bytes": found.bytes,
    }
    return Act(Kind.DESTRUCTION, KIND, part.pk, told)


def _receipt(
    part: Recording,
    deletion: Deletion,
    begun: JournalEntry | None,
    *,
    version: int,
    reason: str,
    now: datetime,
) -> DestructionReceipt:
    said = begun.said if begun else {}
    actor = context.current().actor
    proof = commitments.made(commitments.Facts(KIND, part.pk, part.sha256))
    return DestructionReceipt(
        item_kind=KIND,
        item_id=part.id,
        team_id=part.call.team_id,
        policy_id=part.policy_id,
        policy_version=version,
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


def _versions(parts: Iterable[Recording]) -> dict[UUID | None, int]:
    """Of the policies that answer for their ends, by their ids."""
    ids = {part.policy_id for part in parts if part.policy_id}
    rows = RetentionPolicy.objects.filter(pk__in=ids)
    return dict(rows.values_list("pk", "version"))
