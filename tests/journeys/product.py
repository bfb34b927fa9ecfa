"""The whole product as `make run` starts it: web, worker and a LiveKit, as processes.

LiveKit is the simulator: Egress cannot be installed from a package. It plays the voice
agent too, with a service key of its own. There is no beat: nothing here may depend on a
sweep.
"""

import json
import os
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connection, transaction

from compliance.models import Person, ServiceKey
from portal import programs
from portal.embedded.ports import free_port
from portal.embedded.processes import end, spawn
from portal.embedded.redis import Redis
from recordings.livekit.simulator import Scenario
from recordings.models import Call
from tests.cast import PASSWORD, Cast
from tests.waiting import until

START_SECONDS = 120
"""Three Pythons import the product at once, perhaps on a busy machine."""
STOP_SECONDS = 5
NOT_RUN = {"beat"}


@dataclass
class Product:
    """A running product. `logs` by program; `access` is the web server's own log."""

    home: Path
    url: str
    livekit_url: str
    redis_url: str
    environment: Mapping[str, str]
    commands: dict[str, tuple[str | Path, ...]] = field(default_factory=dict)
    processes: "dict[str, subprocess.Popen[bytes]]" = field(default_factory=dict)

    @property
    def media(self) -> Path:
        """The folder of the local store."""
        return self.home / "media"

    @property
    def access(self) -> Path:
        """The access log of the web server."""
        return self.home / "access.log"

    def log(self, name: str) -> Path:
        """What a program said: `web`, `worker` or `livekit`."""
        return self.home / f"{name}.log"

    def start(self, name: str) -> None:
        """Start a program, again perhaps; its log goes on."""
        self.processes[name] = spawn(
            self.commands[name],
            log=self.log(name),
            cwd=settings.BASE_DIR,
            env=self.environment,
        )

    def kill(self, name: str) -> None:
        """End a program as a power cut would, its children too."""
        os.killpg(self.processes[name].pid, signal.SIGKILL)
        self.processes[name].wait()

    def begin(self, scenario: Scenario) -> str:
        """Let LiveKit play a call; returns by which id `outcome` knows it."""
        told = _ask(f"{self.livekit_url}/simulator/calls", [scenario.to_json()])
        return str(told[0]["id"])

    def outcome(self, begun: str) -> dict[str, Any]:
        """How a call goes, as the simulator sees it."""
        found: dict[str, Any] = _ask(f"{self.livekit_url}/simulator/calls/{begun}")
        return found

    def play(self, scenario: Scenario) -> Call:
        """Play a call to its end, and return it once the portal knows that it ended."""
        begun = self.begin(scenario)
        until(lambda: self.outcome(begun)["state"] == "over", seconds=120)
        ended = self.outcome(begun)
        assert (ended["events_lost"], ended["note"]) == (0, "")
        calls = Call.objects.filter(room=ended["room_sid"], ended_at__isnull=False)
        until(calls.exists)
        return calls.get()


@contextmanager
def run(home: Path, cast: Cast) -> Iterator[Product]:
    """Run the product on the test database, for the cast; ends all it started."""
    redis = Redis(home, persistent=False)
    redis.start()
    with ExitStack() as stack:
        stack.callback(redis.stop)
        product = _assembled(home, redis.url)
        _let_in(cast, product.environment["EARWITNESS_SIMULATOR_TOKEN"])
        for name in product.commands:
            product.start(name)
            stack.callback(_end, product, name)
        until(lambda: _is_up(product), seconds=START_SECONDS)
        yield product


def _assembled(home: Path, redis_url: str) -> Product:
    port, livekit_port = free_port(), free_port()
    environment = _environment(home, redis_url, livekit_port)
    product = Product(
        home=home,
        url=programs.portal_url(port),
        livekit_url=environment["LIVEKIT_URL"],
        redis_url=redis_url,
        environment=environment,
    )
    for program in programs.lasting(home, port, livekit_port):
        if program.name not in NOT_RUN:
            product.commands[program.name] = tuple(program.command)
    product.commands["web"] += (f"--access-logfile={product.access}",)
    return product


def _environment(home: Path, redis_url: str, livekit_port: int) -> dict[str, str]:
    """As `make run` makes it, on the database of the tests and with their keys."""
    database = urlsplit(os.environ["DATABASE_URL"])
    name = connection.settings_dict["NAME"]
    keys = os.environ.get("EARWITNESS_KEYS_FILE") or str(_usual_keys())
    given = {
        key: value for key, value in os.environ.items() if not key.startswith("LIVEKIT")
    }
    ours = {
        "DATABASE_URL": database._replace(path=f"/{name}").geturl(),
        "REDIS_URL": redis_url,
        "EARWITNESS_KEYS_FILE": keys,
        "EARWITNESS_MEDIA_ROOT": str(home / "media"),
        "EARWITNESS_STATIC_ROOT": str(home),
    }
    return programs.environment(home, given | ours, livekit_port)


def _usual_keys() -> Path:
    """The key file of a checkout, where the environment names none."""
    return Path(settings.BASE_DIR, "var", "keys.json")


def _let_in(cast: Cast, token: str) -> None:
    """Passwords that the real product can check, and a key for the voice agent."""
    hasher = PBKDF2PasswordHasher()
    Person.objects.update(password=hasher.encode(PASSWORD, hasher.salt()))
    with transaction.atomic():
        ServiceKey.objects.adopt(token, service=cast.service, name="voice agent")


def _is_up(product: Product) -> bool:
    for name, process in product.processes.items():
        assert process.poll() is None, product.log(name).read_text()[-3000:]
    ready = " ready." in product.log("worker").read_text()
    return ready and all(
        _answers(url)
        for url in (f"{product.url}/healthz", f"{product.livekit_url}/simulator/")
    )


def _answers(url: str) -> bool:
    try:
        _open(url).close()
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
    return True


def _end(product: Product, name: str) -> None:
    end(product.processes[name], seconds=STOP_SECONDS)


def _ask(url: str, body: object = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    with _open(url, data) as answer:
        return json.load(answer)


def _open(url: str, data: bytes | None = None) -> Any:
    return urllib.request.urlopen(  # noqa: S310 - our own programs
        urllib.request.Request(url, data),  # noqa: S310
        timeout=30,
    )
