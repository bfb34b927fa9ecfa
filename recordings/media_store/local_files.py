"""Files of the folder store: written whole or not at all, and errors in our words."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recordings.media_store.base import CHUNK_BYTES, ByteStream
from recordings.media_store.errors import (
    ObjectMissing,
    StoreError,
    StoreFull,
    StoreRefused,
    StoreUnavailable,
)


def files_of(path: Path) -> list[Path]:
    """The file and whatever a killed writer left beside it."""
    beside = path.parent.glob(f".{path.name}.*.part")
    return [found for found in (path, *beside) if found.exists()]


def write(path: Path, stream: ByteStream) -> None:
    """Write a new file, down to the disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        while chunk := stream.read(CHUNK_BYTES):
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """Have the disk keep which files there are."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def translated() -> Iterator[None]:
    """Turn the system's errors into the words of the port."""
    try:
        yield
    except OSError as error:
        raise _in_our_words(error) from error


def _in_our_words(error: OSError) -> StoreError:
    if isinstance(error, FileNotFoundError | NotADirectoryError | IsADirectoryError):
        return ObjectMissing("There is no such file in the store.")
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return StoreFull("The disk of the store is full.")
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return StoreRefused("The folder of the store may not be used by this process.")
    return StoreUnavailable(f"The disk of the store fails: {error.strerror}.")
