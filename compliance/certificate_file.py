"""A certificate of destruction as a file, and what can be said of such a file.

`{"certificate": what is said, "signature": by whom}`; signed is the RFC 8785 text of what
is said, by Ed25519. docs/certificates.md tells how to check it without us.
"""

import base64
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

from compliance.audit.checkpoint import fingerprint
from compliance.canonical import NotCanonical, canonical, canonical_text
from compliance.commitments import Facts, possible
from compliance.keys import keyring

RING = "certificate_seal"
FORMAT = "earwitness certificate of destruction"
ALGORITHM = "Ed25519"


class NotACertificate(ValueError):
    """The file is none, or the signature is not over what it says."""


@dataclass(frozen=True)
class Signed:
    """What a key has signed. public: its 32 bytes."""

    said: dict[str, Any]
    public: bytes

    @property
    def fingerprint(self) -> str:
        """By which the key is told outside: SHA-256 of its 32 bytes, hex."""
        return fingerprint(self.public)

    @property
    def is_ours(self) -> bool:
        """Whether the key is one of our ring."""
        return self.public in publics()

    def tells_of(self, facts: Facts) -> bool:
        """Whether the destruction of just this is among what it says.

        Takes the ring `certificate_facts`: a commitment says nothing without its key.
        """
        return not possible(facts).isdisjoint(_commitments(self.said))


def sign(text: str) -> tuple[bytes, bytes]:
    """The public key (32 bytes) and its signature over the text (64 bytes), newest key."""
    key = Ed25519PrivateKey.from_private_bytes(keyring(RING).current.secret)
    return key.public_key().public_bytes_raw(), key.sign(text.encode())


def publics() -> list[bytes]:
    """The public half of every key of the ring, newest first."""
    keys = (Ed25519PrivateKey.from_private_bytes(k.secret) for k in keyring(RING).keys)
    return [key.public_key().public_bytes_raw() for key in keys]


def content(*, text: str, public: bytes, signature: bytes) -> bytes:
    """The file."""
    return canonical(
        {
            "certificate": json.loads(text),
            "signature": {
                "algorithm": ALGORITHM,
                "fingerprint": fingerprint(public),
                "public_key": pem(public),
                "value": base64.b64encode(signature).decode(),
            },
        }
    )


def read(file: bytes) -> Signed:
    """A file whose signature fits. Says nothing of whose key it is.

    Raises NotACertificate.
    """
    try:
        told = json.loads(file)
        said, signature = told["certificate"], told["signature"]
        key = load_pem_public_key(signature["public_key"].encode())
        if not isinstance(key, Ed25519PublicKey) or said["format"] != FORMAT:
            raise NotACertificate
        value = base64.b64decode(signature["value"], validate=True)
        key.verify(value, canonical_text(said).encode())
    except (KeyError, TypeError, AttributeError, ValueError, NotCanonical) as error:
        raise NotACertificate from error
    except InvalidSignature as error:
        raise NotACertificate from error
    return Signed(said=said, public=key.public_bytes_raw())


def pem(public: bytes) -> str:
    """The public key as OpenSSL reads it."""
    key = Ed25519PublicKey.from_public_bytes(public)
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _commitments(said: dict[str, Any]) -> Iterator[str]:
    """To recordings, and to the numbers that a request was about."""
    items: Collection[dict[str, Any]] = said["items"]
    people: Collection[dict[str, Any]] = said.get("request", {}).get("numbers", ())
    return (str(one["commitment"]) for one in (*items, *people))
