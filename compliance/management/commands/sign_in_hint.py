"""Say how the first administrator is made, while there is none."""

from django.core.management.base import BaseCommand

from compliance.access import policy
from compliance.access.permissions import Verb


class Command(BaseCommand):
    """`manage.py sign_in_hint`: one line for an installation that nobody can enter."""

    help = "Prints how to make the first administrator; nothing once there is one."

    def handle(self, *args: object, **options: object) -> None:
        """Print the line, or nothing."""
        if not policy.holders(Verb.GRANT_ROLE).exists():
            self.stdout.write(
                "Nobody can sign in yet. In a second terminal: .venv/bin/python manage.py"
                ' create_administrator --email you@example.com --name "Your Name"'
            )
