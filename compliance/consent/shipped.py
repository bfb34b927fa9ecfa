"""The law that ships with the product: defaults.csv and duties.csv into the book.

Every shipped row is 'default, unreviewed': no author, no reviewer. Loading again adds
nothing; a release that changes a default adds a version beside. Where the
organisation has written or confirmed a version of its own, the new default is only
offered: it never counts, until somebody takes it over as a version of their own.
"""

import csv
import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.models import ConsentRule, Level, RecordingDuty, Remedy

PATH = Path(__file__).with_name("defaults.csv")
DUTIES = Path(__file__).with_name("duties.csv")


@transaction.atomic
def load(path: Path = PATH) -> int:
    """Bring the shipped rules into the rule book; the number of rows added."""
    published = {"published_at": timezone.now()}
    return load_versions(ConsentRule, "place", read(path), _tell_rule, also=published)


@transaction.atomic
def load_duties(path: Path = DUTIES) -> int:
    """Bring the shipped duties to record into the book; the number of rows added."""
    return load_versions(RecordingDuty, "code", read_duties(path), _tell_duty)


def read(path: Path = PATH) -> Iterator[dict[str, Any]]:
    """The shipped rows as columns of `ConsentRule`; ValueError or KeyError when wrong."""
    for row in _rows(path):
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


def read_duties(path: Path = DUTIES) -> Iterator[dict[str, Any]]:
    """The shipped rows as columns of `RecordingDuty`; ValueError or KeyError when wrong."""
    for row in _rows(path):
        yield {
            "code": row["code"],
            "name": row["name"],
            "on_refusal": Remedy(row["on_refusal"]),
            "on_failure": Remedy(row["on_failure"]),
            "citation": row["citation"],
            "note": row["note"],
            "confidence": row["confidence"],
            "effective_from": dt.date.fromisoformat(row["effective_from"]),
            "effective_to": _date(row["effective_to"]),
        }


_LOCK = 0x65617277
"""Any number that nothing else locks on."""


def load_versions(
    model: Any,
    key: str,
    rows: Iterable[dict[str, Any]],
    tell: Callable[[Any], object],
    *,
    also: Mapping[str, Any] | None = None,
) -> int:
    """Add what the book does not hold yet; key: the column that versions share.

    also: columns of every row that is added.
    """
    # Two processes that migrate at once: the second waits, and then adds nothing.
    with transaction.get_connection().cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    book: dict[str, list[Any]] = {}
    for version in model.objects.filter(version__gt=0).order_by("version"):
        book.setdefault(getattr(version, key), []).append(version)
    is_first = not book
    added = []
    for columns in rows:
        versions = book.setdefault(columns[key], [])
        if not _is_there(versions, columns):
            versions.append(_next(model, versions, {**columns, **(also or {})}))
            added.append(versions[-1])
    model.objects.bulk_create(added)
    if not is_first:
        # What a later release brings is a change of the law book, and stands in the
        # log. The first load is not: it is the book.
        for version in added:
            tell(version)
    return len(added)


def _is_there(versions: list[Any], columns: dict[str, Any]) -> bool:
    """True when the newest default for the same period says the same already."""
    earlier = [
        version
        for version in versions
        if version.author_id is None
        and _begins(version) == columns.get("effective_from")
    ]
    return bool(earlier) and all(
        getattr(earlier[-1], name) == value for name, value in columns.items()
    )


def _begins(version: Any) -> dt.date | None:
    """From when it holds; versions of some tables hold from when they are published."""
    found: dt.date | None = getattr(version, "effective_from", None)
    return found


def _next(model: Any, versions: list[Any], columns: dict[str, Any]) -> Any:
    owned = any(
        version.author_id or getattr(version, "is_reviewed", False)
        for version in versions
    )
    last = max((version.version for version in versions), default=0)
    return model(**columns, version=last + 1, is_offer=owned)


def _tell_rule(rule: ConsentRule) -> None:
    facts: dict[str, Fact] = {"place": rule.place, "version": rule.version}
    log.append(Action.RULE_VERSIONED, subject=rule, facts=facts)


def _tell_duty(duty: RecordingDuty) -> None:
    facts: dict[str, Fact] = {"duty": duty.code, "version": duty.version}
    log.append(Action.DUTY_VERSIONED, subject=duty, facts=facts)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def _pairs(text: str) -> dict[str, str]:
    """'quality=30 evidence=notice' as a mapping."""
    return dict(entry.split("=", 1) for entry in text.split())


def _date(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
