"""Checks of the audit log whose result is kept: nightly, and whenever somebody asks."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import chain

from django.db import connection, transaction
from django.utils import timezone

from compliance.audit import log, outside
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.audit.findings import Finding, Report
from compliance.audit.outside import Held
from compliance.audit.verify import verify
from compliance.models import AuditCheck

EVERY = timedelta(hours=23)
"""Asked each hour, so that it runs once a day even if an hour was missed."""
OVERDUE = timedelta(hours=26)
"""Without a result for so long, a night was missed."""
_LOCK = 7_261_930_253


def nightly(*, now: datetime) -> AuditCheck | None:
    """Check all of the log, unless that was done within the day or is being done."""
    if not is_due(now=now):
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        (is_ours,) = cursor.fetchone()
    if not is_ours:
        return None
    try:
        return run(now=now)[0]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def run(
    *, now: datetime, since: datetime | None = None, also: Iterable[Held] = ()
) -> tuple[AuditCheck, Report]:
    """Check the log, from that instant on or all of it, and keep what came of it.

    also: seals held elsewhere than where we look by ourselves.
    """
    report = verify(since=since, outside=chain(outside.held(), also))
    check = AuditCheck(
        began_at=now,
        ended_at=max(timezone.now(), now),
        since=since,
        seals=report.seals,
        entries=report.entries,
        found=report.found,
        findings=[asdict(one) for one in report.in_order()],
        sealed_at=report.sealed_at,
        unsealed=report.unsealed,
        unsealed_since=report.unsealed_since,
        macs_unchecked=report.macs_unchecked,
        outside_at=report.outside_at,
        outside_size=report.outside_size,
        outside_place=report.outside_place,
    )
    first = report.first_bad
    facts: dict[str, Fact] = {
        "entries": report.entries,
        "found": report.found,
        "first": first.kind if first else "none",
    }
    with transaction.atomic():
        check.save(force_insert=True)
        action = Action.AUDIT_FOUND_CHANGED if report.found else Action.AUDIT_CHECKED
        log.append(action, subject=check, facts=facts)
    return check, report


def latest() -> AuditCheck | None:
    """The newest result, of a check of all or of a part."""
    return AuditCheck.objects.order_by("-ended_at").first()


def last_of_all() -> AuditCheck | None:
    """The newest result of a check of all of the log."""
    return AuditCheck.objects.filter(since=None).order_by("-ended_at").first()


def is_due(*, now: datetime, after: timedelta = EVERY) -> bool:
    """Whether all of the log was not checked for so long; never is as good as long ago."""
    last = last_of_all()
    return last is None or last.ended_at <= now - after


def findings(check: AuditCheck) -> list[Finding]:
    """What a check found first, by position."""
    return [Finding(**one) for one in check.findings]
