"""Serve the double of LiveKit."""

import os
from collections.abc import Callable
from typing import Any, BinaryIO

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from recordings import media_store
from recordings.livekit.simulator import (
    CallDesk,
    Player,
    Portal,
    Simulator,
    over_http,
    serve,
)

TOKEN = "EARWITNESS_SIMULATOR_TOKEN"  # noqa: S105 - the name of a variable


class Command(BaseCommand):
    """Runs until it is ended."""

    help = (
        "A double of LiveKit: answers our calls, sends signed webhooks, writes real "
        "audio. Refused in production."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Say where it listens and whom it tells."""
        parser.add_argument("--port", type=int, required=True)
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument(
            "--portal", required=True, help="base address of the portal"
        )
        parser.add_argument(
            "--token",
            default=os.environ.get(TOKEN, ""),
            help=f"service token of the voice agents that it plays, or {TOKEN}",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve until the process is ended."""
        simulator = simulator_for(options["portal"])
        player = Player(
            simulator, Portal(url=options["portal"], token=options["token"])
        )
        address = {"host": options["host"], "port": options["port"]}
        with serve(simulator, desk=CallDesk(player), **address) as server:
            self.stdout.write(f"simulated LiveKit at {server.url}")
            try:
                simulator.stopping.wait()
            except KeyboardInterrupt:
                self.stdout.write("simulated LiveKit ends")


def simulator_for(portal: str) -> Simulator:
    """Return a simulator that tells the portal at this address and writes into our store."""
    if not settings.LIVEKIT_API_KEYS:
        raise CommandError("LIVEKIT_API_KEYS is empty: webhooks could not be signed.")
    return Simulator(
        keys=dict(settings.LIVEKIT_API_KEYS),
        deliver=over_http(f"{portal.rstrip('/')}/webhooks/livekit"),
        put=into(media_store.store()),
    )


def into(store: media_store.MediaStore) -> Callable[[str, BinaryIO, str], None]:
    """Return a writer into a store; what the store refuses is an OSError to a recorder."""

    def put(key: str, stream: BinaryIO, content_type: str) -> None:
        try:
            store.put(key, stream, content_type)
        except media_store.StoreError as error:
            raise OSError(type(error).__name__) from error

    return put
