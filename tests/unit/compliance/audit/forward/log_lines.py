"""Entries to forward, and what of them arrived."""

import json
from typing import Any

from django.db import transaction

from compliance.audit import horizon, log
from compliance.audit.actions import Action
from compliance.models import AuditEntry
from tests.receiver import Receiver
from tests.waiting import until


def write(*, times: int = 1) -> list[str]:
    """So many acts, each in a transaction of its own; the ids of their entries."""
    ids = []
    for _ in range(times):
        with transaction.atomic():
            ids.append(str(log.append(Action.MAINTENANCE_BEGUN).pk))
    return ids


def everything() -> list[str]:
    """The ids of the whole log in its order."""
    rows = AuditEntry.objects.order_by("xid", "id")
    return [str(pk) for pk in rows.values_list("pk", flat=True)]


def settle() -> None:
    """Wait until all that was written counts as over."""
    last = AuditEntry.objects.order_by("-xid").values_list("xid", flat=True).first()
    until(lambda: horizon.place().horizon > (last or 0))


def events(receiver: Receiver) -> list[dict[str, Any]]:
    """What came to an OCSF receiver, one event after another."""
    return [one for _path, _headers, body in receiver.got for one in json.loads(body)]


def ids(receiver: Receiver) -> list[str]:
    """The entries that came."""
    return [one["metadata"]["uid"] for one in events(receiver)]
