"""The programs of `make run`, and the environment they share."""

import secrets
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from compliance import service_token
from portal import first_keys
from portal.celery import EVIDENCE
from portal.embedded.ports import LOOPBACK, free_port
from portal.supervisor import Program

MARK = "EARWITNESS_RUN"
"""In the environment of every program of ours, so that a killed run's are found."""

LOGINS_COMMAND = "demo_logins"
"""Makes the demo's people when they are absent; prints `LOGIN role e-mail password`."""
HINT_COMMAND = "sign_in_hint"
"""Prints how the first administrator is made, while there is none."""
DEMO_COMMAND = "load_demo"
"""Loads the demo over HTTP into the portal of `--portal`, once for a database."""
SIMULATOR_COMMAND = "simulate_livekit"
"""Serves the double of LiveKit on `--port`."""

SHARED = ("DATABASE_URL", "REDIS_URL", "LIVEKIT_", "EARWITNESS_")
QUIET_WORKER = ("--without-gossip", "--without-mingle", "--without-heartbeat")
# no query strings, no addresses: they are not ours to keep
ACCESS_LOG = "%(m)s %(U)s %(s)s %(M)sms"


def environment(
    home: Path, given: Mapping[str, str], simulator_port: int | None
) -> dict[str, str]:
    """The given environment, completed for a development run that lives in `home`.

    A simulator of LiveKit gets a secret of this run's own. Makes the key file when
    nobody brought one.
    """
    keys_file = home / "keys.json"
    wanted = {
        "EARWITNESS_DEBUG": "1",
        "EARWITNESS_KEYS_FILE": str(keys_file),
        "PYTHONUNBUFFERED": "1",
    }
    if simulator_port:
        wanted["LIVEKIT_URL"] = f"http://{LOOPBACK}:{simulator_port}"
        wanted["LIVEKIT_API_KEYS"] = f"simulator={secrets.token_hex(24)}"
        agents = service_token.make()
        wanted["EARWITNESS_SIMULATOR_TOKEN"] = agents
    if not given.get("EARWITNESS_KEYS_FILE"):
        first_keys.ensure(keys_file)
    said = {name: value for name, value in given.items() if value}
    return wanted | said | {MARK: str(home)}


def simulator_port(given: Mapping[str, str]) -> int | None:
    """A port for the simulator of LiveKit; None when a real one is configured."""
    return None if given.get("LIVEKIT_URL") else free_port()


def shared(environment: Mapping[str, str]) -> dict[str, str]:
    """The part of the environment that a second terminal needs (`embedded.adopt`)."""
    return {
        name: value
        for name, value in environment.items()
        if name.startswith(SHARED) and name != MARK
    }


def preparations(environment: Mapping[str, str]) -> list[Program]:
    """What runs to its end before anything is served."""
    programs = [_manage("migrate", "migrate", "--no-input", "--verbosity=1")]
    if environment["EARWITNESS_DEBUG"] != "1":
        programs.append(_manage("static", "collectstatic", "--no-input"))
    return programs


def lasting(home: Path, port: int, simulator_port: int | None) -> list[Program]:
    """What serves until somebody stops it."""
    programs = [
        Program("web", _web(port)),
        Program("worker", _worker("--concurrency=2")),
        # one seals while the other looks at clocks, which may take its time to answer
        Program("evidence", _worker(f"--queues={EVIDENCE}", "--concurrency=2")),
        Program("beat", _celery("beat", f"--schedule={home / 'beat-schedule'}")),
    ]
    if simulator_port:
        options = ("--port", str(simulator_port), "--portal", portal_url(port))
        programs.append(_manage("livekit", SIMULATOR_COMMAND, *options))
    return programs


def demo_logins() -> Program:
    """Prints who may log in."""
    return _manage("demo", LOGINS_COMMAND)


def sign_in_hint() -> Program:
    """Says how to make somebody who may log in, where nobody may."""
    return _manage("hint", HINT_COMMAND)


def load_demo(port: int) -> Program:
    """Fills the portal with calls, over HTTP, while it is already in use."""
    options = ("--portal", portal_url(port))
    return replace(_manage("demo", DEMO_COMMAND, *options), keep=False)


def portal_url(port: int) -> str:
    """Where our own programs reach the portal."""
    return f"http://{LOOPBACK}:{port}"


def _manage(name: str, *arguments: str) -> Program:
    return Program(name, (sys.executable, "manage.py", *arguments))


def _worker(*options: str) -> tuple[str, ...]:
    return _celery("worker", *options, *QUIET_WORKER)


def _celery(*arguments: str) -> tuple[str, ...]:
    # in a container one is root, and need not be told each time
    python = (sys.executable, "-W", "ignore:You're running the worker")
    celery = ("-m", "celery", "--app=portal", "--quiet")
    return (*python, *celery, *arguments, "--loglevel=INFO")


def _web(port: int) -> tuple[str, ...]:
    return (
        *(sys.executable, "-m", "gunicorn", "portal.wsgi"),
        *(f"--bind={LOOPBACK}:{port}", "--no-control-socket"),
        *("--worker-class=gthread", "--workers=2", "--threads=4"),
        # the player holds connections open; a deploy does not wait for it
        "--graceful-timeout=3",
        *("--log-level=warning", "--access-logfile=-"),
        f"--access-logformat={ACCESS_LOG}",
    )
