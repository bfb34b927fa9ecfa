"""A call's rows as the law reads them: who was there and where, what they did, what for."""

from dataclasses import replace

from django.db.models import Prefetch, prefetch_related_objects

from compliance.consent import places, scripts
from compliance.consent.standing import Act, ActKind
from compliance.consent.verdict import PartyFacts, Role
from compliance.models import Purpose
from recordings.models import Call, ConsentRecord, Party

OF_RECORDING = frozenset(kind.value for kind in ActKind)
"""Kinds of consent record that speak of recording; the law of recording hears no other."""


def fetch(*calls: Call) -> None:
    """Read the parties, with their numbers, once for these very objects of calls.

    For who asks several things of a call in which nobody comes or goes meanwhile.
    """
    parties = Prefetch("parties", Party.objects.select_related("number"))
    prefetch_related_objects(calls, parties)


def fetch_acts(call: Call) -> None:
    """Read what was reported on a call once for this very object of it."""
    prefetch_related_objects([call], "consents")


def people(call: Call) -> list[Party]:
    """The parties with their numbers: as fetched, else read now."""
    rows = call.parties.all()
    is_fetched = rows._result_cache is not None
    return list(rows if is_fetched else rows.select_related("number"))


def presence(party: Party) -> PartyFacts:
    """Who was there, and when: enough where a verdict has been made already."""
    return PartyFacts(
        ref=str(party.id),
        role=Role(party.role),
        joined_at=party.joined_at,
        left_at=party.until,
    )


def of_party(party: Party) -> PartyFacts:
    """A party with what is known of its place."""
    number = party.number.e164 if party.number else None
    if number is None and party.role == Party.Role.CALLER:
        number = ""  # a caller without a number withheld it
    known = places.facts(
        declared=party.declared_place, billing=party.billing_place, e164=number
    )
    return replace(presence(party), facts=known)


def language_of(call: Call, *, declared: str = "") -> str:
    """The language to speak with the caller: declared, else by the caller's place."""
    for party in people(call):
        if party.role == Party.Role.CALLER:
            known = declared or party.language
            return scripts.language_for(declared=known, facts=of_party(party).facts)
    return scripts.language_for(declared=declared)


def acts(call: Call) -> list[Act]:
    """What the parties did about being recorded, the earliest first."""
    return [_act(row) for row in call.consents.all() if row.kind in OF_RECORDING]


def purposes(call: Call) -> list[Purpose]:
    """What the call is recorded for."""
    return [Purpose(purpose) for purpose in call.purposes]


def _act(row: ConsentRecord) -> Act:
    return Act(
        kind=ActKind(row.kind),
        at=row.occurred_at,
        party_ref=str(row.party_id) if row.party_id else None,
        purposes=frozenset(Purpose(purpose) for purpose in row.purposes),
        is_standing=row.by == ConsentRecord.By.STANDING,
    )
