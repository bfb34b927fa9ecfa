"""A real syslog server (rsyslog) that speaks RFC 5425, for tests of what is sent to it."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from portal.embedded.ports import free_port
from tests.services import CI_FOLDER, require_service


@dataclass(frozen=True)
class SyslogServer:
    """A running rsyslog; `folder` keeps its certificates and what it took."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"tls://localhost:{self.port}"

    def pem(self, name: str) -> str:
        """One of its files: ca.crt, portal.crt, portal.key, stranger.crt …"""
        return (self.folder / name).read_text()

    @property
    def got(self) -> list[dict[str, Any]]:
        """What it took, in its order."""
        file = self.folder / "out.jsonl"
        if not file.exists():
            return []
        return [json.loads(line) for line in file.read_text().splitlines()]


@contextmanager
def run_rsyslog(
    folder: Path, *, port: int = 0, mtls: bool = False
) -> Iterator[SyslogServer]:
    """Run it until the block ends; begun again in its folder, it goes on there."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin"
    require_service(
        "A syslog server",
        "sudo apt-get install --no-install-recommends rsyslog rsyslog-openssl openssl",
        found=bool(shutil.which("rsyslogd", path=path) and shutil.which("openssl")),
    )
    server = SyslogServer(folder, port or free_port())
    process = subprocess.Popen(
        [
            CI_FOLDER / "rsyslog.sh",
            folder,
            str(server.port),
            *(["mtls"] if mtls else []),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdin
        assert process.stdout
        with closing(process.stdin):
            if process.stdout.readline() != "ready\n":
                pytest.fail("rsyslog did not start.", pytrace=False)
            yield server


@pytest.fixture(scope="session")
def syslog_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificates are made once."""
    return tmp_path_factory.mktemp("rsyslog")


@pytest.fixture
def rsyslog(syslog_folder: Path) -> Iterator[Callable[..., SyslogServer]]:
    """Start servers: `rsyslog()`, or `rsyslog(mtls=True)`; what they took begins empty."""
    (syslog_folder / "out.jsonl").unlink(missing_ok=True)
    with ExitStack() as stack:
        yield lambda **how: stack.enter_context(run_rsyslog(syslog_folder, **how))
