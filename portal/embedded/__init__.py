"""The private PostgreSQL and Redis of `make run` and `make test`.

Nothing is started for a server that DATABASE_URL or REDIS_URL names. The programs
come from pip wheels but are started and watched by us: the wheels' own launchers
change the modes of parent folders, trust stale pid files and fail on paths with
spaces. Both listen on a free loopback port, with a password of their own.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from portal.embedded.errors import EmbeddedError
from portal.embedded.lock import held
from portal.embedded.postgres import Postgres
from portal.embedded.redis import Redis

__all__ = ["EmbeddedError", "Servers", "adopt", "hand_on", "held", "servers"]

HANDED_ON = "embedded.json"


@dataclass
class Servers:
    """The servers that were started, and the environment that finds them."""

    running: dict[str, Postgres | Redis] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """DATABASE_URL and REDIS_URL of the servers that are ours."""
        return {variable: server.url for variable, server in self.running.items()}

    def revive(self) -> list[str]:
        """Start again, on its port, whatever has died; the names of those servers."""
        dead = [server for server in self.running.values() if not server.alive()]
        for server in dead:
            server.start()
        return [server.name for server in dead]


@contextmanager
def servers(
    home: Path, *, fsync: bool, environ: Mapping[str, str] = os.environ
) -> Iterator[Servers]:
    """Run what `environ` does not name, with its data in `home`, until the block ends.

    The caller holds `home` (portal.embedded.lock). `fsync=False`: nothing needs to
    survive a crash (tests). Raises EmbeddedError.
    """
    home = home.resolve()
    with ExitStack() as stack:
        started = Servers()
        if not environ.get("DATABASE_URL"):
            started.running["DATABASE_URL"] = Postgres(home, fsync=fsync)
        if not environ.get("REDIS_URL"):
            started.running["REDIS_URL"] = Redis(home, persistent=fsync)
        for server in started.running.values():
            stack.callback(server.stop)
            try:
                server.start()
            except OSError as error:
                raise EmbeddedError(f"{home} cannot be used: {error}.") from error
        yield started


@contextmanager
def hand_on(home: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """Let other terminals find this environment for as long as the block lasts."""
    file = home / HANDED_ON
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    content = {"pid": os.getpid(), "environment": dict(environment)}
    file.write_text(json.dumps(content, indent=2))
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def adopt(home: Path) -> None:
    """Take the environment of a `make run` that runs now, where ours says nothing.

    For manage.py in a second terminal. Nothing changes without such a run, nor for
    somebody who names another database: that is another installation.
    """
    try:
        found = json.loads((home / HANDED_ON).read_text())
        os.kill(found["pid"], 0)
    except (OSError, ValueError):
        return
    theirs = found["environment"]
    if os.environ.get("DATABASE_URL", theirs["DATABASE_URL"]) == theirs["DATABASE_URL"]:
        for name, value in theirs.items():
            os.environ.setdefault(name, value)
