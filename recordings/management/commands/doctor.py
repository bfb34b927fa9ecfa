"""What is wrong with this installation, and what to do about it."""

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from recordings import doctor
from recordings.doctor import Line


class Command(BaseCommand):
    """`manage.py doctor [area …] [--json]`; exit status 1 when something FAILs."""

    help = (
        "Looks at settings, database, sign-in, Redis, beat, workers, clocks, LiveKit, webhooks "
        "and the store: one line each, with what to do. Run it where the worker runs."
    )
    requires_system_checks = []  # unsafe settings are lines of ours

    def add_arguments(self, parser: CommandParser) -> None:
        """Which areas, and for whom."""
        parser.add_argument(
            "areas", nargs="*", choices=[*doctor.CHECKS, []], metavar="area"
        )
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print each line as it is found."""
        lines = []
        for line in doctor.examine(options["areas"]):
            lines.append(line)
            if not options["json"]:
                self.stdout.write(_worded(line))
        if options["json"]:
            told = [{"area": line.area} | asdict(line.finding) for line in lines]
            self.stdout.write(json.dumps(told, indent=2))
        if any(line.is_bad for line in lines):
            sys.exit(1)


def _worded(line: Line) -> str:
    finding = line.finding
    told = f"{finding.level:<4}  {line.area:<8}  {finding.what}"
    return f"{told}  ({finding.remedy})" if finding.remedy else told
