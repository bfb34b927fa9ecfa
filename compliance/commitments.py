"""Keyed commitments to what was destroyed: they say nothing, and can be proved.

HMAC-SHA-256 under a key of the ring `certificate_facts`. Whoever has the recording's id and
the hash of its file can be told, by whoever has the key, whether it is the one.
"""

from dataclasses import dataclass
from uuid import UUID

from compliance.canonical import canonical_text
from compliance.keys import keyring

RING = "certificate_facts"


@dataclass(frozen=True)
class Facts:
    """What a thing was. sha256: of its file, hex; '' where it never had one."""

    kind: str
    id: UUID
    sha256: str

    @property
    def text(self) -> str:
        """What is committed to (RFC 8785)."""
        return canonical_text(
            {"kind": self.kind, "id": str(self.id), "sha256": self.sha256}
        )


@dataclass(frozen=True)
class Commitment:
    """value: 64 hex digits; key_id: of the key it was made with."""

    value: str
    key_id: str


def made(facts: Facts) -> Commitment:
    """Commit to these facts under the newest key."""
    ring = keyring(RING)
    return Commitment(ring.digest(facts.text), ring.current.id)


def possible(facts: Facts) -> set[str]:
    """What a commitment to these facts may be, under any key of the ring."""
    return set(keyring(RING).digests(facts.text))
