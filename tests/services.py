"""Real services for contract and browser tests, each started on free ports.

A missing service fails in CI (``CI=true``) and is a skip elsewhere that names the
command which brings it. Services live as long as the pytest process that asked for
them, one set per xdist worker, and end with it however it ends.
"""

import os
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from portal.embedded.ports import free_port
from portal.embedded.processes import end, spawn

CI_FOLDER = Path(__file__).resolve().parent.parent / ".ci"
GO_INSTALL = "go install github.com/livekit/livekit-server/cmd/server@v1.13.5"
START_SECONDS = 60


@dataclass(frozen=True)
class S3Server:
    """A running S3 server (Ceph RADOS Gateway) with one user who may do all."""

    endpoint: str
    access_key: str
    secret_key: str
    region: str = "us-east-1"


@dataclass(frozen=True)
class LiveKitServer:
    """A running livekit-server; `url` for our API client, `ws_url` for participants."""

    url: str
    ws_url: str
    api_key: str
    api_secret: str


def require_service(name: str, hint: str, *, found: bool) -> None:
    """Go on when the service is there; else fail in CI, skip on a laptop.

    `hint` is the command that brings the service.
    """
    if found:
        return
    message = f"{name} is missing. Bring it with: {hint}"
    if os.environ.get("CI", "").lower() in {"1", "true", "yes"}:
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def livekit_binary() -> Path:
    """Where .ci/livekit_server.sh keeps the server, outside the checkout."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "earwitness" / "bin" / "livekit-server"


@contextmanager
def run_s3(*, lifecycle_day_seconds: int = 0) -> Iterator[S3Server]:
    """Run an empty S3 server in memory; a lifecycle "day" may last seconds."""
    programs = ("ceph-mon", "ceph-osd", "radosgw", "radosgw-admin", "ceph")
    require_service(
        "A real S3 server",
        "sudo apt-get install --no-install-recommends "
        "ceph-mon ceph-osd radosgw ceph-common",
        found=all(map(shutil.which, programs)),
    )
    port = free_port()
    server = S3Server(f"http://127.0.0.1:{port}", "PORTALKEY", "portal-secret")
    environment = os.environ | {
        "RGW_ACCESS_KEY": server.access_key,
        "RGW_SECRET_KEY": server.secret_key,
        "RGW_LC_DEBUG": str(lifecycle_day_seconds),
    }
    with tempfile.TemporaryDirectory(prefix="earwitness-s3-") as folder:
        data = Path(folder, "ceph")
        # it serves until its stdin ends, so even a killed pytest leaves nothing
        process = subprocess.Popen(
            [CI_FOLDER / "ceph_rgw.sh", data, str(port), str(free_port())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        with process:
            assert process.stdin
            assert process.stdout
            with closing(process.stdin):
                if process.stdout.readline() != "ready\n":
                    pytest.fail("The S3 server did not start.", pytrace=False)
                yield server


@contextmanager
def run_livekit(*, webhook_url: str = "") -> Iterator[LiveKitServer]:
    """Run a livekit-server that posts its webhooks to `webhook_url`."""
    binary = livekit_binary()
    require_service("livekit-server", "sh .ci/livekit_server.sh", found=binary.exists())
    port = free_port()
    server = LiveKitServer(
        url=f"http://127.0.0.1:{port}",
        ws_url=f"ws://127.0.0.1:{port}",
        api_key="contract-key",
        api_secret="contract-secret-of-enough-length-0123456789",
    )
    with tempfile.TemporaryDirectory(prefix="earwitness-livekit-") as folder:
        config = Path(folder, "livekit.yaml")
        config.write_text(_livekit_config(server, port, webhook_url))
        log = Path(folder, "livekit.log")
        process = spawn([binary, "--config", config], log=log, cwd=Path(folder))
        try:
            _wait_until_answers(server.url, process, log)
            yield server
        finally:
            end(process, seconds=0.5)


def _livekit_config(server: LiveKitServer, port: int, webhook_url: str) -> str:
    webhook = (
        f"webhook:\n  api_key: {server.api_key}\n  urls: ['{webhook_url}']\n"
        if webhook_url
        else ""
    )
    return f"""
port: {port}
bind_addresses: ["127.0.0.1"]
rtc:
  tcp_port: {free_port()}
  udp_port: {free_port()}
  use_external_ip: false
  node_ip: 127.0.0.1
  enable_loopback_candidate: true
keys:
  {server.api_key}: {server.api_secret}
room:
  empty_timeout: 5
  departure_timeout: 2
logging:
  level: info
{webhook}"""


def _wait_until_answers(
    url: str, process: "subprocess.Popen[bytes]", log: Path
) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - loopback
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
    pytest.fail(f"livekit-server did not start:\n{log.read_text()[-2000:]}")


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """A real S3 server; make your own bucket in it."""
    with run_s3() as server:
        yield server


@pytest.fixture
def livekit_server() -> Iterator[Callable[[str], LiveKitServer]]:
    """Start livekit-servers that post to a given webhook URL: `livekit_server(url)`."""
    with ExitStack() as stack:
        yield lambda webhook_url: stack.enter_context(
            run_livekit(webhook_url=webhook_url)
        )


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a real Chromium, for `playwright.chromium.launch(executable_path=)`.

    As root it wants `args=["--no-sandbox"]`.
    """
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    require_service("Chromium", "sudo apt-get install chromium", found=bool(path))
    assert path
    return path


def pytest_xdist_setupnodes(specs: list[Any]) -> None:
    """Give every xdist worker a Redis database of its own (PostgreSQL: pytest-django).

    Numbers 1, 2, ... follow the one in REDIS_URL, which the first process keeps.
    """
    base, _, number = os.environ["REDIS_URL"].rpartition("/")
    if not number.isdigit():
        base, number = os.environ["REDIS_URL"].rstrip("/"), "0"
    for index, spec in enumerate(specs, start=1):
        spec.env["REDIS_URL"] = f"{base}/{int(number) + index}"
