"""Several programs as one: kept alive, told apart, ended together."""

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal import supervisor as module
from portal.console import Console
from portal.supervisor import (
    Program,
    ProgramFailed,
    Stopped,
    Supervisor,
    stop_signals,
)
from tests.waiting import until

SLEEPS = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPS}"
WITH_A_CHILD = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {SLEEPS!r}])
print("child", child.pid, flush=True)
child.wait()
"""


def python(name: str, script: str, *, keep: bool = True) -> Program:
    return Program(name, (sys.executable, "-c", script), keep=keep)


def runs(pid: int) -> bool:
    """Whether the process runs; one that ended and waits for its parent does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.fixture
def terminal() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def supervisor(terminal: io.StringIO, tmp_path: Path) -> Iterator[Supervisor]:
    supervisor = Supervisor(Console(terminal), tmp_path, os.environ)
    yield supervisor
    supervisor.stop()


def test_every_line_says_whose_it_is(
    supervisor: Supervisor, terminal: io.StringIO
) -> None:
    supervisor.finish(python("one", "print('hello')"))
    supervisor.finish(python("two", "import sys; sys.stderr.write('oh\\n')"))
    assert terminal.getvalue() == "one      | hello\ntwo      | oh\n"


def test_a_program_that_may_end_gives_its_status(supervisor: Supervisor) -> None:
    assert supervisor.finish(python("one", "raise SystemExit(7)")) == 7
    assert supervisor.children == []


def test_programs_share_the_environment_and_the_folder(
    terminal: io.StringIO, tmp_path: Path
) -> None:
    supervisor = Supervisor(Console(terminal), tmp_path, {"WORD": "here"})
    supervisor.finish(python("x", "import os; print(os.environ['WORD'], os.getcwd())"))
    assert terminal.getvalue() == f"x        | here {tmp_path}\n"


def test_a_killed_program_is_started_again(
    supervisor: Supervisor, terminal: io.StringIO
) -> None:
    child = supervisor.start(python("web", SLEEPS))
    child.process.kill()
    child.process.wait()

    supervisor.look()

    (again,) = supervisor.children
    assert again.process.pid != child.process.pid
    assert "web      | ended with status -9, starting it again" in terminal.getvalue()


def test_what_a_killed_program_leaves_behind_is_killed_too(
    supervisor: Supervisor, terminal: io.StringIO
) -> None:
    child = supervisor.start(python("worker", WITH_A_CHILD))
    until(lambda: "up" in terminal.getvalue())
    grandchild = int(terminal.getvalue().split("child ")[1].split()[0])
    child.process.kill()
    child.process.wait()

    supervisor.look()

    until(lambda: not runs(grandchild))


def test_a_program_that_does_not_stay_up_ends_the_run(supervisor: Supervisor) -> None:
    supervisor.start(python("web", "raise SystemExit(3)"))

    def look_until_it_fails() -> bool:
        supervisor.look()
        return False

    with pytest.raises(ProgramFailed, match="web does not stay up: status 3"):
        until(look_until_it_fails)


def test_a_job_that_fails_is_told_and_the_rest_goes_on(
    supervisor: Supervisor, terminal: io.StringIO
) -> None:
    supervisor.start(python("web", SLEEPS))
    job = supervisor.start(python("demo", "raise SystemExit(1)", keep=False))
    job.process.wait()
    supervisor.look()
    assert "demo     | failed with status 1" in terminal.getvalue()
    assert [child.program.name for child in supervisor.children] == ["web"]


def test_stopping_ends_every_program(supervisor: Supervisor) -> None:
    children = [supervisor.start(python(name, SLEEPS)) for name in "abc"]
    supervisor.stop()
    assert all(child.process.returncode == -signal.SIGTERM for child in children)


def test_a_program_that_will_not_stop_is_killed_with_its_children(
    supervisor: Supervisor, terminal: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STOP_SECONDS", 0.2)
    child = supervisor.start(python("web", STUBBORN))
    until(lambda: "up" in terminal.getvalue())
    supervisor.stop()
    assert child.process.returncode == -signal.SIGKILL


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_and_the_old_handlers_return(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with pytest.raises(Stopped), stop_signals():
        signal.raise_signal(number)
    assert signal.getsignal(number) is before


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the next run clears up")
def test_programs_end_when_their_supervisor_is_killed(tmp_path: Path) -> None:
    script = f"""
import os, pathlib, sys
from portal.console import Console
from portal.supervisor import Program, Supervisor
supervisor = Supervisor(Console(sys.stdout), pathlib.Path(), os.environ)
child = supervisor.start(Program("web", (sys.executable, "-c", {SLEEPS!r})))
print(child.process.pid, flush=True)
child.process.wait()
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        pid = next(int(said) for said in process.stdout if said.strip().isdigit())
        process.kill()
    until(lambda: not runs(pid))


def test_a_terminal_that_is_gone_is_no_reason_to_stop(tmp_path: Path) -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    supervisor = Supervisor(Console(Gone()), tmp_path, os.environ)
    assert supervisor.finish(python("web", "print('hello')")) == 0
