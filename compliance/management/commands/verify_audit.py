"""Check the audit log against its seals, and say what cannot be proved."""

import json
import sys
from argparse import ArgumentTypeError
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from compliance.audit import checks
from compliance.audit.findings import Finding, Report
from compliance.audit.outside import Held


def moment(text: str) -> datetime:
    """A date, or a date and time, of the command line; without a zone it is ours."""
    day = parse_date(text) if len(text) == len("2026-11-02") else None
    found = datetime(day.year, day.month, day.day) if day else parse_datetime(text)  # noqa: DTZ001  made aware below
    if found is None:
        raise ArgumentTypeError(f"{text!r} is no date such as 2026-11-02")
    return found if found.tzinfo else timezone.make_aware(found)


class Command(BaseCommand):
    """`manage.py verify_audit [--since DATE] [--json]`; status 1: something is wrong."""

    help = (
        "Checks order, entries, MACs, tree, seals and what is held outside; names the "
        "first bad entry and why, and how far back nobody could prove a removal."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """From when on, what else to compare with, and for whom."""
        parser.add_argument(
            "--since", type=moment, help="begin at the newest seal before this date"
        )
        parser.add_argument(
            "--anchors",
            type=Path,
            action="append",
            default=[],
            help='seals held elsewhere: lines of JSON with a "place" and a "note"',
        )
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, keep the result, print it."""
        now = timezone.now()
        also = [one for path in options["anchors"] for one in _read(path)]
        _check, report = checks.run(now=now, since=options["since"], also=also)
        if options["json"]:
            told = json.dumps(report.as_dict(), cls=DjangoJSONEncoder, indent=2)
            self.stdout.write(told)
        else:
            self._tell(report, now)
        if not report.is_sound:
            sys.exit(1)

    def _tell(self, report: Report, now: datetime) -> None:
        say = self.stdout.write
        say(f"{report.entries} entries from position {report.first}")
        say(f"{report.seals} seals in {report.epochs} epochs, last {report.sealed_at}")
        if report.macs_unchecked:
            say(f"{report.macs_unchecked} MACs not checked: their key is gone")
        for line in window(report, now):
            say(line)
        for one in report.in_order():
            say(f"WRONG {worded(one)}")
        first = report.first_bad
        if first is None:
            say("SOUND")
        else:
            say(f"WRONG: {report.found} findings, the first {worded(first)}")


def worded(one: Finding) -> str:
    """A finding on one line."""
    where = "of the whole" if one.position is None else f"at {one.position}"
    entry = f", entry {one.entry_id}" if one.entry_id else ""
    return f"{where}{entry}: {one.reason}"


def window(report: Report, now: datetime) -> Iterator[str]:
    """What nobody could prove: what has no seal yet, and what no outsider knows of."""
    since = report.unsealed_since
    age = f", the oldest {_ago(since, now)}" if since else ""
    yield f"Not sealed yet: {report.unsealed} entries{age}"
    if report.outside_at is None:
        yield "No seal is held outside: a removal of the end could not be proved at all"
        return
    newest = f"{report.outside_place} knows {report.outside_size} entries"
    later = report.size - report.outside_size
    yield (
        f"Newest seal outside: {newest}, {_ago(report.outside_at, now)}; "
        f"a removal of the {later} entries after it could not be proved"
    )


def _ago(then: datetime, now: datetime) -> str:
    return f"{(now - then).total_seconds():.0f} s old"


def _read(path: Path) -> Iterator[Held]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            told = json.loads(line)
            place = str(told.get("place", path.name))
            yield Held(place, str(told.get("name", number)), told["note"])
