"""Until when a part is kept: by the policies that cover its call, and by the call's law.

The law is that of the call's verdict: of the rules that were asked for its parties and
its team, the one that leaves the fewest days to a purpose of the call. What the dates were
worked out from stands beside them, so that the page can say why, and what somebody has
set by hand is known from what policies have set.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Greatest
from django.db.models.lookups import LessThanOrEqual

from compliance.models import Purpose, RetentionPolicy
from compliance.retention import limits, policies, rules, tiers
from compliance.retention.limits import Limit
from compliance.retention.periods import LegalCalendar, Starts, legal_calendar
from compliance.retention.rules import Outcome
from recordings import clock_starts, covering
from recordings.models import Call, ConsentVerdict, Recording

State = Recording.State
DATED = (*Recording.HEARABLE, *Recording.SHUT, State.FAILED)
DATES = (
    "expires_at", "gone_by", "keep_until", "narrowed_from", "narrowed", "policy_id",
    "dating", "edition", "hidden_at", "locks_firmly", "store_due_at", "tier",
)  # fmt: skip


def is_over(now: datetime) -> Q:
    """Recordings whose time is over, with their grace, every floor, and the store's lock."""
    last = Greatest("expires_at", "gone_by", "keep_until")  # NULL counts for nothing
    over = Q(LessThanOrEqual(last, now), expires_at__isnull=False)
    return over & (Q(locked_until=None) | Q(locked_until__lte=now))


def is_dated_anew() -> Q:
    """Recordings whose dates are those of the policies in force: a policy that came since
    may keep longer what it has not reached yet. What no policy ever dated has no others
    to wait for."""
    waits = Q(edition__lt=policies.edition(), state__in=DATED)
    return ~waits | Q(dating={})


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
    """Give a checked part its dates, by the policies that cover it and by its law.

    Dates come from the part's own end, not from today; only what ended in the future,
    by a clock that was ahead, is counted from today. The caller saves the part.
    """
    edition = policies.edition()  # first: what changes meanwhile is dated once more
    limit = limit_of(part.call, part.call.verdicts.first())
    in_force = policies.in_force()
    found = covering.covering([part.call_id], in_force)[part.call_id]
    starts = clock_starts.starts([part.call_id], in_force).get(part.call_id, {})
    _date(part, found, limit, starts, edition=edition, now=now)


def follow(call: Call, *, after: ConsentVerdict, now: datetime) -> None:
    """Bring the dates of a call's parts in line with a new verdict on it.

    A date that a person or an erasure has set is only ever made earlier. The caller
    holds the call's lock.
    """
    rows = Recording.objects.select_for_update().filter(call=call, state__in=DATED)
    parts = list(rows.order_by("part"))
    if not parts:
        return
    edition = policies.edition()
    in_force = policies.in_force()
    found = covering.covering([call.id], in_force)[call.id]
    limit = limit_of(call, after)
    starts = clock_starts.starts([call.id], in_force).get(call.id, {})
    for part in parts:
        part.call = call
        _date(part, found, limit, starts, edition=edition, now=now)
        part.save(update_fields=DATES)


def doubt(call_ids: Collection[UUID]) -> None:
    """Facts of these calls have changed that policies go by: date them again soon."""
    rows = Recording.objects.filter(call__in=call_ids, state__in=DATED)
    rows.update(edition=0)


def date_again(
    parts: Sequence[Recording],
    in_force: Collection[RetentionPolicy],
    *,
    edition: int,
    now: datetime,
) -> int:
    """Date a page of parts anew and save them; returns how many got other dates.

    edition: that of the policies, read before them. The caller holds the locks of parts
    and calls; the parts have their calls.
    """
    call_ids = {part.call_id for part in parts}
    found = covering.covering(call_ids, in_force)
    starts = clock_starts.starts(call_ids, in_force)
    verdicts = _newest_verdicts(parts)
    changed = 0
    for part in parts:
        before = (part.expires_at, part.gone_by, part.keep_until, part.narrowed_from)
        limit = limit_of(part.call, verdicts.get(part.call_id))
        told = starts.get(part.call_id, {})
        _date(part, found[part.call_id], limit, told, edition=edition, now=now)
        after = (part.expires_at, part.gone_by, part.keep_until, part.narrowed_from)
        changed += before != after
    Recording.objects.bulk_update(parts, DATES)
    return changed


def set_by_hand(part: Recording) -> datetime | None:
    """The date that a person or an erasure gave it; None where it has none but those of
    its policies and its law."""
    if part.expires_at == _moment(part.dating.get("written")):
        return _moment(part.dating.get("by_hand"))
    return part.expires_at


def _newest_verdicts(parts: Iterable[Recording]) -> dict[UUID, ConsentVerdict]:
    rows = ConsentVerdict.objects.filter(call__in={part.call_id for part in parts})
    newest = rows.order_by("call_id", "-number").distinct("call_id")
    return {verdict.call_id: verdict for verdict in newest}


def _date(
    part: Recording,
    found: Collection[RetentionPolicy],
    limit: Limit | None,
    starts: Starts,
    *,
    edition: int,
    now: datetime,
) -> None:
    calendar = legal_calendar()
    ended = min(end_of(part), part.hashed_at or now)
    bounds = [
        bound
        for policy in found
        for bound in rules.bounds_of(
            policy, ended=ended, calendar=calendar, starts=starts
        )
    ]
    if limit:
        bounds.append(rules.bound_of_law(limit, ended=ended))
    outcome = rules.spare(rules.resolve(bounds), until=part.spared_until)
    by_hand = set_by_hand(part)
    before = _for_the_store(part)
    part.keep_until = outcome.keep_until
    part.locks_firmly = rules.locks_firmly(found, bounds, now=now)
    part.tier = tiers.tier_for(found)
    part.narrowed_from, part.narrowed = outcome.narrowed_from, list(outcome.narrowed)
    covers = rules.covering(found, bounds)
    part.policy_id = covers.pk if covers else None
    part.expires_at, part.gone_by = outcome.goes_at, outcome.gone_by
    if by_hand and (outcome.goes_at is None or by_hand < outcome.goes_at):
        part.expires_at, part.gone_by = by_hand, None
    if _for_the_store(part) != before:
        part.store_due_at = None
    if part.expires_at is None or part.expires_at > now:
        part.hidden_at = None
    part.edition = edition
    part.dating = _inputs(outcome, ended, calendar) | {
        "written": part.expires_at.isoformat() if part.expires_at else None,
        "by_hand": by_hand.isoformat() if by_hand else None,
    }


def _for_the_store(part: Recording) -> tuple[object, ...]:
    """What the store is told of a part; a change of it does not wait for its hour."""
    dates = (part.keep_until, part.expires_at, part.gone_by)
    return (*dates, part.locks_firmly, part.tier)


def _inputs(
    outcome: Outcome, ended: datetime, calendar: LegalCalendar
) -> dict[str, Any]:
    law = next((one for one in outcome.bounds if one.side == rules.Side.LAW), None)
    return {
        "ended": ended.isoformat(),
        "zone": calendar.zone,
        "fiscal": list(calendar.fiscal),
        "bounds": [bound.as_json() for bound in outcome.bounds],
        "law": law.at.isoformat() if law else None,
        "goes_at": outcome.goes_at.isoformat() if outcome.goes_at else None,
    }


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
