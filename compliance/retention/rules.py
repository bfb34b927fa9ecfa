"""When a thing goes: pure functions of a policy, the law and the dates of the thing."""

from datetime import datetime, timedelta

from compliance.models import RetentionPolicy
from compliance.retention.limits import Limit


def expires_at(
    policy: RetentionPolicy | None, *, ended: datetime, limit: Limit | None = None
) -> datetime | None:
    """The moment from which a recording that ended then may be destroyed.

    The policy's, or the law's where that is earlier; None where neither says one.
    """
    days = [policy.keep_days] if policy else []
    if limit:
        days.append(limit.days)
    return ended + timedelta(days=min(days)) if days else None
