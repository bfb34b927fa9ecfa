"""Let the first two administrators in; they let in everybody after them.

Two, because nobody gives himself a role: one alone could never be given another.
"""

import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from compliance.access import grants, policy
from compliance.access.permissions import Verb
from compliance.access.roles import Role
from compliance.models import Person

ENOUGH = 2
"""From so many administrators on, the command does nothing any more."""


class Command(BaseCommand):
    """`manage.py create_administrator --email ada@example.com --name "Ada Novak"`."""

    help = "Creates one of the first two administrators; the password is asked for."

    def add_arguments(self, parser: CommandParser) -> None:
        """Who it is."""
        parser.add_argument("--email", required=True)
        parser.add_argument("--name", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        """Create the person with the role, while there are fewer than two."""
        if policy.holders(Verb.GRANT_ROLE).count() >= ENOUGH:
            raise CommandError("There are two administrators: ask one for a role.")
        try:
            validate_email(options["email"])
            password = getpass.getpass("Password: ")
            validate_password(password)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        with transaction.atomic():
            person = Person.objects.create_user(
                options["email"], password, name=options["name"]
            )
            grants.grant(
                person=person, role=Role.ADMINISTRATOR, by=None, now=timezone.now()
            )
        self.stdout.write("Created. Sign in, then give others their roles.")
