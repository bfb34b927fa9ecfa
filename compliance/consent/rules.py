"""The rule book: which version of a place's rule is in force, and how it changes.

A change is a new version beside the old ones. Of the versions in force on a day the
one that began last counts, and of equals the newest; an offered default never counts.
Drafts (`drafts`) are not in the book.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from compliance.audit import log
from compliance.audit.actions import Action
from compliance.consent import places
from compliance.consent.law import Fallback, Law, RuleFacts
from compliance.consent.versions import check_reviewable, in_force
from compliance.models import Announce, ConsentRule, Level, Person, Purpose


@dataclass(frozen=True)
class RuleDraft:
    """What an author writes. Levels per purpose only where they differ."""

    place: str
    place_name: str
    level: Level
    strict_level: Level
    announce: Announce
    citation: str
    effective_from: dt.date
    effective_to: dt.date | None = None
    purpose_levels: Mapping[Purpose, Level] = field(default_factory=dict)
    max_keep_days: Mapping[Purpose, int] = field(default_factory=dict)
    statute: str = ""
    repeat_tone_seconds: int | None = None
    note: str = ""
    confidence: str = ConsentRule.Confidence.KNOWN

    def columns(self) -> dict[str, Any]:
        """The draft as the columns of a row."""
        return {
            **asdict(self),
            "purpose_levels": {
                purpose.value: level.code
                for purpose, level in sorted(self.purpose_levels.items())
            },
            "max_keep_days": {
                purpose.value: days
                for purpose, days in sorted(self.max_keep_days.items())
            },
        }


def law(*, on: dt.date, team_fallback: int | None = None) -> Law:
    """The law of a day, for `verdict.decide`.

    on: the day of the call, in UTC. team_fallback: the team's own level for unknown
    places; None takes the installation's (CONSENT_FALLBACK).
    """
    return Law(rules=_book().on(on), fallback=_fallback(team_fallback))


def rule_for(place: str, on: dt.date) -> ConsentRule | None:
    """The rule that speaks for a place on a day, or None where none says enough.

    CA-QC falls back to CA. US-GU does not fall back to US: the federal floor alone
    does not tell what a state or territory asks.
    """
    code = places.normalise(place)
    versions = _book().versions
    found = in_force(versions.get(code, ()), on)
    country = places.country_of(code)
    if found is None and country not in places.NEEDS_PART:
        found = in_force(versions.get(country, ()), on)
    return found


def versions_of(place: str) -> list[ConsentRule]:
    """Every version of a place's rule, the newest first, with author and reviewer."""
    rows = _published().select_related("author", "reviewed_by")
    return list(rows.filter(place=places.normalise(place)).order_by("-version"))


def overview(on: dt.date) -> tuple[ConsentRule, ...]:
    """One rule per place, by name: the one in force on a day, else the newest."""
    book = _book().versions.values()
    found = [in_force(versions, on) or versions[-1] for versions in book]
    return tuple(sorted(found, key=lambda rule: rule.place_name))


def facts_of(rule: ConsentRule) -> RuleFacts:
    """A row as a verdict reads it."""
    return RuleFacts(
        id=str(rule.id),
        place=rule.place,
        version=rule.version,
        level=Level(rule.level),
        strict_level=Level(rule.strict_level),
        purpose_levels={
            Purpose(purpose): Level.from_code(code)
            for purpose, code in rule.purpose_levels.items()
        },
        announce=Announce(rule.announce),
        place_name=rule.place_name,
        citation=rule.citation,
        is_reviewed=rule.is_reviewed,
    )


@transaction.atomic
def confirm(*, rule: ConsentRule, by: Person, now: dt.datetime) -> ConsentRule:
    """Mark a version as reviewed; whoever did so first stays named.

    Raises RuleRefused for an offered default: taking it over is a version of one's
    own, with a day from which it holds.
    """
    locked = ConsentRule.objects.select_for_update().get(pk=rule.pk)
    check_reviewable(locked)
    if not locked.is_reviewed:
        locked.reviewed_by = by
        locked.reviewed_at = now
        locked.save(update_fields=["reviewed_by", "reviewed_at"])
        log.append(
            Action.RULE_REVIEWED,
            subject=locked,
            facts={"place": locked.place, "version": locked.version},
            actor=by,
        )
    return locked


def locked_versions(place: str) -> list[ConsentRule]:
    """The versions of a place, oldest first; two authors at once wait for each other.

    The first row of the book is the lock: a place of its own may have no row yet, and
    rows read while waiting would not show what the other author has just added.
    """
    _published().select_for_update().order_by("place", "version").first()
    return list(_published().filter(place=place).order_by("version"))


def _published() -> QuerySet[ConsentRule]:
    return ConsentRule.objects.filter(published_at__isnull=False)


def _fallback(team: int | None) -> Fallback:
    levels = {name: Level.from_code(code) for name, code in fallback_codes().items()}
    return Fallback(**levels, team=None if team is None else Level(team))


def fallback_codes() -> dict[str, str]:
    """The installation's levels where a place is unknown, as set."""
    codes: dict[str, str] = settings.CONSENT_FALLBACK
    return codes


@dataclass(frozen=True)
class _Book:
    """Every version by place, oldest first, and the rules of the days asked for."""

    stamp: str
    versions: Mapping[str, Sequence[ConsentRule]]
    _by_day: dict[dt.date, Mapping[str, RuleFacts]] = field(default_factory=dict)

    def on(self, day: dt.date) -> Mapping[str, RuleFacts]:
        """The rules in force on a day; calls of one day share them."""
        found = self._by_day.get(day)
        if found is None:
            if len(self._by_day) >= DAYS_KEPT:
                self._by_day.clear()
            found = self._by_day[day] = {
                place: facts_of(rule)
                for place, versions in self.versions.items()
                if (rule := in_force(versions, day)) is not None
            }
        return found


DAYS_KEPT = 400
_cached = _Book(stamp="", versions={})


def _book() -> _Book:
    """The book as it stands: read once after each change, and kept in the process."""
    global _cached
    newest = stamp()
    if _cached.stamp != newest:
        _cached = _Book(stamp=newest, versions=_read())
    return _cached


def stamp() -> str:
    """Equal while the book is: rows are only added, and marked as reviewed.

    In plain SQL, as every judgement asks this.
    """
    with connection.cursor() as cursor:
        cursor.execute(_STAMP)
        return str(cursor.fetchone()[0])


_STAMP = """
SELECT coalesce(md5(string_agg(id::text || coalesce(reviewed_at::text, ''), ',' ORDER BY id)), '')
FROM compliance_consentrule WHERE published_at IS NOT NULL
"""


def _read() -> dict[str, tuple[ConsentRule, ...]]:
    book: dict[str, list[ConsentRule]] = {}
    for rule in _published().order_by("place", "version"):
        book.setdefault(rule.place, []).append(rule)
    return {place: tuple(versions) for place, versions in book.items()}
