"""Was the database restored, and does the vault take the journal?"""

from collections.abc import Iterator

from django.utils import timezone

from compliance import journal
from compliance.retention import stops
from compliance.vault import VaultError
from recordings.finding import Finding, fail, ok


def findings() -> Iterator[Finding]:
    """Whether anything is destroyed at all."""
    now = timezone.now()
    try:
        stop = stops.look(now=now)
    except VaultError:
        yield fail(
            "the vault does not answer: nothing is destroyed",
            "EARWITNESS_VAULT_BUCKET: is it right, and may the worker list it?",
        )
        return
    if stop:
        yield fail(
            f"the sweep is stopped: the database was restored ({stop.cause})",
            "manage.py replay_journal --dry-run, then without.",
        )
    if journal.is_overdue(now=now):
        yield fail(
            "pages of the journal wait for the vault",
            "May the worker write under vault/? docs/s3/worker-policy.json",
        )
    elif not stop:
        yield ok("the vault has the journal, and the database knows all of it")
