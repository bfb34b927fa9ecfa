"""One user of a folder at a time, by a lock that a killed holder cannot leave."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal.embedded.errors import EmbeddedError


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the folder, making it when it is absent.

    Raises EmbeddedError when somebody holds it or it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / "lock").open("a+")
    except OSError as error:
        message = (
            f"{folder} cannot be used: {error.strerror}. Make it a writable folder."
        )
        raise EmbeddedError(message) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            message = (
                f"{folder} is already in use by process {holder}: stop that first."
            )
            raise EmbeddedError(message) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
