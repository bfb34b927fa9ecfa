"""What customers agreed to once and for every call: recorded, found, withdrawn.

A standing consent counts on a call when it is in force at the moment in which the party
with that number joins. What is said on the call itself comes after it, and wins.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.models import Person, PhoneNumber, Purpose, StandingConsent, Team

LEEWAY = timedelta(minutes=1)
"""By so much the clock of who tells may be ahead of ours."""


class ConsentRefused(ValueError):
    """A consent that could never count; the message says why."""


def record(
    *,
    number: PhoneNumber,
    team: Team | None,
    purposes: Iterable[Purpose],
    granted_at: datetime,
    expires_at: datetime,
    source: StandingConsent.Source,
    script: str = "",
    evidence: str = "",
    by: Person,
    now: datetime,
) -> StandingConsent:
    """Write down what the holder of a number agreed to, until when, and the proof of it.

    team: whose calls it is for; None means every team. Raises Refused or ConsentRefused.
    """
    row = StandingConsent(
        number=number,
        team=team,
        purposes=[p.value for p in Purpose if p in set(purposes)],
        granted_at=granted_at,
        expires_at=expires_at,
        source=source,
        script=script,
        evidence=evidence,
        recorded_by=by,
        recorded_at=now,
    )
    policy.require(by, Verb.KEEP_CONSENT, row)
    _check(row, now)
    with transaction.atomic():
        row.save(force_insert=True)
        facts: dict[str, Fact] = {
            "purposes": ",".join(row.purposes),
            "source": row.source,
            "until": row.expires_at.date().isoformat(),
        }
        log.append(Action.STANDING_CONSENT_RECORDED, subject=row, actor=by, facts=facts)
    return row


def withdraw(*, consent: StandingConsent, by: Person, now: datetime) -> bool:
    """Write down that it was withdrawn; it no longer counts, on calls in progress too.

    The caller has the calls in progress thought about again. Returns False when it was
    withdrawn before. Raises Refused.
    """
    policy.require(by, Verb.KEEP_CONSENT, consent)
    with transaction.atomic():
        row = StandingConsent.objects.select_for_update().get(pk=consent.pk)
        if row.withdrawn_at is not None:
            return False
        row.withdrawn_at, row.withdrawn_by = now, by
        row.save(update_fields=["withdrawn_at", "withdrawn_by"])
        log.append(Action.STANDING_CONSENT_WITHDRAWN, subject=row, actor=by)
    return True


def of_numbers(
    numbers: Collection[UUID], *, team_id: UUID
) -> dict[UUID, list[StandingConsent]]:
    """Every standing consent of these numbers that is for calls of the team, by number."""
    found: dict[UUID, list[StandingConsent]] = {}
    if numbers:
        rows = StandingConsent.objects.filter(
            Q(team=None) | Q(team=team_id), number__in=numbers
        )
        for row in rows.order_by("granted_at", "id"):
            if row.number_id:
                found.setdefault(row.number_id, []).append(row)
    return found


def holds(consent: StandingConsent, at: datetime) -> bool:
    """Whether it is in force at an instant."""
    ends = min(consent.expires_at, consent.withdrawn_at or consent.expires_at)
    return consent.granted_at <= at < ends


def _check(row: StandingConsent, now: datetime) -> None:
    if not row.purposes:
        raise ConsentRefused(_("Say what was agreed to."))
    if row.granted_at > now + LEEWAY:
        raise ConsentRefused(_("It cannot have been given in the future."))
    if row.expires_at <= max(now, row.granted_at):
        raise ConsentRefused(_("It would be over already."))
