"""A seal in the words of C2SP `tlog-checkpoint`: a signed note on the log's tree.

Pure text and keys: what is read from a row, an anchor or a file is parsed and checked
in the same way. docs/audit-log.md has the format and test vectors.
"""

import base64
import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from compliance.keys import Key

_ED25519 = b"\1"
_NOTE = re.compile(
    r"(?P<origin>[^\n]+)\n(?P<size>0|[1-9]\d{0,18})\n(?P<root>[A-Za-z0-9+/]{43}=)\n"
    r"previous (?P<previous>-|[0-9a-f]{64})\nhorizon (?P<horizon>0|[1-9]\d{0,19})\n"
    r"sealed (?P<sealed>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)\n(?P<more>(?:[^\n]+\n)*)",
    re.ASCII,
)
_SIGNATURE = re.compile(r"\u2014 (?P<name>\S+) (?P<blob>[A-Za-z0-9+/]+=*)\n")
_SECONDS = "%Y-%m-%dT%H:%M:%S.%fZ"


class NotACheckpoint(ValueError):
    """A text that is no signed checkpoint of this kind."""


@dataclass(frozen=True)
class Checkpoint:
    """What a seal says. root: 32 bytes; previous: hex, or empty for the first.

    more: further lines of the body, which open an epoch or acknowledge a restore.
    signature: 64 bytes, empty while unsigned; key_hash: its four bytes in the note.
    """

    origin: str
    size: int
    root: bytes
    previous: str
    horizon: int
    sealed_at: datetime
    more: tuple[str, ...] = ()
    signature: bytes = field(default=b"", repr=False)
    key_hash: bytes = field(default=b"", repr=False)

    def body(self) -> str:
        """The text that is signed: lines, each with its end."""
        sealed = self.sealed_at.astimezone(UTC).strftime(_SECONDS)
        lines = (
            self.origin,
            str(self.size),
            base64.b64encode(self.root).decode(),
            f"previous {self.previous or '-'}",
            f"horizon {self.horizon}",
            f"sealed {sealed}",
            *self.more,
        )
        return "".join(f"{line}\n" for line in lines)

    def body_hash(self) -> str:
        """SHA-256 of the body (hex): what the next checkpoint names as previous."""
        return hashlib.sha256(self.body().encode()).hexdigest()

    def signature_by(self, key: Key) -> bytes:
        """The 64 bytes of Ed25519 over the body."""
        return signature_of(self.body(), key)

    def note(self, key: Key) -> str:
        """The signed note under a key of the ring `audit_seal`."""
        return note_of(self.body(), self.signature_by(key), public_of(key))

    @classmethod
    def parse(cls, note: str) -> Self:
        """Read a signed note; says nothing of whether it is genuine: see `verify`.

        Raises NotACheckpoint for any text that `note` would not have made.
        """
        body, _, signatures = note.partition("\n\n")
        found = _NOTE.fullmatch(f"{body}\n")
        signed = _SIGNATURE.fullmatch(signatures)
        if found is None or signed is None or signed["name"] != found["origin"]:
            raise NotACheckpoint
        try:
            blob = base64.b64decode(signed["blob"], validate=True)
            root = base64.b64decode(found["root"], validate=True)
            sealed = datetime.fromisoformat(found["sealed"])
        except ValueError as error:
            raise NotACheckpoint from error
        return cls(
            origin=found["origin"],
            size=int(found["size"]),
            root=root,
            previous=found["previous"].replace("-", ""),
            horizon=int(found["horizon"]),
            sealed_at=sealed,
            more=tuple(found["more"].split("\n")[:-1]),
            signature=blob[4:],
            key_hash=blob[:4],
        )

    def verify(self, public: bytes) -> bool:
        """Whether this public key (32 bytes) has signed the body."""
        if self.key_hash != key_hash(self.origin, public):
            return False
        try:
            key = Ed25519PublicKey.from_public_bytes(public)
            key.verify(self.signature, self.body().encode())
        except (InvalidSignature, ValueError):
            return False
        return True


def signature_of(text: str, key: Key) -> bytes:
    """The 64 bytes of Ed25519 over a text, under a key of the ring `audit_seal`."""
    return _private(key).sign(text.encode())


def note_of(body: str, signature: bytes, public: bytes) -> str:
    """The signed note of a body: a blank line and one line with the signature."""
    origin = body.partition("\n")[0]
    blob = base64.b64encode(key_hash(origin, public) + signature).decode()
    return f"{body}\n\u2014 {origin} {blob}\n"


def key_hash(origin: str, public: bytes) -> bytes:
    """The four bytes by which a note names the key (C2SP signed-note)."""
    named = origin.encode() + b"\n" + _ED25519 + public
    return hashlib.sha256(named).digest()[:4]


def public_of(key: Key) -> bytes:
    """The 32 public bytes of a key of the ring `audit_seal`."""
    return _private(key).public_key().public_bytes_raw()


def fingerprint(public: bytes) -> str:
    """By which a public key is told outside: SHA-256 of its 32 bytes, hex."""
    return hashlib.sha256(public).hexdigest()


def _private(key: Key) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(key.secret)
