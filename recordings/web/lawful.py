"""Why a call may be recorded and heard: its verdicts, put into words."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from compliance.consent import duties, wording
from compliance.consent.reasons import SEAT, Reason
from compliance.models import Announce, Level, Purpose
from recordings import consent
from recordings.models import Call, ConsentVerdict, Party
from recordings.web.moments import person


@dataclass(frozen=True)
class Ground:
    """Whose place a rule was asked for, and how well that place is known."""

    who: str
    evidence: str


@dataclass(frozen=True)
class Why:
    """What one rule, or the fallback, asks for; and on whose account."""

    sentence: str
    rule: str
    is_strictest: bool
    grounds: list[Ground]


@dataclass(frozen=True)
class Judged:
    """One verdict as the page shows it."""

    row: ConsentVerdict
    level: str | Promise
    purposes: list[dict[str, Any]]
    reasons: list[Why]
    announce: str | Promise


def panel(call: Call, *, open_purposes: list[Purpose]) -> dict[str, Any]:
    """The newest verdict, the ones before it, and what each purpose still waits for."""
    judged = [_judged(row, call, open_purposes) for row in call.verdicts.all()]
    return {
        "judged": judged[0] if judged else None,
        "older": judged[1:],
        "is_strict": call.team.strict,
        "duty": duties.of(call.team, on=call.started_at.date()),
    }


def _judged(row: ConsentVerdict, call: Call, opened: list[Purpose]) -> Judged:
    verdict = consent.stored_verdict(row)
    people = {str(party.id): party for party in call.parties.all()}
    asked = [Purpose(name) for name in call.purposes]
    highest = max((verdict.level(purpose) for purpose in asked), default=None)
    return Judged(
        row=row,
        level=wording.LEVELS[highest] if highest is not None else "",
        purposes=[
            {
                "name": purpose.label,
                "level": wording.LEVELS[verdict.level(purpose)],
                "is_open": purpose in opened,
            }
            for purpose in asked
        ],
        reasons=_whys(verdict.reasons, people, asked, highest),
        announce=Announce(row.announce).label,
    )


def _whys(
    reasons: Iterable[Reason],
    people: dict[str, Party],
    asked: list[Purpose],
    highest: Level | None,
) -> list[Why]:
    """One entry a rule, those that decide first."""
    found: dict[tuple[str, str], Why] = {}
    for reason in reasons:
        levels = [reason.levels[p] for p in asked] or list(reason.levels.values())
        key = wording.sentence(reason), wording.rule_name(reason)
        why = found.setdefault(key, Why(*key, max(levels) == highest, []))
        why.grounds.append(Ground(_who(reason, people), wording.evidence(reason)))
    return sorted(found.values(), key=lambda why: not why.is_strictest)


def _who(reason: Reason, people: dict[str, Party]) -> str:
    if reason.party == SEAT:
        return _("the team")
    party = people.get(reason.party)
    return person(party) if party else _("a party")
