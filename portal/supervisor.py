"""Run several programs as one: they start together, are kept alive and end together.

Every program leads a process group of its own, so a Ctrl-C in the terminal reaches
us alone and the groups are ended in order. The kernel ends a program when we are
killed (portal.embedded.processes), and what a killed program leaves in its group is
killed before it is started again.
"""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from portal.console import Console
from portal.embedded.processes import die_with_parent

STOP_SECONDS = 5
QUICK_SECONDS = 10
QUICK_ENDS = 3
LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class Program:
    """A program to run; without `keep` it runs once and may end."""

    name: str
    command: Sequence[str | Path]
    keep: bool = True


@dataclass
class Child:
    """A started program."""

    program: Program
    process: "subprocess.Popen[str]"
    reader: threading.Thread
    started: float
    quick_ends: int = 0

    def sweep(self) -> None:
        """Kill what is left of its process group."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.reader.join()


class Stopped(Exception):
    """Somebody asked us to stop."""


class ProgramFailed(Exception):
    """A program ends as often as it is started."""


@dataclass
class Supervisor:
    """Starts programs with one environment and folder, and looks after them."""

    console: Console
    folder: Path
    environment: Mapping[str, str]
    children: list[Child] = field(default_factory=list)

    def start(self, program: Program, *, quick_ends: int = 0) -> Child:
        """Start a program; its output goes to the console."""
        process = subprocess.Popen(  # noqa: S603 - the commands are our own
            program.command,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=die_with_parent(),
        )
        reader = threading.Thread(
            target=self._relay, args=(program.name, process), daemon=True
        )
        reader.start()
        child = Child(program, process, reader, time.monotonic(), quick_ends)
        self.children.append(child)
        return child

    def finish(self, program: Program) -> int:
        """Run a program to its end; its exit status."""
        child = self.start(program)
        while child.process.poll() is None:
            time.sleep(LOOK_SECONDS)
        child.sweep()
        self.children.remove(child)
        return child.process.returncode

    def look(self) -> None:
        """Start again what has ended and is to be kept.

        Raises ProgramFailed when that does not help.
        """
        for child in list(self.children):
            if child.process.poll() is not None:
                child.sweep()
                self.children.remove(child)
                self._ended(child)

    def stop(self) -> None:
        """End every program, within seconds; asked again, at once."""
        for child in self.children:
            child.process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        with suppress(Stopped):
            while time.monotonic() < deadline and any(
                child.process.poll() is None for child in self.children
            ):
                time.sleep(LOOK_SECONDS)
        while self.children:
            self.children.pop().sweep()

    def _ended(self, child: Child) -> None:
        name, status = child.program.name, child.process.returncode
        if not child.program.keep:
            if status != 0:
                self.console.line(name, f"failed with status {status}")
            return
        quick = time.monotonic() - child.started < QUICK_SECONDS
        quick_ends = child.quick_ends + 1 if quick else 0
        if quick_ends >= QUICK_ENDS:
            raise ProgramFailed(f"{name} does not stay up: status {status}, see above.")
        self.console.line(name, f"ended with status {status}, starting it again")
        self.start(child.program, quick_ends=quick_ends)

    def _relay(self, name: str, process: "subprocess.Popen[str]") -> None:
        assert process.stdout  # noqa: S101 - for the type checker: it is a pipe
        with process.stdout as output:
            for line in output:
                self.console.line(name, line.rstrip())


@contextmanager
def stop_signals() -> Iterator[None]:
    """Raise Stopped in the main thread on Ctrl-C, SIGTERM and a closed terminal."""

    def stop(*_: object) -> None:
        raise Stopped

    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before: dict[int, Callable[..., object] | int | None] = {
        number: signal.signal(number, stop) for number in signals
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
