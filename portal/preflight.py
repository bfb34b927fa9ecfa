"""Look before anything is installed or started: one clear line for what is missing.

    python3 portal/preflight.py [--serve]

Run by the Makefile with whatever Python there is, so: standard library only, and
nothing that an old Python could not read. `--serve` adds what `make run` needs.
"""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HANDED_ON = ROOT / "var" / "embedded.json"
PYTHONS = ((3, 11), (3, 12))
NODE = 20
DEFAULT_PORT = "8000"


class Unready(Exception):
    """Something is missing; the message says what to do."""


def check_python(version: "tuple[int, int]") -> None:
    """The wheels of the private servers exist for two versions of Python."""
    if version not in PYTHONS:
        message = "Python 3.11 or 3.12 is needed, this is {}.{}: PYTHON=python3.12 make"
        raise Unready(message.format(*version))


def check_node() -> None:
    """Node brings the front-end parts."""
    program = shutil.which("node")
    if not program or not shutil.which("npm"):
        message = "Node {} or newer with npm is needed: https://nodejs.org/"
        raise Unready(message.format(NODE))
    answer = subprocess.run(  # noqa: S603 - a version
        [program, "--version"], stdout=subprocess.PIPE, check=False
    )
    version = answer.stdout.decode().strip()
    major = version.lstrip("v").split(".")[0]
    if not major.isdigit() or int(major) < NODE:
        message = "Node {} or newer is needed, this is {}: https://nodejs.org/"
        raise Unready(message.format(NODE, version or "one that does not run"))


def check_var(folder: Path) -> None:
    """Everything that is kept lies under var/."""
    try:
        folder.mkdir(exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        message = "{} cannot be used: {}. Make it a writable folder."
        raise Unready(message.format(folder, error.strerror)) from error


def port_from(text: str) -> int:
    """The port to serve on, from the PORT variable."""
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise Unready("PORT={} is not a port: use 1 to 65535.".format(text))
    return int(text)


def check_port(port: int) -> None:
    """Nobody else serves there."""
    with socket.socket() as probe:
        # as gunicorn binds: connections that are closing are no hindrance
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as error:
            message = "Port {} is for root only: PORT=8000 make run"
            raise Unready(message.format(port)) from error
        except OSError as error:
            message = "Port {} is busy: stop what serves there, or PORT={} make run"
            raise Unready(message.format(port, port + 1)) from error


def main() -> int:
    """Entry point; the exit status."""
    try:
        check_python(sys.version_info[:2])
        check_node()
        check_var(ROOT / "var")
        # after a killed run, and beside a running one, portal.run knows more
        if "--serve" in sys.argv[1:] and not HANDED_ON.exists():
            check_port(port_from(os.environ.get("PORT") or DEFAULT_PORT))
    except Unready as error:
        sys.stderr.write("{}\n".format(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
