"""After a restore of the database: bring back what only the journal still knows."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from compliance.models import Person
from compliance.retention import replay
from compliance.retention.replay import Told
from compliance.vault import VaultError

_WORDS = {
    "pages": "pages of the journal",
    "destroyed": "destructions, of which",
    "again": "still lay in the store and were destroyed again",
    "unheard": "destructions of what this database never heard of",
    "holds": "legal holds",
    "released": "releases of holds",
    "restricted": "restrictions",
    "lifted": "restrictions lifted",
    "erased": "erasures of what was kept about a person",
    "quarantined": "quarantines",
    "let_out": "let out of quarantine",
    "redacted": "redactions",
    "unsigned": "pages that no key of ours has signed: nothing in them was done",
    "failed": "entries failed: see the log, then run this again",
}


class Command(BaseCommand):
    """`manage.py replay_journal --dry-run`, then without."""

    help = (
        "Brings back destructions, holds, releases, restrictions and erasures that a restored"
        " database has forgotten; then the sweep goes on. May be repeated."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Whether only to look, how to say it, and who runs it."""
        parser.add_argument("--dry-run", action="store_true", help="Count only.")
        parser.add_argument("--json", action="store_true", help="One line of JSON.")
        parser.add_argument("--by", help="E-mail address of who runs it.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Replay, or count. Ends with 1 where something could not be brought back."""
        by = self._person(options["by"])
        try:
            if options["dry_run"]:
                told = replay.rehearse()
            else:
                told = replay.replay(now=timezone.now(), by=by)
        except VaultError as error:
            raise CommandError(f"The vault does not answer: {error}") from error
        if options["json"]:
            self.stdout.write(json.dumps(asdict(told), sort_keys=True))
        else:
            self._say(told)
        if not told.is_whole:
            raise CommandError("The sweep stays stopped.")

    def _say(self, told: Told) -> None:
        counted = asdict(told)
        for name, words in _WORDS.items():
            if counted[name]:
                self.stdout.write(f"{counted[name]} {words}")
        if not any(counted.values()):
            self.stdout.write("The journal knows nothing that this database does not.")

    def _person(self, email: str | None) -> Person | None:
        if not email:
            return None
        person = Person.objects.filter(email__iexact=email).first()
        if person is None:
            raise CommandError("There is nobody with this address.")
        return person
