"""Start child processes that cannot outlive us, and find those of a killed run."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypedDict

PR_SET_PDEATHSIG = 1
Command = Sequence[str | Path]


class AccountOptions(TypedDict, total=False):
    """Arguments of subprocess that change the user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """Whom a server runs as; without a uid that is us.

    `prefix` is a command that changes the user itself, where a plain setuid is not
    enough (portal.embedded.account).
    """

    uid: int | None = None
    gid: int | None = None
    prefix: tuple[str, ...] = ()

    def own(self, path: Path) -> None:
        """Give a file or folder to the account."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def options(self) -> AccountOptions:
        """What subprocess needs to start a process as this account."""
        if self.prefix or self.uid is None or self.gid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


US = Account()


def die_with_parent(
    death_signal: signal.Signals = signal.SIGTERM,
) -> Callable[[], None]:
    """A `preexec_fn`: the kernel sends the child this signal when we are gone.

    Linux only; elsewhere the next run clears up what a killed one left.
    """
    parent = os.getpid()
    # looked up before the fork: nothing may be imported or locked between fork and exec
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None

    def ask_kernel() -> None:
        if prctl is not None:
            prctl(PR_SET_PDEATHSIG, int(death_signal))
            if os.getppid() != parent:  # it died before we could ask
                os._exit(1)

    return ask_kernel


def die_with(parent: int) -> None:
    """Have the kernel end us, with SIGTERM, when our parent is gone (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM))
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)


def spawn(
    command: Command,
    *,
    log: Path,
    cwd: Path,
    account: Account = US,
    death_signal: signal.Signals = signal.SIGTERM,
    stdin: IO[bytes] | None = None,
    env: Mapping[str, str] | None = None,
) -> "subprocess.Popen[bytes]":
    """Start a daemon in a session of its own, its output appended to `log`."""
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 - the commands are our own
            [*account.prefix, *command],
            stdin=stdin or subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=env,
            start_new_session=True,
            preexec_fn=die_with_parent(death_signal),
            **account.options(),
        )


def end(
    process: "subprocess.Popen[bytes]",
    *,
    seconds: float,
    stop_signal: signal.Signals = signal.SIGTERM,
) -> None:
    """Ask a process to stop; kill its whole group when it takes longer."""
    if process.poll() is None:
        process.send_signal(stop_signal)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def running_in(folder: Path, program: str) -> list[int]:
    """Processes of that program whose working directory is `folder`, their children
    left out.

    The identity of a server of a killed run: unlike a pid file it cannot be stale.
    """
    parents = {
        pid: _parent(proc)
        for pid, proc in _processes()
        if _link(proc / "cwd") == str(folder)
        and Path(_link(proc / "exe")).name.removesuffix(" (deleted)") == program
    }
    return [pid for pid, parent in parents.items() if parent not in parents]


def marked(name: str, value: str) -> list[int]:
    """Processes, ourselves left out, that carry this environment variable."""
    wanted = f"{name}={value}".encode()
    return [
        pid
        for pid, proc in _processes()
        if pid != os.getpid() and wanted in _read(proc / "environ").split(b"\0")
    ]


def clear(
    find: Callable[[], Iterable[int]],
    *,
    seconds: float = 10,
    stop_signal: signal.Signals = signal.SIGTERM,
) -> None:
    """Stop the processes that `find` names, and return when it names none."""
    _signal(find(), stop_signal)
    deadline = time.monotonic() + seconds
    while left := list(find()):
        if time.monotonic() > deadline:
            _signal(left, signal.SIGKILL)
        time.sleep(0.05)


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def _processes() -> Iterator[tuple[int, Path]]:
    root = Path("/proc")
    if root.is_dir():
        for entry in root.iterdir():
            if entry.name.isdigit():
                yield int(entry.name), entry


def _parent(proc: Path) -> int:
    # the name in brackets may hold spaces
    fields = _read(proc / "stat").rpartition(b")")[2].split()
    return int(fields[1]) if fields else 0


def _link(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:
        return ""


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
