"""Play calls: for the demo, or against the staging portal of a voice agent's developer."""

import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from recordings.livekit.simulator import (
    CallDesk,
    Player,
    Portal,
    Scenario,
    demo_scenarios,
    serve,
)
from recordings.management.commands.simulate_livekit import TOKEN, simulator_for

POLL_SECONDS = 0.2


class Command(BaseCommand):
    """Prints one line a call; numbers stay out of it."""

    help = (
        "Plays simulated calls on the simulator at --livekit (or LIVEKIT_URL); if none "
        "runs there, starts one at LIVEKIT_URL, which the portal must be able to reach."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Say which calls, and where."""
        add = parser.add_argument
        add("--portal", default="http://127.0.0.1:8000", help="base address")
        add("--livekit", default="", help="address of a running simulator")
        add("--count", type=int, default=1)
        add("--scenario", default="", help="the name of one conversation")
        add("--live", action="store_true", help="now, in real time")
        add("--from", dest="since", type=moment, help="earliest day or time")
        add("--to", dest="until", type=moment, help="latest day or time")
        add("--seed", type=int, default=None, help="the same seed makes the same calls")
        add(
            "--token",
            default=os.environ.get(TOKEN, ""),
            help="service token of an agent",
        )
        add("--at-once", type=int, default=8, help="calls at the same time")
        add("--wait", action="store_true", help="until the calls are over")

    def handle(self, *args: Any, **options: Any) -> None:
        """Play and print."""
        scenarios = chosen(options)
        running = options["livekit"] or running_simulator()
        if running:
            lines = on_running(running, scenarios, wait=options["wait"])
        else:
            lines = on_own(scenarios, options)
        for line in lines:
            self.stdout.write(line)


def moment(text: str) -> datetime:
    """Read a day or a time; without a zone it is UTC."""
    day = parse_date(text)
    read = datetime(day.year, day.month, day.day) if day else parse_datetime(text)  # noqa: DTZ001
    if read is None:
        raise ValueError(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def chosen(options: dict[str, Any]) -> list[Scenario]:
    """Return the calls that were asked for."""
    now = timezone.now()
    seed = options["seed"] if options["seed"] is not None else int(now.timestamp())
    try:
        scenarios = demo_scenarios(
            count=options["count"],
            now=options["until"] or now,
            since=options["since"],
            seed=seed,
            only=options["scenario"],
        )
    except ValueError as error:
        raise CommandError(str(error)) from error
    if options["live"]:
        return [replace(one, starts_at=None, speed=1.0) for one in scenarios]
    return scenarios


def running_simulator() -> str:
    """Return LIVEKIT_URL if a simulator answers there, else nothing."""
    try:
        answer = ask(settings.LIVEKIT_URL, "/simulator/")
    except (OSError, ValueError, CommandError):
        return ""
    return settings.LIVEKIT_URL if answer == {"simulator": True} else ""


def on_running(url: str, scenarios: list[Scenario], *, wait: bool) -> Iterator[str]:
    """Play on a running simulator."""
    calls = ask(url, "/simulator/calls", [one.to_json() for one in scenarios])
    for call in calls:
        outcome = call
        while wait and outcome["state"] != "over":
            time.sleep(POLL_SECONDS)
            outcome = ask(url, f"/simulator/calls/{call['id']}")
        yield line(outcome)


def on_own(scenarios: Iterable[Scenario], options: dict[str, Any]) -> Iterator[str]:
    """Play on a simulator of our own, until every call is over."""
    address = urlsplit(settings.LIVEKIT_URL)
    if address.hostname not in ("127.0.0.1", "localhost", "::1") or not address.port:
        raise CommandError("LIVEKIT_URL names no port of this machine to simulate at.")
    simulator = simulator_for(options["portal"])
    player = Player(simulator, Portal(url=options["portal"], token=options["token"]))
    desk = CallDesk(player, at_once=options["at_once"])
    with serve(simulator, port=address.port):
        for _outcome, done in desk.play(scenarios):
            yield line(done.result().to_json())


def line(outcome: dict[str, Any]) -> str:
    """Say in one line how a call went."""
    recorded = ", ".join(outcome["recordings"]) or "not recorded"
    lost = f"; {outcome['events_lost']} events lost" if outcome["events_lost"] else ""
    note = f"; {outcome['note']}" if outcome["note"] else ""
    return f"{outcome['state']} {outcome['scenario']} {recorded}{lost}{note}"


def ask(url: str, path: str, body: object = None) -> Any:
    """Ask a running simulator. Raises CommandError with its answer, or OSError."""
    if urlsplit(url).scheme not in ("http", "https"):
        raise CommandError("a simulator is asked over http")
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{url.rstrip('/')}{path}", data)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise CommandError(f"{path}: {error.code} {error.read(300)!r}") from error
