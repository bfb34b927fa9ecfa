"""Until when a part is kept: by its team's policy, and never longer than the law allows.

The law is that of the call's verdict: of the rules that were asked for its parties and
its team, the one that leaves the fewest days to a purpose of the call.
"""

from datetime import datetime
from uuid import UUID

from compliance.models import Purpose, RetentionPolicy
from compliance.retention import limits, rules
from compliance.retention.limits import Limit
from recordings.models import Call, ConsentVerdict, Recording

_DATED = (*Recording.HEARABLE, Recording.State.QUARANTINED)


def limit_of(call: Call, verdict: ConsentVerdict | None) -> Limit | None:
    """What the rules of a verdict allow at most for this call; None where nothing."""
    if verdict is None:
        return None
    named = {reason["rule_id"] for reason in verdict.reasons if reason["rule_id"]}
    purposes = [Purpose(purpose) for purpose in call.purposes]
    return limits.strictest(rule_ids={UUID(pk) for pk in named}, purposes=purposes)


def end_of(part: Recording) -> datetime:
    """From when its days are counted."""
    return part.ended_at or part.call.ended_at or part.call.started_at


def set_date(part: Recording, *, now: datetime) -> None:
    """Give a checked part its policy and its date, unless somebody has set one.

    Dates come from the part's own end, not from today; only what ended in the future,
    by a clock that was ahead, is counted from today. The caller saves the part.
    """
    if part.expires_at is not None:
        return
    policy = RetentionPolicy.objects.filter(team=part.call.team).first()
    limit = limit_of(part.call, part.call.verdicts.first())
    part.policy_id = policy.id if policy else None
    part.expires_at = rules.expires_at(
        policy, ended=min(end_of(part), now), limit=limit
    )


def follow(call: Call, *, before: ConsentVerdict | None, after: ConsentVerdict) -> None:
    """Bring the dates of a call's parts in line with a new verdict on it.

    A date that a person or an erasure has set is only ever made earlier. The caller
    holds the call's lock.
    """
    old, new = limit_of(call, before), limit_of(call, after)
    if old == new:
        return
    rows = Recording.objects.select_for_update().filter(call=call, state__in=_DATED)
    parts = list(rows.order_by("part"))
    policies = RetentionPolicy.objects.in_bulk(
        [part.policy_id for part in parts if part.policy_id]
    )
    for part in parts:
        policy = policies.get(part.policy_id) if part.policy_id else None
        was = rules.expires_at(policy, ended=end_of(part), limit=old)
        due = rules.expires_at(policy, ended=end_of(part), limit=new)
        by_rule = part.expires_at == was
        if by_rule or (due and part.expires_at and due < part.expires_at):
            part.expires_at = due
            part.save(update_fields=["expires_at"])
