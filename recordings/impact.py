"""Which stored calls a draft of a consent rule would have changed, before it is published.

Each call is judged twice by the law of its own day, as it is and with the draft in force,
so that what differs is the draft's doing alone. Nothing of the calls is changed. A run is
a row: each step looks at the next calls and notes how far it is, in one transaction, so a
worker that dies leaves nothing half done, and the next one goes on from there.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet, prefetch_related_objects
from django.utils.translation import gettext as _

from compliance import keyset
from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.consent import drafts, rules
from compliance.consent.law import Law
from compliance.consent.verdict import Verdict
from compliance.consent.versions import RuleRefused
from compliance.keyset import Order
from compliance.models import ConsentRule, Person
from recordings import consent_facts, flips, judgement, restricted
from recordings.flips import Past
from recordings.models import Call, Flip, Impact, Party, Recording

State = Impact.State
PAGE = 500
ORDER = Order("started_at", descending=False)
STALLED = timedelta(seconds=30)
"""Longer than a step takes: a run that has not moved since lost its worker or its task."""
MOST_FAILURES = 3
NOTHING_RECORDED = frozenset(
    {
        Recording.State.PLANNED,
        Recording.State.STARTING,
        Recording.State.UNCLEAR,
        Recording.State.FAILED,
        Recording.State.ABORTED,
        Recording.State.LOST,
    }
)


@transaction.atomic
def begin(*, rule_id: UUID, by: Person, now: datetime) -> Impact:
    """Begin a run over the calls stored now; one that runs for the same draft goes on.

    What an earlier run found goes. Raises Refused, and RuleRefused for what is no draft.
    """
    policy.require(by, Verb.EDIT_RULE)
    rule = drafts.hold(rule_id)
    seen = drafts.fingerprint(rule)
    earlier = Impact.objects.filter(rule=rule)
    running = earlier.filter(state=State.RUNNING, fingerprint=seen).first()
    if running is not None:
        return running
    earlier.delete()
    impact = Impact.objects.create(
        rule=rule,
        fingerprint=seen,
        asked_by=by,
        asked_at=now,
        moved_at=now,
        calls=_stored(now).count(),
    )
    facts = {"place": rule.place, "draft": seen}
    log.append(Action.IMPACT_BEGUN, subject=impact, facts=facts, actor=by)
    return impact


def advance(*, impact_id: UUID, now: datetime) -> bool:
    """Look at the next calls of a run; whether there are more.

    False too where another worker has it, and where draft or law have changed meanwhile.
    """
    try:
        with transaction.atomic():
            return _step(impact_id, now)
    except Exception as error:
        _stumbled(impact_id, error)
        raise


def due(*, now: datetime, limit: int) -> list[UUID]:
    """Ids of runs that have stopped moving, the longest first."""
    rows = Impact.objects.filter(state=State.RUNNING, moved_at__lt=now - STALLED)
    return list(rows.order_by("moved_at").values_list("id", flat=True)[:limit])


def publish(*, rule_id: UUID, seen: str, by: Person, now: datetime) -> ConsentRule:
    """Publish a draft whose impact this person has before them.

    seen: the fingerprint on the page of the finished run. Raises Refused; RuleRefused
    where there is no such run, or draft or law have changed since.
    """
    policy.require(by, Verb.EDIT_RULE)
    shown = Impact.objects.filter(rule=rule_id, state=State.DONE, fingerprint=seen)
    if not shown.exists():
        raise RuleRefused(_("Look first at the calls that this draft changes."))
    return drafts.publish(rule_id=rule_id, seen=seen, by=by, now=now)


def flips_of(impact: Impact, person: Person) -> QuerySet[Flip]:
    """What a run found, of the calls this person may see."""
    mine = policy.scope_for(person, Verb.VIEW).narrow(impact.flips.all())
    return restricted.of_calls_for(person, mine)


def _stored(until: datetime) -> QuerySet[Call]:
    """The calls we had heard of by then; what comes later does not disturb a run."""
    return Call.objects.filter(noticed_at__lte=until)


def _step(impact_id: UUID, now: datetime) -> bool:
    rows = Impact.objects.select_for_update(skip_locked=True, of=("self",))
    running = rows.filter(id=impact_id, state=State.RUNNING)
    impact = running.select_related("rule").first()
    if impact is None:
        return False
    if drafts.fingerprint(impact.rule) != impact.fingerprint:
        _fail(impact, reason="changed")
        return False
    calls = _next(impact)
    concerned = _concerned(impact.rule.place, calls)
    Flip.objects.bulk_create(_found(impact, concerned))
    _move(impact, calls, judged=len(concerned), now=now)
    return impact.state == State.RUNNING


def _next(impact: Impact) -> list[Call]:
    rows = _stored(impact.asked_at).select_related("team", "trunk")
    if impact.reached_at:
        place = (impact.reached_at, impact.reached_id)
        rows = rows.filter(keyset.beyond(ORDER, *place, model=Call))
    return list(rows.order_by(*ORDER.columns)[:PAGE])


def _concerned(place: str, calls: Sequence[Call]) -> list[Call]:
    """Those of the calls that a rule of this place may say something about."""
    told: dict[UUID, list[str]] = {
        call.id: [call.team.seat, call.trunk.country if call.trunk else ""]
        for call in calls
    }
    numbers: dict[UUID, list[str]] = {call.id: [] for call in calls}
    parties = Party.objects.filter(call__in=told).values_list(
        "call_id", "declared_place", "billing_place", "number", "number__country"
    )
    for call_id, declared, billing, number, country in parties:
        assert call_id is not None  # noqa: S101 - for the type checker
        told[call_id] += [declared, billing]
        numbers[call_id] += [country] if number else []
    return [
        call
        for call in calls
        if flips.may_concern(place, told=told[call.id], numbers=numbers[call.id])
    ]


@dataclass(frozen=True)
class _BothLaws:
    """The law of any day, as it is and with the draft in force."""

    draft: ConsentRule
    read: dict[tuple[date, int | None], tuple[Law, Law]] = field(default_factory=dict)

    def verdicts(self, call: Call) -> tuple[Verdict, Verdict]:
        """On a call whose parties are fetched. Levels do not hang on notices to staff,
        so none are read."""
        facts = [consent_facts.of_party(party) for party in consent_facts.people(call)]
        before, after = self._of(call.started_at.date(), call.team.fallback_level)
        return (
            judgement.under(before, call, facts),
            judgement.under(after, call, facts),
        )

    def _of(self, day: date, team_fallback: int | None) -> tuple[Law, Law]:
        if (day, team_fallback) not in self.read:
            law = rules.law(on=day, team_fallback=team_fallback)
            drafted = rules.facts_of(self.draft)
            other = replace(law, rules={**law.rules, drafted.place: drafted})
            self.read[day, team_fallback] = law, other
        return self.read[day, team_fallback]


def _found(impact: Impact, calls: Sequence[Call]) -> list[Flip]:
    consent_facts.fetch(*calls)
    laws = _BothLaws(impact.rule)
    judged = [(call, *laws.verdicts(call)) for call in calls]
    flipped = [one for one in judged if flips.steps(*one[1:])]
    prefetch_related_objects([one[0] for one in flipped], "consents", "recordings")
    return [_flip(impact, *one) for one in flipped]


def _flip(impact: Impact, call: Call, before: Verdict, after: Verdict) -> Flip:
    found = flips.steps(before, after)
    return Flip(
        impact=impact,
        call=call,
        team=call.team,
        started_at=call.started_at,
        direction=flips.direction(found),
        effect=flips.effect(before, after, _past(call)),
        steps={
            purpose.value: [step.before.code, step.after.code]
            for purpose, step in found.items()
        },
    )


def _past(call: Call) -> Past:
    return Past(
        purposes=consent_facts.purposes(call),
        acts=consent_facts.acts(call),
        parties=[consent_facts.presence(party) for party in call.parties.all()],
        parts=[
            (part.started_at or part.planned_at, part.ended_at)
            for part in call.recordings.all()
            if part.state not in NOTHING_RECORDED
        ],
    )


def _move(impact: Impact, calls: Sequence[Call], *, judged: int, now: datetime) -> None:
    """Note how far the run is, and that it is done where these were the last calls."""
    impact.looked += len(calls)
    impact.judged += judged
    impact.by_team = Counter(impact.by_team) + Counter(str(c.team_id) for c in calls)
    impact.failures, impact.moved_at = 0, now
    if calls:
        impact.reached_at, impact.reached_id = calls[-1].started_at, calls[-1].id
    if len(calls) < PAGE:
        impact.state, impact.done_at = State.DONE, now
        facts: dict[str, Fact] = {
            "place": impact.rule.place,
            "draft": impact.fingerprint,
            "looked": impact.looked,
            "changed": impact.flips.count(),
        }
        log.append(Action.IMPACT_DONE, subject=impact, facts=facts)
    impact.save()


def _stumbled(impact_id: UUID, error: Exception) -> None:
    """Count a step that failed; after some in a row the run is given up."""
    with transaction.atomic():
        rows = Impact.objects.filter(id=impact_id, state=State.RUNNING)
        rows.update(failures=F("failures") + 1)
        impact = rows.filter(failures__gte=MOST_FAILURES).first()
        if impact is not None:
            _fail(impact, reason=type(error).__name__[:60])


def _fail(impact: Impact, *, reason: str) -> None:
    impact.state, impact.reason = State.FAILED, reason
    impact.save(update_fields=["state", "reason"])
    facts = {"place": impact.rule.place, "reason": reason}
    log.append(Action.IMPACT_FAILED, subject=impact, facts=facts)
