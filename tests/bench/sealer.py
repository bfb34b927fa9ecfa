"""Seals once a second until its standard input ends: a worker with this task alone."""

import select
import sys

import django


def main() -> None:
    """Say that it has begun, then seal."""
    django.setup()
    from django.utils import timezone

    from compliance.audit import seals

    sys.stdout.write("begun\n")
    sys.stdout.flush()
    while not select.select([sys.stdin], [], [], 1.0)[0]:
        seals.seal(now=timezone.now())


main()
