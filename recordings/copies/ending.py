"""The end of copies: their files are deleted for ever, and the store is asked whether."""

import logging
from datetime import datetime

from django.core.files.storage import storages
from django.db import transaction

from compliance import packages
from compliance.audit import log
from compliance.audit.actions import Action
from recordings.copies.making import KIND
from recordings.models import AccessCopy

logger = logging.getLogger(__name__)


def sweep(*, now: datetime) -> int:
    """Delete the files whose day is over; returns how many went.

    What the store does not let go, or still has, is looked at again by the next run.
    """
    gone = packages.sweep(KIND, packages.over(KIND, now=now), passphrase="")
    rows = AccessCopy.objects.filter(state=AccessCopy.State.GONE, gone_proved_at=None)
    for copy in rows:
        _prove(copy, now)
    return gone


def _prove(copy: AccessCopy, now: datetime) -> None:
    """Ask the store for the file; what it still has goes once more."""
    try:
        if storages["exports"].exists(copy.file_name):
            storages["exports"].delete(copy.file_name)
            return
    except KIND.lost:
        logger.exception("copies.not_proved_gone", extra={"copy": str(copy.pk)})
        return
    with transaction.atomic():
        AccessCopy.objects.filter(pk=copy.pk).update(gone_proved_at=now)
        log.append(Action.COPY_PROVED_GONE, subject=copy)
