"""A call's rows put to the law: the verdict, by the law of the day of the call."""

from collections.abc import Sequence
from dataclasses import replace

from compliance.consent import rules, staff_notices, verdict
from compliance.consent.law import Law
from compliance.consent.verdict import PartyFacts, Verdict
from recordings import consent_facts
from recordings.models import Call, Party


def judge(call: Call, parties: Sequence[Party]) -> Verdict:
    """What must have happened before the call may be recorded; nothing is stored.

    parties: of the call, with their numbers.
    """
    law = rules.law(on=call.started_at.date(), team_fallback=call.team.fallback_level)
    return under(law, call, _facts(call, parties))


def under(law: Law, call: Call, facts: Sequence[PartyFacts]) -> Verdict:
    """The verdict on a call by some law. Nothing is read: the call has team and trunk."""
    seat = (call.trunk.country if call.trunk else "") or call.team.seat
    return verdict.decide(
        parties=facts,
        seat=seat,
        strict=call.team.strict,
        law=law,
        team=call.team.name,
    )


def _facts(call: Call, parties: Sequence[Party]) -> list[PartyFacts]:
    """The parties; staff with the notice that told them, where one is on file."""
    staff = {party.id: party.identity for party in parties if _is_staff(party)}
    if not staff:
        return [consent_facts.of_party(party) for party in parties]
    notices = staff_notices.on_file(
        team_id=call.team_id,
        identities=set(staff.values()),
        on=call.started_at.date(),
    )
    return [
        replace(
            consent_facts.of_party(party),
            notice=notices.covering(party.identity) if party.id in staff else None,
        )
        for party in parties
    ]


def _is_staff(party: Party) -> bool:
    return party.role == Party.Role.STAFF
