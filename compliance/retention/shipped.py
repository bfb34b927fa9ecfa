"""The policies that ship with the product: presets.csv into the book.

Every one is 'default, unreviewed': nobody has adopted it, so its floor counts and its
ceiling only shows. Loading again adds nothing; see `consent.shipped`, whose loader this
uses, for what a later release does beside versions of one's own.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from django.db import connection, transaction
from django.utils import timezone

from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.consent import shipped
from compliance.models import RetentionPolicy
from compliance.retention import policies

PATH = Path(__file__).with_name("presets.csv")
SERIES = UUID("5d0c9a4e-3c2a-4b6e-9a51-8a2f2a0f7c11")
"""A preset's series follows from its code: the same in every installation."""


@transaction.atomic
def load(path: Path = PATH) -> int:
    """Bring the shipped policies into the book; the number of rows added."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [policies.LOCK])
    also = {"published_at": timezone.now(), "edition": policies.edition() + 1}
    return shipped.load_versions(
        RetentionPolicy, "series", read(path), _tell, also=also
    )


def read(path: Path = PATH) -> Iterator[dict[str, Any]]:
    """The shipped rows as columns of `RetentionPolicy`; KeyError when wrong."""
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            yield row | {
                "series": uuid5(SERIES, row["code"]),
                "places": row["places"].split(),
                "purposes": row["purposes"].split(),
                "grace_days": int(row["grace_days"]),
            }


def _tell(row: RetentionPolicy) -> None:
    facts: dict[str, Fact] = {
        "version": row.version,
        "keep_at_least": row.keep_at_least or "-",
        "delete_after": row.delete_after or "-",
        "ended": False,
    }
    log.append(Action.POLICY_VERSIONED, subject=row, facts=facts)
