"""Counts in Redis that cannot be outrun: one atomic step each, for all processes."""

import logging
import math
from contextlib import suppress

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

MINUTE = 60


def count(key: str, *, seconds: int) -> int:
    """Count one more under this key; return how many there are.

    The count begins anew this many seconds after its first. Raises RedisError.
    """
    cache.add(key, 0, seconds)
    try:
        counted = cache.incr(key)
    except ValueError:
        return 1  # it expired in between
    if counted == 1:
        cache.touch(key, seconds)
    return counted


def uncount(key: str) -> None:
    """Take one back. Raises RedisError."""
    with suppress(ValueError):  # it expired in between
        cache.decr(key)


def forget(key: str) -> None:
    """Begin anew at once. Raises RedisError."""
    cache.delete(key)


def wait(who: str, *, now: float, most: int | None = None) -> int:
    """Count a request; return the seconds to wait, 0 for none.

    who: a key, a person, an address; each has REQUESTS_A_MINUTE, or most. now: seconds
    since the epoch. While Redis cannot be reached nobody is turned away.
    """
    minute, passed = divmod(now, MINUTE)
    try:
        asked = count(f"rate:{who}:{minute:.0f}", seconds=MINUTE + 1)
    except RedisError:
        logger.warning("rates.unreachable")
        return 0
    most = settings.REQUESTS_A_MINUTE if most is None else most
    return 0 if asked <= most else math.ceil(MINUTE - passed)
