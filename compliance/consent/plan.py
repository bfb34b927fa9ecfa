"""What the voice agent does next: may the recorder run, and what is to be said.

Pure; asked again after every event and every act, so it holds for this moment only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from compliance.consent.duty import Duty, Instruction
from compliance.consent.standing import Act, ActKind, Need, NeedKind, missing
from compliance.consent.verdict import PartyFacts, Verdict
from compliance.models import Announce, Level, Purpose

GRACE = timedelta(seconds=30)
"""How long a recorder that started first may wait for the announcement."""


class Start(StrEnum):
    """When the recorder may start."""

    NOW = "now"
    AFTER_ANNOUNCEMENT = "after_announcement"
    AFTER_CONSENT = "after_consent"
    NEVER = "never"


class Script(StrEnum):
    """A text the agent speaks; the words are in `scripts`."""

    ANNOUNCE = "announce"
    ASK_CONSENT = "ask_consent"
    ASK_MORE = "ask_more"
    REPEAT = "repeat"
    REFUSED_ACK = "refused_ack"
    NOT_RECORDED = "not_recorded"
    END_CALL = "end_call"
    OTHER_CHANNEL = "other_channel"
    DISCLOSE_AI = "disclose_ai"


class Why(StrEnum):
    """Why the plan is what it is; `wording` has the sentence."""

    NOT_NEEDED = "not_needed"
    MET = "met"
    RECORD_THE_WORDS = "record_the_words"
    ANNOUNCE_FIRST = "announce_first"
    ANNOUNCEMENT_OVERDUE = "announcement_overdue"
    CONSENT_FIRST = "consent_first"
    NOBODY_YET = "nobody_yet"
    NO_PURPOSE = "no_purpose"
    REFUSED = "refused"
    DO_NOT_RECORD = "do_not_record"
    NO_STAFF_NOTICE = "no_staff_notice"


@dataclass(frozen=True)
class Plan:
    """The answer for this moment.

    level: what all purposes together ask. open_purposes: those whose level is met;
    refused: those to which somebody said no.
    say: texts in the order of speaking. ask_for: the purposes a question is about.
    say_by: stop and quarantine when the announcement was not made by then.
    duty, instruction: as `remedy.under` says.
    """

    level: Level
    may_start: bool
    start: Start
    why: Why
    say: tuple[Script, ...] = ()
    ask_for: tuple[Purpose, ...] = ()
    open_purposes: tuple[Purpose, ...] = ()
    needs: tuple[Need, ...] = ()
    say_by: datetime | None = None
    refused: tuple[Purpose, ...] = ()
    duty: Duty | None = None
    instruction: Instruction | None = None

    def about(self, script: Script, purposes: Iterable[Purpose]) -> tuple[Purpose, ...]:
        """The purposes a text must name, of those the team records for: a question
        names what it asks for, the announcement everything else."""
        if script in {Script.ASK_CONSENT, Script.ASK_MORE}:
            return self.ask_for
        if script is Script.ANNOUNCE:
            return tuple(p for p in purposes if p not in self.ask_for)
        return ()


def make(
    *,
    verdict: Verdict,
    acts: Iterable[Act],
    parties: Iterable[PartyFacts],
    purposes: Iterable[Purpose],
    now: datetime,
    recording_since: datetime | None = None,
    grace: timedelta = GRACE,
) -> Plan:
    """The plan for a call at `now`.

    purposes: what the team records for. recording_since: when the running recorder
    began to hear; while a start is under way pass `now`; None when none runs.
    If `may_start` turns False while a recorder runs, it must be stopped.
    """
    case = _Case(
        verdict=verdict,
        acts=tuple(acts),
        present=tuple(
            party
            for party in parties
            if party.is_outside and (party.left_at is None or party.left_at > now)
        ),
        purposes=tuple(sorted(set(purposes))),
        now=now,
        recording_since=recording_since,
        grace=grace,
    )
    return replace(case.plan(), refused=case.refused())


def barred(plan: Plan, why: Why) -> Plan:
    """The plan of a call that is not to be recorded, whatever the parties say."""
    return Plan(
        plan.level, may_start=False, start=Start.NEVER, why=why, refused=plan.refused
    )


@dataclass(frozen=True)
class _Case:
    """One question and the facts it is asked on."""

    verdict: Verdict
    acts: tuple[Act, ...]
    present: tuple[PartyFacts, ...]
    purposes: tuple[Purpose, ...]
    now: datetime
    recording_since: datetime | None
    grace: timedelta

    def plan(self) -> Plan:
        needs = {purpose: self._needs(purpose) for purpose in self.purposes}
        left = [p for p in self.purposes if not _is_refused(needs[p])]
        level = max((self.verdict.level(p) for p in self.purposes), default=_NOTHING)
        if not left:
            why = Why.REFUSED if self.purposes else Why.NO_PURPOSE
            say = (Script.REFUSED_ACK,) if self.purposes else ()
            return Plan(
                level,
                may_start=False,
                start=Start.NEVER,
                why=why,
                say=say,
                needs=_flat(needs),
            )
        open_now = tuple(p for p in left if not needs[p])
        if open_now:
            return self._running(level, left, open_now, needs)
        return self._waiting(level, left, needs)

    def refused(self) -> tuple[Purpose, ...]:
        return tuple(p for p in self.purposes if _is_refused(self._needs(p)))

    def _needs(self, purpose: Purpose) -> tuple[Need, ...]:
        return missing(
            verdict=self.verdict,
            acts=self.acts,
            parties=self.present,
            purpose=purpose,
        )

    def _running(
        self,
        level: Level,
        left: Sequence[Purpose],
        open_now: tuple[Purpose, ...],
        needs: "Needs",
    ) -> Plan:
        """Something is open: the recorder may run; the rest may still be asked for."""
        rest = [purpose for purpose in left if purpose not in open_now]
        asked = any(self.verdict.level(p) is not _NOTHING for p in open_now)
        say = self._opening(rest, others_open=True)
        say += self._repetition(left, words_come=Script.ANNOUNCE in say)
        return Plan(
            level,
            may_start=True,
            start=Start.NOW,
            why=Why.MET if asked else Why.NOT_NEEDED,
            say=tuple(say),
            ask_for=self._explicit(rest),
            open_purposes=open_now,
            needs=_flat(needs),
        )

    def _waiting(self, level: Level, left: Sequence[Purpose], needs: "Needs") -> Plan:
        """Nothing is open yet."""
        announced_first = [p for p in left if p not in self._explicit(left)]
        overdue_at = self._overdue_at(needs, announced_first)
        start, why = Start.AFTER_CONSENT, Why.CONSENT_FIRST
        if announced_first:
            start, why = self._start_with_words(overdue_at)
        if not self.present:
            why = Why.NOBODY_YET
        may_start = start is Start.NOW
        say = self._opening(left, others_open=False)
        say += self._repetition(left, words_come=may_start)
        return Plan(
            level,
            may_start=may_start,
            start=start,
            why=why,
            say=tuple(say),
            ask_for=self._explicit(left),
            needs=_flat(needs),
            say_by=overdue_at if may_start else None,
        )

    def _start_with_words(self, overdue_at: datetime | None) -> tuple[Start, Why]:
        """Whether the recorder starts before the announcement, or after it."""
        if self.verdict.announce is not Announce.ON_RECORDING or not self.present:
            return Start.AFTER_ANNOUNCEMENT, Why.ANNOUNCE_FIRST
        if overdue_at is not None and self.now > overdue_at:
            return Start.AFTER_ANNOUNCEMENT, Why.ANNOUNCEMENT_OVERDUE
        return Start.NOW, Why.RECORD_THE_WORDS

    def _overdue_at(
        self, needs: "Needs", purposes: Iterable[Purpose]
    ) -> datetime | None:
        """When the patience with those who were told nothing ends."""
        untold = {need.party_ref for p in purposes for need in needs[p]}
        begins = [
            party.joined_at
            for party in self.present
            if party.ref in untold and party.joined_at is not None
        ]
        if self.recording_since is not None:
            begins.append(self.recording_since)
        return max(begins) + self.grace if begins else None

    def _opening(self, unmet: Sequence[Purpose], *, others_open: bool) -> list[Script]:
        """What to say first: tell, ask, or tell and ask for the rest."""
        explicit = self._explicit(unmet)
        told = len(explicit) < len(unmet)
        say = [Script.ANNOUNCE] if told else []
        if explicit:
            more = told or others_open
            say.append(Script.ASK_MORE if more else Script.ASK_CONSENT)
        return say

    def _repetition(self, left: Sequence[Purpose], *, words_come: bool) -> list[Script]:
        """One sentence to repeat once the recorder runs, where the words must be on
        the recording and are not, and none of the others will be."""
        asked = any(self.verdict.level(p) is not _NOTHING for p in left)
        if not asked or self.verdict.announce is Announce.BEFORE:
            return []
        since = self.recording_since
        on_it = since is not None and any(
            act.kind in _SPOKEN and act.at >= since and not act.is_standing
            for act in self.acts
        )
        return [] if words_come or on_it else [Script.REPEAT]

    def _explicit(self, purposes: Iterable[Purpose]) -> tuple[Purpose, ...]:
        return tuple(p for p in purposes if self.verdict.level(p) is Level.EXPLICIT)


Needs = dict[Purpose, tuple[Need, ...]]

_NOTHING = Level.ONE_PARTY
_SPOKEN = frozenset({ActKind.ANNOUNCED, ActKind.GRANTED})


def _is_refused(needs: Iterable[Need]) -> bool:
    return any(need.kind is NeedKind.AGREEMENT_AFTER_REFUSAL for need in needs)


def _flat(needs: Needs) -> tuple[Need, ...]:
    """Each need once, in a steady order."""
    return tuple(dict.fromkeys(need for group in needs.values() for need in group))
