"""Fill a development portal with calls, over HTTP, the way real calls come."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from recordings.management import demo_requests
from recordings.models import Call

CALLS = 300


class Command(BaseCommand):
    """`manage.py load_demo --portal URL`: plays what is missing of the demo's calls."""

    help = "Plays the demo's calls into the portal, once for a database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where the portal listens, and how many calls to play."""
        parser.add_argument("--portal", required=True)
        parser.add_argument("--count", type=int, default=CALLS)

    def handle(self, *args: Any, **options: Any) -> None:
        """Play the calls that a run cut short has not played yet."""
        if not settings.LIVEKIT_SIMULATOR:
            raise CommandError("The demo needs the simulator of LiveKit.")
        there = Call.objects.filter(trunk_livekit_id__startswith="ST_demo_").count()
        missing = options["count"] - there
        if missing > 0:
            call_command(
                "simulate_call",
                portal=options["portal"],
                livekit=settings.LIVEKIT_URL,
                count=missing,
                seed=there,
                wait=True,
            )
        demo_requests.make(now=timezone.now())
