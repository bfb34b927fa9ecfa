"""Rows of seals and the keys that sign them: the ring `audit_seal`.

A seal names its key by id; the newest of the ring signs.
"""

import base64
from functools import lru_cache

from compliance.audit.checkpoint import (
    Checkpoint,
    NotACheckpoint,
    note_of,
    public_of,
    signature_of,
)
from compliance.keys import Key, keyring
from compliance.models import AuditSeal

RING = "audit_seal"


def publics() -> dict[str, bytes]:
    """The public half (32 bytes) of every key of the ring, by its id, newest first."""
    return {key.id: _public(key) for key in keyring(RING).keys}


def signed(checkpoint: Checkpoint) -> AuditSeal:
    """The row of a checkpoint, signed with the newest key; not saved, without a number."""
    key = keyring(RING).current
    return AuditSeal(
        size=checkpoint.size,
        root=checkpoint.root.hex(),
        previous=checkpoint.previous,
        horizon=checkpoint.horizon,
        key_id=key.id,
        sealed_at=checkpoint.sealed_at,
        body=checkpoint.body(),
        signature=base64.b64encode(checkpoint.signature_by(key)).decode(),
    )


def sign(text: str) -> tuple[str, str]:
    """The id of the newest key, and its Ed25519 signature over the text (base64).

    For statements other than checkpoints; those have a form of their own.
    """
    key = keyring(RING).current
    return key.id, base64.b64encode(signature_of(text, key)).decode()


def note_of_seal(seal: AuditSeal) -> str:
    """A seal as a signed note. Raises LookupError when its key has left the ring."""
    public = publics().get(seal.key_id)
    if public is None:
        raise LookupError(f"{RING} has no key {seal.key_id!r}")
    return note_of(seal.body, seal.signature_bytes, public)


def checkpoint_of(seal: AuditSeal) -> Checkpoint | None:
    """What a seal says; None unless its key is in the ring and has signed just this."""
    public = publics().get(seal.key_id)
    if public is None:
        return None
    try:
        note = note_of(seal.body, seal.signature_bytes, public)
        checkpoint = Checkpoint.parse(note)
    except (NotACheckpoint, ValueError):
        return None
    return checkpoint if checkpoint.verify(public) else None


@lru_cache(maxsize=64)
def _public(key: Key) -> bytes:
    return public_of(key)
