"""What rules and duties have in common: versions beside each other, one in force a day."""

import datetime as dt
from collections.abc import Iterable
from typing import Protocol, TypeVar

from django.utils.translation import gettext as _


class RuleRefused(ValueError):
    """A draft that would not do what its author means; the message says why."""


class Draft(Protocol):
    """What is about to become a version."""

    @property
    def effective_from(self) -> dt.date:
        """The first day it holds."""

    @property
    def effective_to(self) -> dt.date | None:
        """The last day it holds."""


class Version(Draft, Protocol):
    """A row of a versioned table."""

    @property
    def version(self) -> int:
        """Its number, the newest the highest."""

    @property
    def is_offer(self) -> bool:
        """A default beside a version of one's own; it never counts."""


_Row = TypeVar("_Row", bound=Version)


def in_force(versions: Iterable[_Row], on: dt.date) -> _Row | None:
    """The one of some versions that counts on a day.

    It is the one that began last, and of equals the newest.
    """
    candidates = [
        row
        for row in versions
        if not row.is_offer
        and row.effective_from <= on
        and (row.effective_to is None or on <= row.effective_to)
    ]
    return max(
        candidates, key=lambda row: (row.effective_from, row.version), default=None
    )


def check_period(draft: Draft, versions: Iterable[Version], today: dt.date) -> None:
    """Raise RuleRefused for a draft that would never come into force."""
    if draft.effective_to and draft.effective_to < draft.effective_from:
        raise RuleRefused(_("It would end before it begins."))
    current = in_force(versions, today)
    if current is not None and draft.effective_from < current.effective_from:
        raise RuleRefused(
            _("It would begin before the version in force, and so never count.")
        )


def check_reviewable(version: Version) -> None:
    """Raise RuleRefused for an offered default: taking it over is a version of one's
    own, with a day from which it holds."""
    if version.is_offer:
        raise RuleRefused(_("An offer is not in force: take it over instead."))
