"""Counts in Redis that cannot be outrun: one atomic step each, for all processes."""

from contextlib import suppress

from django.core.cache import cache


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
