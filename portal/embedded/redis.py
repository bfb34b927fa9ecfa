"""A private Redis on a free loopback port."""

import secrets
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from redis import Redis as Client
from redis.exceptions import RedisError

from portal.embedded import binaries, processes
from portal.embedded.account import for_servers
from portal.embedded.errors import EmbeddedError
from portal.embedded.ports import LOOPBACK, free_port

START_SECONDS = 30
STOP_SECONDS = 10
PORT_TRIES = 3


@dataclass
class Redis:
    """One server with its files in `home`/redis.

    With `persistent` every write is kept across restarts, also across a kill.
    """

    home: Path
    persistent: bool = True
    port: int = 0
    process: "subprocess.Popen[bytes] | None" = None
    password: str = field(default_factory=lambda: secrets.token_hex(24), repr=False)

    name = "redis"

    @property
    def url(self) -> str:
        """The REDIS_URL of a started server, database 0."""
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/0"

    def start(self) -> None:
        """Start, on the port it had before if any.

        A server of a killed run is stopped first. Raises EmbeddedError.
        """
        program = binaries.redis_server()
        folder = self.home / "redis"
        account = for_servers(program, self.home)
        processes.clear(lambda: processes.running_in(folder, "redis-server"))
        folder.mkdir(mode=0o700, exist_ok=True)
        account.own(folder)
        wanted = self.port
        for _ in range(1 if wanted else PORT_TRIES):
            self.port = wanted or free_port()
            with tempfile.TemporaryFile() as config:
                config.write(self._config().encode())
                config.seek(0)
                self.process = processes.spawn(
                    # read from stdin, so that the password is in no argument list
                    [program, "-"],
                    stdin=config,
                    log=self._log,
                    cwd=folder,
                    account=account,
                )
            if self._answers():
                return
        message = (
            f"Redis did not start: {_last_line(self._log)} (log: {self._log}). "
            f"It holds nothing that the database lacks: {folder} may be removed."
        )
        raise EmbeddedError(message)

    def alive(self) -> bool:
        """Whether the server process runs."""
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """Stop after the last write is on disk."""
        if self.process:
            processes.end(self.process, seconds=STOP_SECONDS)

    @property
    def _log(self) -> Path:
        return self.home / "redis.log"

    def _config(self) -> str:
        # noeviction: a broker must refuse, never forget
        return f"""
bind {LOOPBACK}
port {self.port}
requirepass {self.password}
daemonize no
databases 64
save ""
appendonly {"yes" if self.persistent else "no"}
maxmemory-policy noeviction
"""

    def _answers(self) -> bool:
        deadline = time.monotonic() + START_SECONDS
        with Client.from_url(self.url, socket_timeout=2) as client:
            while self.alive() and time.monotonic() < deadline:
                try:
                    return bool(client.ping())
                except RedisError:
                    time.sleep(0.02)
        self.stop()
        return False


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()
    return lines[-1] if lines else "it said nothing"
