"""manage.py replay_events: have events of LiveKit applied again, or see which would be."""

from argparse import ArgumentTypeError
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from compliance.publish import nudge_after_commit
from recordings import replays, tasks
from recordings.models import LiveKitEvent
from recordings.replays import Outcome

PAGE = 200
WORDS = {
    Outcome.AGAIN: "to be applied again",
    Outcome.WAITS: "left alone: it waits to be applied anyway",
    Outcome.BLANKED: "not possible: what it said was blanked, its time was over",
    Outcome.UNKNOWN: "not possible: this version does not understand it",
}


class Command(BaseCommand):
    """`manage.py replay_events --state failed --since 2026-03-02T09:00Z --go`."""

    help = (
        "Shows which events of LiveKit would be applied again; with --go they are. "
        "Applying again what was applied changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Which events; at least one filter must be given."""
        parser.add_argument("--id", action="append", help="this event; may be repeated")
        parser.add_argument("--room", help="events of the room with this sid")
        parser.add_argument(
            "--since", type=_moment, help="received since, such as 2026-03-02T09:00Z"
        )
        parser.add_argument("--state", choices=LiveKitEvent.State.values)
        parser.add_argument("--go", action="store_true", help="do it")

    def handle(self, *args: Any, **options: Any) -> None:
        """One line an event, and how many there are of each outcome."""
        events = _chosen(options)
        counts: Counter[Outcome] = Counter()
        for page in _pages(events):
            outcomes = (
                replays.again(events=page, by=None, now=timezone.now())
                if options["go"]
                else {event.id: replays.outlook(event) for event in page}
            )
            counts.update(outcomes.values())
            for event in page:
                words = WORDS[outcomes[event.id]]
                self.stdout.write(f"{event.id}  {event.name}  {event.state}  {words}")
        if options["go"]:
            nudge_after_commit(tasks.drain_inbox)
        self._sum_up(counts, done=options["go"])

    def _sum_up(self, counts: Counter[Outcome], *, done: bool) -> None:
        for outcome, count in sorted(counts.items()):
            self.stdout.write(f"{count} {WORDS[outcome]}")
        if not counts:
            self.stdout.write("No such event.")
        elif not done:
            self.stdout.write("Nothing was done: say --go to do it.")


def _chosen(options: dict[str, Any]) -> "QuerySet[LiveKitEvent]":
    given = {
        "id__in": options["id"],
        "room_sid": options["room"],
        "received_at__gte": options["since"],
        "state": options["state"],
    }
    filters = {name: value for name, value in given.items() if value}
    if not filters:
        raise CommandError("Say which: --id, --room, --since or --state.")
    return LiveKitEvent.objects.filter(**filters).order_by("id")


def _pages(events: "QuerySet[LiveKitEvent]") -> Iterator[list[LiveKitEvent]]:
    """By id, so that each comes once although their states change on the way."""
    last = ""
    while page := list(events.filter(id__gt=last)[:PAGE]):
        yield page
        last = page[-1].id


def _moment(text: str) -> datetime:
    """A time with its zone; without one, that of this installation."""
    moment = parse_datetime(text)
    if moment is None:
        raise ArgumentTypeError(f"not a time: {text!r}")
    return moment if moment.tzinfo else timezone.make_aware(moment)
