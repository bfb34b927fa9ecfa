"""One terminal for several programs: each line says whose it is."""

import os
import threading
from typing import TextIO

COLOURS = (36, 32, 33, 35, 34, 31)
WIDTH = 9


class Console:
    """Writes whole lines, from several threads, coloured where that is wanted."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._colours: dict[str, int] = {}
        self._coloured = stream.isatty() and "NO_COLOR" not in os.environ

    def say(self, text: str) -> None:
        """A line of our own."""
        self._write(text)

    def line(self, name: str, text: str) -> None:
        """A line of the program of that name."""
        prefix = f"{name:<{WIDTH}}|"
        if self._coloured:
            colour = self._colours.setdefault(
                name, COLOURS[len(self._colours) % len(COLOURS)]
            )
            prefix = f"\x1b[{colour}m{prefix}\x1b[0m"
        self._write(f"{prefix} {text}")

    def _write(self, text: str) -> None:
        with self._lock:
            try:
                self._stream.write(text + "\n")
                self._stream.flush()
            except OSError:
                # nobody reads us any more; that is no reason to stop serving
                return
