"""The port to storage that is written once: anchors of the audit log, journals.

An app that has such a place implements `Vault` and registers it when it starts. Keys
are ours and opaque; what lies under one is never replaced.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class VaultError(Exception):
    """The vault did not do what it was asked; worth another try. For an operator."""


class Occupied(VaultError):
    """Something else lies under that key already: somebody wrote where only we write."""


class Missing(VaultError):
    """There is nothing under that key."""


@dataclass(frozen=True)
class Capabilities:
    """How firmly it keeps. None: we were not allowed to look."""

    locks: bool | None
    """Nobody, its administrator included, can delete before the day."""


class Vault(Protocol):
    """Write-once storage. Every method may raise a VaultError."""

    def capabilities(self) -> Capabilities:
        """How firmly it keeps, asked once a process."""
        ...

    def put_once(self, key: str, content: bytes, *, keep_until: datetime) -> None:
        """Keep it under the key until that day at least; the same twice is once.

        Raises Occupied when something else lies there.
        """
        ...

    def read(self, key: str) -> bytes:
        """What was first put under the key, whatever lies on top of it by now.

        Raises Missing.
        """
        ...

    def keys(self, prefix: str, *, after: str = "") -> Iterator[str]:
        """The keys that begin so, sorted, from behind `after`."""
        ...

    def covered(self, prefix: str) -> Iterator[str]:
        """Those keys, sorted, on top of whose first content something else was put, or
        a mark that it is deleted. What a store without versions lost, it cannot tell.
        """
        ...


_vaults: list[Vault] = []


def register(vault: Vault) -> None:
    """Make the vault known; called once, at start-up."""
    _vaults[:] = [vault]


def vault() -> Vault:
    """The registered vault. Raises VaultError when there is none."""
    if not _vaults:
        raise VaultError("No app keeps a vault.")
    return _vaults[0]
