"""When a thing goes: pure functions of a policy and the dates of the thing."""

from datetime import datetime, timedelta

from compliance.models import RetentionPolicy


def expires_at(policy: RetentionPolicy, *, ended: datetime) -> datetime:
    """The moment from which a recording that ended then may be destroyed."""
    return ended + timedelta(days=policy.keep_days)
