"""What standing consents say on a call: written down as the party with the number joins."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.consent import standing_consents
from compliance.models import StandingConsent
from recordings.models import Call, ConsentRecord, Party

Kind = ConsentRecord.Kind
OUTSIDE = frozenset({Party.Role.CALLER, Party.Role.OTHER})


def follow(call: Call, parties: Iterable[Party], *, now: datetime) -> None:
    """Write the consents that stand for parties of the call, and their withdrawal.

    Once for each: what was written stays, whatever becomes of the standing consent. The
    caller holds the call's lock.
    """
    known = [
        (party, party.number_id, party.joined_at)
        for party in parties
        if party.role in OUTSIDE and party.number_id and party.joined_at
    ]
    found = standing_consents.of_numbers(
        {number for _party, number, _joined in known}, team_id=call.team_id
    )
    for party, number, joined in known:
        for consent in found.get(number, []):
            if standing_consents.holds(consent, joined):
                _write(call, party, consent, Kind.GRANTED, joined)
                _take_back(call, party, consent, now)


def live_calls(consent: StandingConsent) -> list[UUID]:
    """Ids of calls in progress with a party of that number; none where it was erased."""
    if consent.number_id is None:
        return []
    live = Call.objects.filter(ended_at=None, parties__number=consent.number_id)
    return list(live.values_list("id", flat=True).distinct())


def _take_back(
    call: Call, party: Party, consent: StandingConsent, now: datetime
) -> None:
    """It was withdrawn while the party was on the line."""
    at = consent.withdrawn_at
    if at is not None and at <= (party.until or call.now(now)):
        _write(call, party, consent, Kind.WITHDRAWN, at)


def _write(
    call: Call, party: Party, consent: StandingConsent, kind: Kind, at: datetime
) -> None:
    text = f"standing {kind} {consent.id} {party.id}"
    key = hashlib.sha256(text.encode()).hexdigest()
    with transaction.atomic():
        row, is_new = ConsentRecord.objects.get_or_create(
            call=call,
            idempotency_key=key,
            defaults={
                "party": party,
                "kind": kind,
                "by": ConsentRecord.By.STANDING,
                "purposes": consent.purposes,
                "occurred_at": at,
                "offset_ms": max(
                    0, round((at - call.started_at).total_seconds() * 1e3)
                ),
                "standing": consent,
                "reported_by": consent.recorded_by,
            },
        )
        if is_new:
            facts: dict[str, Fact] = {
                "record": str(row.id),
                "kind": row.kind,
                "by": row.by,
            }
            log.append(Action.CONSENT_RECORDED, subject=call, facts=facts)
