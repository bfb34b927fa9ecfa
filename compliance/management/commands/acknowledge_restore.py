"""Ask for a restore of the database to be acknowledged in the audit log."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from compliance.access import restore_approvals
from compliance.access.refusals import Refused
from compliance.audit import restores
from compliance.audit.checkpoint import Checkpoint, NotACheckpoint
from compliance.audit.restores import NothingToAcknowledge, NotOurs
from compliance.models import Person


class Command(BaseCommand):
    """`manage.py acknowledge_restore checkpoint.txt --by ada@example.com`."""

    help = (
        "Says what a restore has lost, by the newest checkpoint that is held outside;"
        " with --by asks for it to be acknowledged, which a second person approves."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Which checkpoint, and who asks."""
        parser.add_argument("note", type=Path)
        parser.add_argument("--by", help="E-mail address of who asks.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look, and ask where somebody is named."""
        try:
            note = options["note"].read_text()
            found = restores.loss(Checkpoint.parse(note))
        except (OSError, UnicodeDecodeError, NotACheckpoint) as error:
            raise CommandError("This is no checkpoint.") from error
        except NotOurs as error:
            raise CommandError("No key of the ring has signed it.") from error
        except NothingToAcknowledge as error:
            raise CommandError("The log is the one it tells of.") from error
        self.stdout.write(f"{found.common} entries are kept, {found.lost} are lost.")
        if options["by"]:
            self._ask(note, options["by"])

    def _ask(self, note: str, email: str) -> None:
        person = Person.objects.filter(email__iexact=email).first()
        if person is None:
            raise CommandError("There is nobody with this address.")
        try:
            asked = restore_approvals.ask(note=note, by=person, now=timezone.now())
        except Refused as refused:
            raise CommandError(f"{refused} {refused.ask}") from refused
        self.stdout.write(f"Asked for: a second person approves it ({asked.pk}).")
