"""A consent rule in words: for its page, its versions side by side, and the list."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.consent import wording
from compliance.consent.versions import in_force
from compliance.models import ConsentRule, Level, Purpose

_Value = TypeVar("_Value")


@dataclass(frozen=True)
class State:
    """Where a version stands: its word, its mark, and the colour that repeats it."""

    word: str
    mark: str
    tone: str = ""


@dataclass(frozen=True)
class Cell:
    """One fact of one version; changed: it differs from the version before."""

    text: str
    changed: bool


@dataclass(frozen=True)
class Row:
    """One fact in all versions, the newest first."""

    name: Promise
    cells: tuple[Cell, ...]


def asks_for(rule: ConsentRule) -> str:
    """The sentence a rule's page opens with."""
    return _("%(place)s asks for %(level)s.") % {
        "place": rule.place_name,
        "level": wording.LEVELS[Level(rule.level)],
    }


def exceptions(rule: ConsentRule) -> str:
    """'announcement for legal duty, evidence', or '' when no purpose differs."""
    by_level: dict[str, list[str]] = {}
    for purpose, code in _ordered(rule.purpose_levels):
        by_level.setdefault(code, []).append(str(purpose.label))
    return "; ".join(
        _("%(level)s for %(purposes)s")
        % {"level": Level.from_code(code).label, "purposes": ", ".join(labels)}
        for code, labels in by_level.items()
    )


def review(rule: ConsentRule) -> State:
    """Whether somebody of the organisation stands behind this version."""
    if rule.is_reviewed:
        return State(_("reviewed"), "check", "green")
    return State(_("default, unreviewed"), "wait", "amber")


def standing(
    rule: ConsentRule, *, versions: Sequence[ConsentRule], today: dt.date
) -> State:
    """Whether a version counts today, will, did, or is only offered."""
    if rule.is_offer:
        return State(_("offered, not in force"), "none")
    if rule == in_force(versions, today):
        return State(_("in force"), "check", "accent")
    if rule.effective_from > today:
        day = _day(rule.effective_from)
        return State(_("in force from %(day)s") % {"day": day}, "wait")
    return State(_("no longer in force"), "none", "faint")


def compared(versions: Sequence[ConsentRule]) -> list[Row]:
    """Every fact of the versions (newest first) side by side, changes marked."""
    rows = []
    for name, words in _FACTS:
        texts = [str(words(rule)) for rule in versions]
        before = [*texts[1:], texts[-1]]
        cells = tuple(
            Cell(text, changed=text != old)
            for text, old in zip(texts, before, strict=True)
        )
        rows.append(Row(name, cells))
    return rows


def _limits(rule: ConsentRule) -> str:
    return ", ".join(
        _("%(purpose)s: %(n)s days") % {"purpose": purpose.label, "n": days}
        for purpose, days in _ordered(rule.max_keep_days)
    )


def _ordered(stored: Mapping[str, _Value]) -> list[tuple[Purpose, _Value]]:
    """What is stored by purpose, in the order of purposes: JSON columns keep none."""
    return [(purpose, stored[purpose]) for purpose in Purpose if purpose in stored]


def _tone(rule: ConsentRule) -> str:
    if rule.repeat_tone_seconds is None:
        return ""
    return _("every %(n)s seconds") % {"n": rule.repeat_tone_seconds}


def _day(day: dt.date | None) -> str:
    return date_format(day, "SHORT_DATE_FORMAT") if day else ""


_FACTS = (
    (gettext_lazy("Begins"), lambda rule: _day(rule.effective_from)),
    (gettext_lazy("Last day"), lambda rule: _day(rule.effective_to)),
    (gettext_lazy("Asks for"), lambda rule: rule.get_level_display()),
    (gettext_lazy("For strict teams"), lambda rule: rule.get_strict_level_display()),
    (gettext_lazy("Except"), exceptions),
    (gettext_lazy("Order"), lambda rule: rule.get_announce_display()),
    (gettext_lazy("Tone"), _tone),
    (gettext_lazy("Keep at most"), _limits),
    (gettext_lazy("Statute names"), lambda rule: rule.get_statute_display()),
    (gettext_lazy("Citation"), lambda rule: rule.citation),
    (gettext_lazy("Note"), lambda rule: rule.note),
    (gettext_lazy("Confidence"), lambda rule: rule.get_confidence_display()),
)
