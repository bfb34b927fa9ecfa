"""A private PostgreSQL on a free loopback port."""

import secrets
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

from portal.embedded import binaries, processes
from portal.embedded.account import for_servers
from portal.embedded.errors import EmbeddedError
from portal.embedded.ports import LOOPBACK, free_port
from portal.embedded.processes import Account

NAME = "earwitness"
START_SECONDS = 60
STOP_SECONDS = 20
PORT_TRIES = 3
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass
class Postgres:
    """One cluster in `home`/postgres; `start`, `stop`, and `start` again after a crash.

    `fsync=False` trades the data's safety for speed: tests only.
    """

    home: Path
    fsync: bool = True
    port: int = 0
    process: "subprocess.Popen[bytes] | None" = None
    _log_start: int = field(default=0, repr=False)

    name = "postgres"

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.home / "postgres"

    @property
    def log(self) -> Path:
        """Where the server writes what it does."""
        return self.home / "postgres.log"

    @property
    def url(self) -> str:
        """The DATABASE_URL of a started server."""
        password = self._password_file.read_text().strip()
        return f"postgres://{NAME}:{password}@{LOOPBACK}:{self.port}/{NAME}"

    def start(self) -> None:
        """Start, on the port it had before if any; make the cluster when there is none.

        A server of a killed run is stopped first. Raises EmbeddedError.
        """
        folder = binaries.postgres_folder()
        account = for_servers(folder / "postgres", self.home)
        self._clear_leftovers()
        if not self.data.exists():
            self._make_cluster(folder, account)
        self._check_version(folder)
        wanted = self.port
        for _ in range(1 if wanted else PORT_TRIES):
            self.port = wanted or free_port()
            if self._serve(folder, account):
                return
            if "Address already in use" not in self._said():
                break
        raise EmbeddedError(f"PostgreSQL did not start: {self._reason()}")

    def alive(self) -> bool:
        """Whether the server process runs."""
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """Stop at once but cleanly; open connections are ended."""
        if self.process:
            processes.end(self.process, seconds=STOP_SECONDS, stop_signal=signal.SIGINT)

    @property
    def _password_file(self) -> Path:
        return self.home / "postgres.password"

    def _clear_leftovers(self) -> None:
        folder = self.data
        processes.clear(
            lambda: processes.running_in(folder, "postgres"), stop_signal=signal.SIGINT
        )
        # nobody is left in the folder, so a pid file there names somebody else's process
        (folder / "postmaster.pid").unlink(missing_ok=True)

    def _make_cluster(self, binary_folder: Path, account: Account) -> None:
        fresh = self.home / "postgres.new"
        if fresh.exists():
            shutil.rmtree(fresh)
        fresh.mkdir(mode=0o700)
        account.own(fresh)
        _write_password(self._password_file, account)
        command: processes.Command = [
            binary_folder / "initdb",
            f"--pgdata={fresh}",
            f"--username={NAME}",
            f"--pwfile={self._password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--no-locale",
            "--no-instructions",
            *([] if self.fsync else ["--no-sync"]),
        ]
        with self.log.open("ab") as output:
            made = subprocess.run(  # noqa: S603 - our own command
                [*account.prefix, *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=fresh,
                check=False,
                **account.options(),
            )
        if made.returncode != 0:
            raise EmbeddedError(f"No cluster could be made: {self._reason()}")
        fresh.rename(self.data)

    def _check_version(self, binary_folder: Path) -> None:
        version_file = self.data / "PG_VERSION"
        if not version_file.exists() or not self._password_file.exists():
            message = (
                f"{self.data} is damaged. Restore it, or remove it and "
                f"{self._password_file} to begin with an empty database."
            )
            raise EmbeddedError(message)
        made_by = version_file.read_text().strip()
        answer = subprocess.check_output(  # noqa: S603 - our own command
            [binary_folder / "postgres", "--version"], text=True
        )
        if not answer.split()[-1].startswith(made_by + "."):
            message = (
                f"{self.data} was made by PostgreSQL {made_by}, this is "
                f"{answer.strip()}: use that version, or move the folder away."
            )
            raise EmbeddedError(message)

    def _serve(self, binary_folder: Path, account: Account) -> bool:
        """Start and wait; False when the server gave up."""
        options = ["listen_addresses=127.0.0.1", "timezone=UTC", "max_connections=200"]
        if not self.fsync:
            options += FAST
        arguments = [part for option in options for part in ("-c", option)]
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        self.process = processes.spawn(
            [
                binary_folder / "postgres",
                *("-D", self.data, "-p", str(self.port), "-k", ""),
                *arguments,
            ],
            log=self.log,
            cwd=self.data,
            account=account,
            death_signal=signal.SIGINT,
        )
        deadline = time.monotonic() + START_SECONDS
        while self.alive() and time.monotonic() < deadline:
            if self._answers():
                return True
            time.sleep(0.05)
        self.stop()
        return False

    def _answers(self) -> bool:
        """Whether it takes connections; makes the database on the first one."""
        server_url = self.url.removesuffix(NAME) + "postgres"
        try:
            with psycopg.connect(
                server_url, autocommit=True, connect_timeout=2
            ) as connection:
                query = "SELECT 1 FROM pg_database WHERE datname = %s"
                if connection.execute(query, [NAME]).fetchone() is None:
                    statement = sql.SQL("CREATE DATABASE {}")
                    connection.execute(statement.format(sql.Identifier(NAME)))
        except psycopg.OperationalError:
            return False
        return True

    def _said(self) -> str:
        """What the server logged since this start."""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            return log.read().decode(errors="replace")

    def _reason(self) -> str:
        lines = self._said().splitlines()
        telling = [line for line in lines if "FATAL" in line or "error:" in line]
        last = (telling or lines or ["it said nothing."])[-1]
        return f"{last} (log: {self.log})"


def _write_password(path: Path, account: Account) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(secrets.token_hex(24) + "\n")
    account.own(path)
