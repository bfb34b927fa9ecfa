"""A ZIP as a stream: files are stored as they are, one after the other, in flat memory.

Sizes and checksums follow each file (data descriptors), so nothing is read twice. With a
passphrase each file is encrypted with AES-256 (WinZip's AE-2); their names are not.
"""

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import pyzipper
from pyzipper.zipfile_aes import AESZipInfo

CHUNK = 256 * 1024
EARLIEST = (1980, 1, 1, 0, 0, 0)
"""Before that a ZIP knows no time."""


class Readable(Protocol):
    """Bytes that are read once."""

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes; empty at the end."""
        ...


@dataclass(frozen=True)
class Member:
    """A file to be: its path in the ZIP, about how large it is, when it was made."""

    name: str
    size: int
    at: datetime
    chunks: Iterator[bytes]


def chunks_of(file: Readable) -> Iterator[bytes]:
    """The file from here to its end."""
    while chunk := file.read(CHUNK):
        yield chunk


def stream(members: Iterable[Member], *, passphrase: str = "") -> Iterator[bytes]:
    """The bytes of the ZIP. Each member is read to its end before the next is asked for.

    passphrase: what opens it; empty: it is not encrypted.
    """
    sink = _Sink()
    kind = AESZipInfo if passphrase else zipfile.ZipInfo
    with _archive(sink, passphrase) as archive:
        for member in members:
            with archive.open(_info(member, kind), "w") as file:
                for chunk in member.chunks:
                    file.write(chunk)
                    yield sink.taken()
            yield sink.taken()
    yield sink.taken()


def _archive(sink: "_Sink", passphrase: str) -> Any:
    if not passphrase:
        return zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED)
    archive = pyzipper.AESZipFile(sink, "w", compression=pyzipper.ZIP_STORED)
    archive.setpassword(passphrase.encode())
    archive.setencryption(pyzipper.WZ_AES, nbits=256)
    return archive


def _info(member: Member, kind: Any) -> Any:
    at = member.at.astimezone(UTC).timetuple()[:6]
    info = kind(member.name, max(at, EARLIEST))
    info.file_size = member.size  # for zipfile to know whether it wants 64 bits
    info.external_attr = 0o644 << 16
    return info


class _Sink(io.RawIOBase):
    """Takes what the ZIP writes until somebody fetches it; cannot go back."""

    def __init__(self) -> None:
        super().__init__()
        self._held: list[bytes] = []

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: "bytes | bytearray | memoryview", /) -> int:  # type: ignore[override]
        """Keep the bytes."""
        self._held.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        """What was written since the last time."""
        held, self._held = self._held, []
        return b"".join(held)


class Reader(io.RawIOBase):
    """The chunks as a file that is read once; knows its size and SHA-256 in the end.

    beat: called with each read, so that a lease can be renewed meanwhile.
    """

    def __init__(self, chunks: Iterator[bytes], beat: Callable[[], None]) -> None:
        super().__init__()
        self._chunks, self._beat = chunks, beat
        self._left = b""
        self._hash = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        """Of what was read, in hex."""
        return self._hash.hexdigest()

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes, and fewer only at the end."""
        self._beat()
        parts, have = [self._left], len(self._left)
        while size < 0 or have < size:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            parts.append(chunk)
            have += len(chunk)
        data = b"".join(parts)
        cut = have if size < 0 else min(size, have)
        told, self._left = data[:cut], data[cut:]
        self._hash.update(told)
        self.size += len(told)
        return told
