"""The duties to record: which version holds on a day, and how it changes.

As with the rules of places, a change is a new version beside the old ones; of the
versions in force on a day the one that began last counts, and of equals the newest.
"""

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction

from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.consent.duty import Duty
from compliance.consent.versions import check_period, check_reviewable, in_force
from compliance.models import Person, RecordingDuty, Remedy, Team


@dataclass(frozen=True)
class DutyDraft:
    """What an author writes."""

    code: str
    name: str
    on_refusal: Remedy
    on_failure: Remedy
    citation: str
    effective_from: dt.date
    effective_to: dt.date | None = None
    note: str = ""
    confidence: str = "k"

    def columns(self) -> dict[str, Any]:
        """The draft as the columns of a row."""
        return asdict(self)


def of(team: Team, *, on: dt.date) -> Duty | None:
    """The duty a team's calls are under on a day, or None.

    The team names a duty by its first version; which one holds, the day says.
    """
    if team.duty_id is None:
        return None
    named = RecordingDuty.objects.filter(pk=team.duty_id).values("code")
    found = in_force(RecordingDuty.objects.filter(code__in=named), on)
    return None if found is None else facts_of(found)


def facts_of(row: RecordingDuty) -> Duty:
    """A row as a plan reads it."""
    return Duty(
        id=str(row.id),
        code=row.code,
        version=row.version,
        on_refusal=Remedy(row.on_refusal),
        on_failure=Remedy(row.on_failure),
        name=row.name,
        citation=row.citation,
        is_reviewed=row.is_reviewed,
    )


def versions_of(code: str) -> list[RecordingDuty]:
    """Every version of a duty, the newest first, with author and reviewer."""
    rows = RecordingDuty.objects.select_related("author", "reviewed_by")
    return list(rows.filter(code=code).order_by("-version"))


def overview(on: dt.date) -> list[RecordingDuty]:
    """One version a duty, by code: the one in force on a day, else the newest."""
    book: dict[str, list[RecordingDuty]] = {}
    for row in RecordingDuty.objects.select_related("reviewed_by").order_by(
        "code", "-version"
    ):
        book.setdefault(row.code, []).append(row)
    return [in_force(versions, on) or versions[0] for versions in book.values()]


@transaction.atomic
def publish(*, draft: DutyDraft, by: Person, now: dt.datetime) -> RecordingDuty:
    """Write a draft as the next version of its duty, reviewed by its author.

    Raises RuleRefused when it would never come into force.
    """
    locked = RecordingDuty.objects.select_for_update().filter(code=draft.code)
    versions = list(locked.order_by("version"))
    check_period(draft, versions, now.date())
    row = RecordingDuty.objects.create(
        **draft.columns(),
        version=1 + max((version.version for version in versions), default=0),
        author=by,
        reviewed_by=by,
        reviewed_at=now,
        created_at=now,
    )
    facts: dict[str, Fact] = {"duty": row.code, "version": row.version}
    log.append(Action.DUTY_VERSIONED, subject=row, facts=facts, actor=by)
    return row


@transaction.atomic
def confirm(*, duty: RecordingDuty, by: Person, now: dt.datetime) -> RecordingDuty:
    """Mark a version as reviewed; whoever did so first stays named.

    Raises RuleRefused for an offered default.
    """
    locked = RecordingDuty.objects.select_for_update().get(pk=duty.pk)
    check_reviewable(locked)
    if not locked.is_reviewed:
        locked.reviewed_by, locked.reviewed_at = by, now
        locked.save(update_fields=["reviewed_by", "reviewed_at"])
        facts: dict[str, Fact] = {"duty": locked.code, "version": locked.version}
        log.append(Action.DUTY_REVIEWED, subject=locked, facts=facts, actor=by)
    return locked
