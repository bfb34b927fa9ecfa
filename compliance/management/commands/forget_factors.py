"""Take all second factors from somebody who lost them; he sets up new ones."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.access.factors import kept
from compliance.models import Person


class Command(BaseCommand):
    """`manage.py forget_factors ada@example.com`."""

    help = (
        "Removes passkeys, app and recovery codes of a person, and ends his sessions."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose."""
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        """Remove them; whoever runs this has proved by other means who it is."""
        person = Person.objects.filter(email__iexact=options["email"]).first()
        if person is None:
            raise CommandError("There is nobody with this address.")
        kept.forget(person)
        self.stdout.write("Removed. At the next sign-in the password is enough once.")
