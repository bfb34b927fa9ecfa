"""Close the doors of the portal for a while, and open them again."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from portal import maintenance
from portal.maintenance import LOOK_SECONDS, RETRY_SECONDS


class Command(BaseCommand):
    """`manage.py maintenance on --message "Back at 14:00."`."""

    help = (
        "Turns maintenance mode on or off, or says whether it is on. Pages and changes "
        "through the API answer 503; LiveKit's webhooks are still taken."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do, and what people read meanwhile."""
        parser.add_argument("what", choices=["on", "off", "status"])
        parser.add_argument(
            "--message", default="", help="one sentence for everybody who comes by"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and say how it is now."""
        if options["what"] == "on":
            maintenance.begin(message=options["message"][:300], now=timezone.now())
        elif options["what"] == "off":
            maintenance.end()
        mode = maintenance.current()
        if mode is None:
            self.stdout.write("off")
            return
        since = f"{mode.began_at:%Y-%m-%d %H:%M} UTC"
        self.stdout.write(f"on since {since}. {mode.message}".rstrip())
        if options["what"] == "on":
            self.stdout.write(
                f"Every process knows within {LOOK_SECONDS:.0f} seconds and asks "
                f"visitors to come again after {RETRY_SECONDS}."
            )
