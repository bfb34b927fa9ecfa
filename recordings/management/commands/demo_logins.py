"""Make the demo's people and say how to log in."""

import os

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from recordings.management import demo
from recordings.management.commands.simulate_livekit import TOKEN


class Command(BaseCommand):
    """`manage.py demo_logins`: refused outside a development installation."""

    help = "Makes the demo's teams and people, prints LOGIN role e-mail password."

    def handle(self, *args: object, **options: object) -> None:
        """Make what is missing, then print one line a role."""
        if not settings.DEBUG:
            raise CommandError(
                "The demo has known passwords: only with EARWITNESS_DEBUG."
            )
        with transaction.atomic():
            demo.make_organisation()
            demo.make_people(demo.LOGINS, now=timezone.now())
            demo.make_policies(now=timezone.now())
            demo.make_lists(now=timezone.now())
            demo.make_people([demo.SECOND], now=timezone.now())
            if token := os.environ.get(TOKEN):
                demo.make_service_key(token, now=timezone.now())
        for login in (*demo.LOGINS, demo.SECOND):
            self.stdout.write(
                f"LOGIN {login.role.value:<13} {login.email:<21} {demo.PASSWORD}"
            )
