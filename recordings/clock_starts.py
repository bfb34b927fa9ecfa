"""Which events that start clocks of policies have been told of which calls."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from uuid import UUID

from compliance.models import RetentionPolicy
from compliance.retention.periods import Start, Starts
from recordings.models import ToldEvent


def starts(
    call_ids: Collection[UUID], in_force: Collection[RetentionPolicy]
) -> Mapping[UUID, Starts]:
    """What has been told of each of these calls; asked only where a policy goes by it."""
    codes = {one.event for one in in_force if one.event}
    found: dict[UUID, dict[str, Start]] = defaultdict(dict)
    if not codes:
        return found
    rows = ToldEvent.objects.filter(
        call__in=call_ids,
        event__code__in=codes,
        replaced_at=None,
    )
    told = rows.values_list("call_id", "event__code", "occurred_at", "told_at")
    for call_id, code, occurred, told_at in told:
        if occurred:
            found[call_id][code] = Start(occurred, told_at)
    return found
