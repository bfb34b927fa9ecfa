"""manage.py load_consent_rules: bring the shipped rules and duties into the book."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import ngettext

from compliance.consent import shipped


class Command(BaseCommand):
    """Add what a release ships and the book does not hold; edits are never touched.

    `migrate` does the same at its end, so this is for a book that was emptied.
    """

    help = "Add the rules and duties this release ships; edited ones are left alone."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Load and say how many rows were new."""
        added = shipped.load() + shipped.load_duties()
        self.stdout.write(
            ngettext("%(n)s rule added.", "%(n)s rules added.", added) % {"n": added}
        )
