"""The bytes of a recording on their way to the decoder: hashed, counted, watched."""

import hashlib
import struct
import tempfile
from types import TracebackType
from typing import IO, Protocol, Self

CHUNK_BYTES = 1 << 16
TAIL_BYTES = 1 << 16
"""More than the longest OGG page (65,307 bytes)."""

OGG_HEADER = struct.Struct("<4sBBqIIIB")
LAST_PAGE = 0x04
UNKNOWN_SIZES = {0, 0xFFFFFFFF}


class Readable(Protocol):
    """Bytes that are read once, from front to back."""

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes; empty at the end."""
        ...


class AudioSource:
    """A stream that libav may read, and seek where the format needs it.

    MP4 keeps its index at the end, so it goes through a temporary file; everything
    else is decoded as it arrives. After finish() hash and size cover every byte,
    whatever the decoder left unread.
    """

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._hash = hashlib.sha256()
        self._failure: Exception | None = None
        self._tail = b""
        self.size_bytes = 0
        self._head = self._pull(CHUNK_BYTES)
        self._rest = self._head
        self._spool: IO[bytes] | None = None
        if self._head[4:8] == b"ftyp":
            self._spool = self._spooled()
            self.seek, self.tell = self._spool.seek, self._spool.tell

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._spool is not None:
            self._spool.close()

    @property
    def is_empty(self) -> bool:
        """Whether there was not a single byte."""
        return not self._head

    @property
    def sha256(self) -> str:
        """The SHA-256 of what was read, in hex."""
        return self._hash.hexdigest()

    @property
    def ends_early(self) -> bool:
        """Whether the file stops before it says it does (OGG and WAV tell)."""
        if self._head.startswith(b"OggS"):
            return not _ends_with_last_page(self._tail)
        if self._head.startswith(b"RIFF"):
            promised = int.from_bytes(self._head[4:8], "little")
            return promised not in UNKNOWN_SIZES and self.size_bytes < promised + 8
        return False

    def read(self, size: int = -1, /) -> bytes:
        """What libav asks for."""
        if self._spool is not None:
            return self._spool.read(size)
        if self._rest:
            data, self._rest = self._rest[:size], self._rest[size:]
            return data
        return self._pull(size)

    def finish(self) -> None:
        """Read what is left, for the hash. Raises what the stream itself raised.

        libav takes a failing stream for one that ends; here the difference counts.
        """
        while self._failure is None and self._pull(CHUNK_BYTES):
            pass
        if self._failure is not None:
            raise self._failure

    def _pull(self, size: int) -> bytes:
        try:
            data = self._stream.read(size)
        except Exception as error:
            self._failure = error
            raise
        self._hash.update(data)
        self.size_bytes += len(data)
        if data:
            self._tail = (self._tail[-TAIL_BYTES:] + data)[-2 * TAIL_BYTES :]
        return data

    def _spooled(self) -> IO[bytes]:
        spool = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the source
        data = self._head
        while data:
            spool.write(data)
            data = self._pull(CHUNK_BYTES)
        spool.seek(0)
        return spool


def _ends_with_last_page(tail: bytes) -> bool:
    """Whether an OGG file ends in a whole page that is marked as the last one."""
    start = tail.rfind(b"OggS")
    if start < 0 or start + OGG_HEADER.size > len(tail):
        return False
    _, _, flags, _, _, _, _, segments = OGG_HEADER.unpack_from(tail, start)
    table = start + OGG_HEADER.size
    end = table + segments + sum(tail[table : table + segments])
    return bool(flags & LAST_PAGE) and end <= len(tail)
