"""What places allow at most: some let a purpose's recordings be kept only so long."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from compliance.models import ConsentRule, Purpose


@dataclass(frozen=True)
class Limit:
    """The most days that one rule leaves to recordings made for a purpose."""

    days: int
    purpose: Purpose
    rule: ConsentRule


def strictest(
    *, rule_ids: Collection[UUID], purposes: Collection[Purpose]
) -> Limit | None:
    """The shortest limit that these rules set for these purposes, if they set any.

    One file serves every purpose of a call, so the shortest holds for all of it.
    """
    if not rule_ids:
        return None
    found = [
        Limit(days=rule.max_keep_days[purpose], purpose=purpose, rule=rule)
        for rule in ConsentRule.objects.filter(id__in=rule_ids)
        for purpose in purposes
        if purpose in rule.max_keep_days
    ]
    return min(found, key=lambda one: (one.days, one.rule.place), default=None)
