"""`make run`: the whole product in one terminal, on private servers.

    python -m portal.run [--with-parent]

`--with-parent` ends everything when the process that started us is gone (make).
PORT, EARWITNESS_DEMO, DATABASE_URL, REDIS_URL, LIVEKIT_URL and every setting of the
product are honoured.
"""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from portal import catalogues, embedded, first_keys, preflight, programs
from portal.console import Console
from portal.embedded import processes
from portal.supervisor import (
    LOOK_SECONDS,
    Program,
    ProgramFailed,
    Stopped,
    Supervisor,
    stop_signals,
)

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
REFUSALS = (
    embedded.EmbeddedError,
    first_keys.DamagedKeys,
    preflight.Unready,
    ProgramFailed,
)
"""What ends us with one clear line."""


def main() -> int:
    """Entry point; the exit status."""
    if "--with-parent" in sys.argv[1:]:
        processes.die_with(os.getppid())
    console = Console(sys.stdout)
    try:
        with stop_signals():
            _run(console)
    except Stopped:
        console.say("Stopped. Everything is kept for the next `make run`.")
    except REFUSALS as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _run(console: Console) -> None:
    with ExitStack() as stack:
        stack.enter_context(embedded.held(VAR))
        processes.clear(lambda: processes.marked(programs.MARK, str(VAR)))
        port = preflight.port_from(os.environ.get("PORT") or preflight.DEFAULT_PORT)
        preflight.check_port(port)
        servers = stack.enter_context(embedded.servers(VAR, fsync=True))
        simulator = programs.simulator_port(os.environ)
        environment = programs.environment(VAR, os.environ, simulator)
        environment |= servers.environment
        stack.enter_context(embedded.hand_on(VAR, programs.shared(environment)))
        supervisor = Supervisor(console, ROOT, environment)
        stack.callback(supervisor.stop)
        catalogues.compile_stale(ROOT / "locale")
        _prepare(supervisor)
        for program in programs.lasting(VAR, port, simulator):
            supervisor.start(program)
        _welcome(supervisor, port)
        while True:
            time.sleep(LOOK_SECONDS)
            for name in servers.revive():
                console.line(name, "had ended and was started again")
            supervisor.look()


def _prepare(supervisor: Supervisor) -> None:
    for program in programs.preparations(supervisor.environment):
        if status := supervisor.finish(program):
            raise ProgramFailed(f"{program.name} failed with status {status}.")


def _welcome(supervisor: Supervisor, port: int) -> None:
    """Once it answers: where it is, how to get in, and the demo on its way."""
    demo = supervisor.environment.get("EARWITNESS_DEMO", "1") != "0"
    way_in = programs.demo_logins() if demo else programs.sign_in_hint()
    told = _told_by(way_in, supervisor.environment)
    _wait_until_served(supervisor, port)
    supervisor.console.say(f"Earwitness is at http://localhost:{port}/")
    for line in told.splitlines():
        supervisor.console.say(line)
    if demo:
        supervisor.start(programs.load_demo(port))


def _told_by(program: Program, environment: Mapping[str, str]) -> str:
    """What a short program prints."""
    answer = subprocess.run(  # noqa: S603 - our own command
        program.command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    return answer.stdout


def _wait_until_served(supervisor: Supervisor, port: int) -> None:
    while True:
        supervisor.look()
        try:
            with urllib.request.urlopen(  # noqa: S310 - our own address
                f"{programs.portal_url(port)}/healthz", timeout=2
            ):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(LOOK_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
