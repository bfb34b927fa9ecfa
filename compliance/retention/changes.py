"""Whether a change of a policy could make anything go earlier: pure functions."""

from dataclasses import dataclass
from datetime import date, timedelta

from compliance.models import RetentionPolicy
from compliance.retention.periods import Period


def may_shorten(old: RetentionPolicy | None, new: RetentionPolicy) -> bool:
    """Whether anything could go earlier if new took the place of old.

    Judged by what they say, not by what is there now: the recordings of tomorrow count
    as well. old: what is in force; None where nothing is.
    """
    says = _NOTHING if old is None or old.is_ended else _said(old)
    wants = _NOTHING if new.is_ended else _said(new)
    if says.clock != wants.clock and _NOTHING not in (says, wants):
        return True
    sooner = _is_sooner(wants.ceiling, says.ceiling) or (
        wants.ceiling is not None and wants.grace < says.grace
    )
    lower = says.floor is not None and (
        wants.floor is None or _is_sooner(wants.floor, says.floor)
    )
    if says.until is not None:
        lower = lower or wants.until is None or wants.until < says.until
    if _NOTHING in (says, wants) or says.match == wants.match:
        return sooner or lower
    wider = wants.ceiling is not None and not _is_within(wants.match, says.match)
    keeps = says.floor is not None or says.until is not None
    narrower = keeps and not _is_within(says.match, wants.match)
    return sooner or lower or wider or narrower


def may_shorten_by_list(policy: RetentionPolicy, *, adds: bool, removes: bool) -> bool:
    """Whether anything could go earlier if the list it goes by got more numbers, or fewer.

    What is added comes under its ceiling; what is taken off leaves its floor.
    """
    says = _said(policy)
    keeps = says.floor is not None or says.until is not None
    return (adds and says.ceiling is not None) or (removes and keeps)


Match = tuple[frozenset[str], ...]


@dataclass(frozen=True)
class _Said:
    floor: Period | None = None
    until: date | None = None
    ceiling: Period | None = None
    clock: str = ""
    grace: int = 0
    match: Match = ()


_NOTHING = _Said()


def _said(policy: RetentionPolicy) -> _Said:
    label = f"{policy.label_key}={policy.label_value}" if policy.label_key else ""
    teams = {*policy.teams, policy.team_id} - {None}
    one = (policy.direction, label, str(policy.number_list_id or ""))
    lists = (
        policy.places,
        policy.purposes,
        map(str, policy.numbers),
        map(str, policy.calls),
    )
    return _Said(
        floor=Period.parse(policy.keep_at_least),
        until=policy.kept_until,
        ceiling=Period.parse(policy.delete_after) if policy.is_adopted else None,
        clock=policy.clock,
        grace=policy.grace_days,
        match=(
            frozenset({policy.item_kind}),
            frozenset(map(str, teams)),
            *(frozenset({value} - {""}) for value in one),
            *(frozenset(values) for values in lists),
        ),
    )


def _is_within(narrow: Match, wide: Match) -> bool:
    """Whether whatever one covers the other covers too; an empty condition is all."""
    return all(
        not theirs or (mine and mine <= theirs)
        for mine, theirs in zip(narrow, wide, strict=True)
    )


def _is_sooner(new: Period | None, old: Period | None) -> bool:
    """Whether a period ends earlier than another for any day it may begin on."""
    if new is None:
        return False
    return old is None or any(new.after(day) < old.after(day) for day in _DAYS)


def fits(floor: str, ceiling: str) -> bool:
    """Whether a policy's own floor never ends after its own ceiling."""
    least, most = Period.parse(floor), Period.parse(ceiling)
    return not (least and most) or not _is_sooner(most, least)


_DAYS = [date(2023, 1, 1) + timedelta(days=n) for n in range(4 * 365 + 1)]
"""Every day there is, leap years included."""
