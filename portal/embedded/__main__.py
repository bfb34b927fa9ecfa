"""Run a command with throw-away servers: `python -m portal.embedded COMMAND ...`.

Used by `make test`, `make lint` and `make bench`. What DATABASE_URL, REDIS_URL and
EARWITNESS_KEYS_FILE name already is used as it is.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from portal import embedded, first_keys
from portal.embedded.processes import die_with_parent

HOMES = Path(__file__).resolve().parents[2] / "var" / "throw-away"


@contextmanager
def fresh_home() -> Iterator[Path]:
    """A folder for one run; those that killed runs left are removed."""
    HOMES.mkdir(parents=True, exist_ok=True)
    # one that is younger may be another run's that has not locked it yet
    an_hour_ago = time.time() - 3600
    for old in HOMES.iterdir():
        if old.stat().st_mtime > an_hour_ago:
            continue
        with suppress(embedded.EmbeddedError), embedded.held(old):
            shutil.rmtree(old, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=HOMES, ignore_cleanup_errors=True) as home:
        # `nobody` has to get in when we are root
        Path(home).chmod(0o755)
        with embedded.held(Path(home)):
            yield Path(home)


def run(command: list[str]) -> int:
    """Run the command with servers of its own; its exit status."""
    with fresh_home() as home, embedded.servers(home, fsync=False) as started:
        environment = {"EARWITNESS_DEBUG": "1"} | os.environ | started.environment
        if "EARWITNESS_KEYS_FILE" not in environment:
            keys_file = home / "keys.json"
            first_keys.ensure(keys_file)
            environment["EARWITNESS_KEYS_FILE"] = str(keys_file)
        child = subprocess.Popen(  # noqa: S603 - the caller's own command
            command, env=environment, preexec_fn=die_with_parent()
        )
        # Ctrl-C reaches the child by itself; it decides, we clear up after it
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: child.terminate())
        return child.wait()


def main() -> int:
    """Entry point."""
    try:
        return run(sys.argv[1:])
    except embedded.EmbeddedError as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
