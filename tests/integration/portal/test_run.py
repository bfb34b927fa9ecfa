"""`make run` in a checkout of its own: up, stopped, killed, and up again."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portal.embedded.ports import free_port
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[3]
LEFT_OUT = shutil.ignore_patterns(".*", "node_modules", "var", "tests", "__pycache__")
STOP_SECONDS = 40
OURS = ("DATABASE_URL", "REDIS_URL", "EARWITNESS_KEYS_FILE", "DJANGO_SETTINGS_MODULE")

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="reads /proc to see what is left"
)


class Run:
    """A `make run` in `checkout`, and what it says."""

    def __init__(self, checkout: Path, port: int) -> None:
        self.checkout = checkout
        self.port = port
        self.log = checkout.parent / "terminal.log"
        inherited = {name: v for name, v in os.environ.items() if name not in OURS}
        asked = {
            "PORT": str(port),
            "EARWITNESS_DEMO": "0",
            "LIVEKIT_URL": "http://127.0.0.1:9",
        }
        with self.log.open("w") as terminal:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "portal.run"],
                cwd=checkout,
                env=inherited | asked,
                stdout=terminal,
                stderr=subprocess.STDOUT,
            )

    def wait_until_up(self) -> None:
        """Return when it says where it is."""
        where = f"Earwitness is at http://localhost:{self.port}/"
        ended = self.process.poll
        until(lambda: where in self.said() or ended() is not None, seconds=120)
        assert where in self.said(), self.said()

    def said(self) -> str:
        """Everything that stands in the terminal."""
        return self.log.read_text()

    def answer(self, path: str) -> int:
        """The status of a GET."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}") as answer:
            return int(answer.status)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the product, in a folder with a space in its name."""
    copy = tmp_path / "a checkout"
    shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
    (copy / "node_modules").symlink_to(ROOT / "node_modules")
    return copy


@pytest.fixture
def run(checkout: Path) -> Iterator[Callable[[], Run]]:
    """`run()` starts it; in the end nothing of it is left."""
    runs: list[Run] = []
    port = free_port()

    def start() -> Run:
        runs.append(Run(checkout, port))
        return runs[-1]

    yield start
    for each in runs:
        each.process.kill()
        each.process.wait()
    until(lambda: not living_in(checkout))


def living_in(folder: Path) -> list[int]:
    """The processes that work in the folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cwd").readlink().is_relative_to(folder):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def kill_everything_in(folder: Path) -> None:
    """`kill -9` until nothing works there; some end with their parent, before it is their turn."""
    while pids := living_in(folder):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def test_it_is_ready_and_ctrl_c_ends_every_program(
    run: Callable[[], Run], checkout: Path
) -> None:
    first = run()
    first.wait_until_up()
    assert first.answer("/readyz") == 200
    until(lambda: "Nobody can sign in yet." in first.said())

    first.process.send_signal(signal.SIGINT)

    assert first.process.wait(STOP_SECONDS) == 0
    assert living_in(checkout) == []
    assert first.said().endswith("Everything is kept for the next `make run`.\n")


def test_it_comes_up_again_after_everything_was_killed(
    run: Callable[[], Run], checkout: Path
) -> None:
    run().wait_until_up()
    kill_everything_in(checkout)

    again = run()
    again.wait_until_up()

    assert again.answer("/readyz") == 200
    assert "No migrations to apply" in again.said()


def test_a_second_run_beside_it_is_one_clear_line(run: Callable[[], Run]) -> None:
    first = run()
    first.wait_until_up()
    second = subprocess.run(
        [sys.executable, "-m", "portal.run"],
        cwd=first.checkout,
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 1
    assert second.stderr.count("\n") == 1
    assert f"already in use by process {first.process.pid}" in second.stderr
    assert first.answer("/healthz") == 200
