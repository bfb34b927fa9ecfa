"""Make the catalogues of translations ready to use."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from portal import catalogues


class Command(BaseCommand):
    """`manage.py compile_catalogues`: on deploy, beside migrate and collectstatic."""

    help = "Compiles the translations that changed; needs no GNU gettext."

    def handle(self, *args: Any, **options: Any) -> None:
        """Compile, and name each language that was."""
        for folder in settings.LOCALE_PATHS:
            for text in catalogues.compile_stale(Path(folder)):
                self.stdout.write(f"compiled {text.parent.parent.name}")
