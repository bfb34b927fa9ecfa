"""The whole product as `make run` starts it: web, worker and a LiveKit, as processes.

LiveKit is the simulator, because Egress cannot be installed from a package; it plays the
voice agent too. A real livekit-server, without Egress, can take its place. There is no
beat: nothing here may depend on a sweep.
"""

import json
import os
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connection, transaction

from compliance import service_token
from compliance.models import Person, ServiceKey
from portal import programs
from portal.embedded.ports import free_port
from portal.embedded.processes import end, spawn
from portal.embedded.redis import Redis
from recordings.livekit.simulator import Scenario
from recordings.models import Call
from tests.cast import PASSWORD, Cast
from tests.services import LiveKitServer
from tests.waiting import until

START_SECONDS = 120
"""Three Pythons import the product at once, perhaps on a busy machine."""
STOP_SECONDS = 5
NOT_RUN = {"beat", "evidence"}
"""Without a beat nothing is published for the worker for evidence."""


@dataclass
class Product:
    """A running product; `token` lets voice agents in."""

    home: Path
    url: str
    livekit_url: str
    redis_url: str
    token: str
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
def run(
    home: Path, cast: Cast, *, livekit: Callable[[str], LiveKitServer] | None = None
) -> Iterator[Product]:
    """Run the product on the test database, for the cast; ends all it started.

    livekit: starts a real server that posts to the address it is given.
    """
    redis = Redis(home, persistent=False)
    redis.start()
    with ExitStack() as stack:
        stack.callback(redis.stop)
        product = _assembled(home, redis.url, livekit)
        _let_in(cast, product.token)
        for name in product.commands:
            product.start(name)
            stack.callback(_end, product, name)
        until(lambda: _is_up(product), seconds=START_SECONDS)
        yield product


def _assembled(
    home: Path, redis_url: str, livekit: Callable[[str], LiveKitServer] | None
) -> Product:
    port = free_port()
    url = programs.portal_url(port)
    given = _given(home, redis_url)
    if livekit:
        server = livekit(f"{url}/webhooks/livekit")
        given["LIVEKIT_URL"] = server.url
        given["LIVEKIT_API_KEYS"] = f"{server.api_key}={server.api_secret}"
    simulator_port = programs.simulator_port(given)
    environment = programs.environment(home, given, simulator_port)
    product = Product(
        home=home,
        url=url,
        livekit_url=environment["LIVEKIT_URL"],
        redis_url=redis_url,
        token=environment["EARWITNESS_SIMULATOR_TOKEN"],
        environment=environment,
    )
    for program in programs.lasting(home, port, simulator_port):
        if program.name not in NOT_RUN:
            product.commands[program.name] = tuple(program.command)
    product.commands["web"] += (f"--access-logfile={product.access}",)
    return product


def _given(home: Path, redis_url: str) -> dict[str, str]:
    """The database and the keys of the tests; everything else is this product's own."""
    database = urlsplit(os.environ["DATABASE_URL"])
    name = connection.settings_dict["NAME"]
    given = {
        key: value for key, value in os.environ.items() if not key.startswith("LIVEKIT")
    }
    return given | {
        "DATABASE_URL": database._replace(path=f"/{name}").geturl(),
        "REDIS_URL": redis_url,
        "EARWITNESS_KEYS_FILE": given.get("EARWITNESS_KEYS_FILE") or _usual_keys(),
        "EARWITNESS_MEDIA_ROOT": str(home / "media"),
        "EARWITNESS_STATIC_ROOT": str(home),
        "EARWITNESS_SIMULATOR_TOKEN": service_token.make(),
    }


def _usual_keys() -> str:
    """The key file of a checkout, where the environment names none."""
    return str(Path(settings.BASE_DIR, "var", "keys.json"))


def _let_in(cast: Cast, token: str) -> None:
    """Passwords that the real product can check, and a key for the voice agent."""
    hasher = PBKDF2PasswordHasher()
    Person.objects.update(password=hasher.encode(PASSWORD, hasher.salt()))
    for person in cast.people.values():
        person.refresh_from_db()
    with transaction.atomic():
        ServiceKey.objects.adopt(token, service=cast.service, name="voice agent")


def _is_up(product: Product) -> bool:
    for name, process in product.processes.items():
        assert process.poll() is None, product.log(name).read_text()[-3000:]
    ready = " ready." in product.log("worker").read_text()
    return ready and all(
        _answers(url) for url in (f"{product.url}/healthz", product.livekit_url)
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
