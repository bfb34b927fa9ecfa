"""What still has to happen before a purpose is open, given what the parties did.

Pure. A notice has reached a party when it was told after it joined; consent counts
from the party that gave it; a refusal shuts what it speaks of until the same party,
or everybody, agrees again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from compliance.consent.verdict import PartyFacts, Verdict
from compliance.models import Level, Purpose


class ActKind(StrEnum):
    """What a party did, or what was done towards it."""

    ANNOUNCED = "announced"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Act:
    """One consent record. No party means everybody on the line at that moment;
    no purposes means every purpose."""

    kind: ActKind
    at: datetime
    party_ref: str | None = None
    purposes: frozenset[Purpose] = frozenset()
    is_standing: bool = False
    """Given once for every call: it was not said on this one."""

    def speaks_of(self, purpose: Purpose) -> bool:
        """True when the act was about this purpose."""
        return not self.purposes or purpose in self.purposes

    def reaches(self, party: PartyFacts) -> bool:
        """True when the act was this party's, or towards it.

        One that names the party reaches it whatever two clocks say; one for
        everybody reaches who had joined by then.
        """
        if self.party_ref is not None:
            return self.party_ref == party.ref
        return party.joined_at is not None and party.joined_at <= self.at


class NeedKind(StrEnum):
    """What is missing."""

    ANNOUNCEMENT = "announcement"
    CONSENT = "consent"
    AGREEMENT_AFTER_REFUSAL = "agreement_after_refusal"


@dataclass(frozen=True)
class Need:
    """One thing that still has to happen; without a party: nobody is there yet,
    or everybody refused."""

    kind: NeedKind
    party_ref: str | None = None


def missing(
    *,
    verdict: Verdict,
    acts: Iterable[Act],
    parties: Iterable[PartyFacts],
    purpose: Purpose,
) -> tuple[Need, ...]:
    """Everything that keeps a purpose shut; empty when it is open.

    parties: those that are, or will be, on the recording: for a recording that is
    to start, the ones present; for one that is made, `present_between` its ends.
    Refusals count even when their party is no longer among them.
    """
    about = [act for act in acts if act.speaks_of(purpose)]
    outside = [party for party in parties if party.is_outside]
    refused = _refusals(about, outside)
    if refused:
        return refused
    level = verdict.level(purpose)
    if level is Level.ONE_PARTY:
        return ()
    kind = NeedKind.CONSENT if level is Level.EXPLICIT else NeedKind.ANNOUNCEMENT
    if not outside:
        return (Need(kind),)
    return tuple(
        Need(kind, party.ref)
        for party in outside
        if not any(act.kind in _ENOUGH[level] and act.reaches(party) for act in about)
    )


def is_met(
    *,
    verdict: Verdict,
    acts: Iterable[Act],
    parties: Iterable[PartyFacts],
    purpose: Purpose,
) -> bool:
    """True when nothing is missing for the purpose."""
    return not missing(verdict=verdict, acts=acts, parties=parties, purpose=purpose)


def is_met_between(
    begin: datetime,
    end: datetime | None,
    *,
    verdict: Verdict,
    acts: Iterable[Act],
    parties: Iterable[PartyFacts],
    purpose: Purpose,
) -> bool:
    """True when a part that was recorded from begin to end may be heard for the purpose."""
    return is_met(
        verdict=verdict,
        acts=bearing_on(acts, begin=begin),
        parties=present_between(parties, begin, end),
        purpose=purpose,
    )


def present_between(
    parties: Iterable[PartyFacts], begin: datetime, end: datetime | None
) -> tuple[PartyFacts, ...]:
    """The parties that were on the line at some time of [begin, end].

    A party whose time of joining is not known counts as present: better asked
    once too often. end None: still going on.
    """
    return tuple(
        party
        for party in parties
        if (party.left_at is None or party.left_at > begin)
        and (end is None or party.joined_at is None or party.joined_at < end)
    )


def bearing_on(acts: Iterable[Act], *, begin: datetime) -> tuple[Act, ...]:
    """The acts as they bear on a part whose recorder began to hear at `begin`.

    A withdrawal made after that works forward only (GDPR 7(3)): it stops the
    recorder and leaves what was lawful when it was recorded. A refusal always bears.
    """
    return tuple(
        act for act in acts if act.kind is not ActKind.WITHDRAWN or act.at <= begin
    )


def _refusals(acts: Sequence[Act], outside: Sequence[PartyFacts]) -> tuple[Need, ...]:
    refs = {
        act.party_ref
        for act in acts
        if act.kind in _AGAINST and not _is_taken_back(act, acts, outside)
    }
    return tuple(
        Need(NeedKind.AGREEMENT_AFTER_REFUSAL, ref)
        for ref in sorted(refs, key=lambda ref: ref or "")
    )


def _is_taken_back(
    refusal: Act, acts: Sequence[Act], outside: Sequence[PartyFacts]
) -> bool:
    """True when whoever refused agreed later. At the same instant the refusal wins, and
    over a standing consent it always does."""
    agreed = {
        act.party_ref
        for act in acts
        if act.kind is ActKind.GRANTED and act.at > refusal.at and not act.is_standing
    }
    if None in agreed:
        return True
    if refusal.party_ref is not None:
        return refusal.party_ref in agreed
    return bool(outside) and all(party.ref in agreed for party in outside)


_AGAINST = frozenset({ActKind.REFUSED, ActKind.WITHDRAWN})
_ENOUGH = {
    Level.NOTICE: frozenset({ActKind.ANNOUNCED, ActKind.GRANTED}),
    Level.EXPLICIT: frozenset({ActKind.GRANTED}),
}
