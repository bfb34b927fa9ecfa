"""Let the first administrator in; everybody after that is let in by an administrator."""

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


class Command(BaseCommand):
    """`manage.py create_administrator --email ada@example.com --name "Ada Novak"`."""

    help = "Creates the first administrator; the password is asked for, not shown."

    def add_arguments(self, parser: CommandParser) -> None:
        """Who it is."""
        parser.add_argument("--email", required=True)
        parser.add_argument("--name", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        """Create the person with the role, once."""
        if policy.holders(Verb.GRANT_ROLE).exists():
            raise CommandError("There is an administrator already: ask for a role.")
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
