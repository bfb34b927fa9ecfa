"""The rules that ship with the product: defaults.csv into the rule book.

Every shipped row is 'default, unreviewed': no author, no reviewer. Loading again adds
nothing; a release that changes a default adds a version beside. Where the
organisation has written or confirmed a version of its own, the new default is only
offered: it never counts, until somebody takes it over as a version of their own.
"""

import csv
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import transaction

from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import ConsentRule, Level

PATH = Path(__file__).with_name("defaults.csv")


@transaction.atomic
def load(path: Path = PATH) -> int:
    """Bring the shipped rules into the rule book; the number of rows added."""
    # Two processes that migrate at once: the second waits, and then adds nothing.
    with transaction.get_connection().cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    book: dict[str, list[ConsentRule]] = {}
    for rule in ConsentRule.objects.order_by("version"):
        book.setdefault(rule.place, []).append(rule)
    is_first = not book
    added = []
    for columns in read(path):
        versions = book.setdefault(columns["place"], [])
        if not _is_there(versions, columns):
            versions.append(_next(versions, columns))
            added.append(versions[-1])
    ConsentRule.objects.bulk_create(added)
    if not is_first:
        _tell(added)
    return len(added)


def read(path: Path = PATH) -> Iterator[dict[str, Any]]:
    """The shipped rows as columns of `ConsentRule`; ValueError or KeyError when wrong."""
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            yield {
                "place": row["place"],
                "place_name": row["name"],
                "level": Level.from_code(row["level"]),
                "strict_level": Level.from_code(row["strict_level"]),
                "purpose_levels": _pairs(row["purpose_levels"]),
                "statute": row["statute"],
                "announce": row["announce"],
                "repeat_tone_seconds": int(row["repeat_tone_seconds"] or 0) or None,
                "max_keep_days": {
                    purpose: int(days)
                    for purpose, days in _pairs(row["max_keep_days"]).items()
                },
                "citation": row["citation"],
                "note": row["note"],
                "confidence": row["confidence"],
                "effective_from": dt.date.fromisoformat(row["effective_from"]),
                "effective_to": _date(row["effective_to"]),
            }


_LOCK = 0x65617277
"""Any number that nothing else locks on."""


def _is_there(versions: list[ConsentRule], columns: dict[str, Any]) -> bool:
    """True when the newest default for the same period says the same already."""
    earlier = [
        rule
        for rule in versions
        if rule.author_id is None and rule.effective_from == columns["effective_from"]
    ]
    return bool(earlier) and all(
        getattr(earlier[-1], name) == value for name, value in columns.items()
    )


def _next(versions: list[ConsentRule], columns: dict[str, Any]) -> ConsentRule:
    owned = any(rule.author_id or rule.is_reviewed for rule in versions)
    last = max((rule.version for rule in versions), default=0)
    return ConsentRule(**columns, version=last + 1, is_offer=owned)


def _tell(added: list[ConsentRule]) -> None:
    """What a later release brings is a change of the law book, and stands in the log.
    The first load is not: it is the book."""
    for rule in added:
        log.append(
            Action.RULE_VERSIONED,
            subject=rule,
            facts={"place": rule.place, "version": rule.version},
        )


def _pairs(text: str) -> dict[str, str]:
    """'quality=30 evidence=notice' as a mapping."""
    return dict(entry.split("=", 1) for entry in text.split())


def _date(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
