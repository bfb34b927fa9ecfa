"""Write a pack of the audit log that others can check without us."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from compliance.audit import log, outside, pack
from compliance.audit.actions import Action
from compliance.management.commands.verify_audit import moment


class Command(BaseCommand):
    """`manage.py export_audit FOLDER [--since DATE] [--until DATE]`."""

    help = "Writes entries, seals, anchors, keys and a checker into an empty folder."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to, and from when to when."""
        parser.add_argument("folder", type=Path)
        parser.add_argument("--since", type=moment)
        parser.add_argument("--until", type=moment)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it, once the entry stands."""
        folder: Path = options["folder"]
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise CommandError(f"{folder} is not empty.")
        bounds = {name: options[name] for name in ("since", "until")}
        days = {
            name: f"{bound:%Y-%m-%d}" if bound else "open"
            for name, bound in bounds.items()
        }
        with transaction.atomic():
            log.append(Action.AUDIT_PACK_ASKED, facts=days)
        try:
            entries = pack.write(
                folder, now=timezone.now(), outside=outside.held(), **bounds
            )
        except pack.NothingSealed as error:
            raise CommandError("Nothing was sealed in this time.") from error
        size = sum(path.stat().st_size for path in folder.iterdir())
        with transaction.atomic():
            facts = {"entries": entries, "bytes": size}
            log.append(Action.AUDIT_PACK_MADE, facts=facts)
        self.stdout.write(f"{entries} entries in {folder}")
