"""How LiveKit's events come in: counted in Redis by the minute, for whoever watches.

Counting never slows or fails a webhook: one round trip that gives up soon, rests for
some seconds after a failure, and loses the count rather than the event. Nothing here
judges; `counts` tells, and others say what is too much.
"""

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 0.2
PAUSE_AFTER_FAILURE_SECONDS = 5.0
KEPT = timedelta(hours=2)
SKEW = timedelta(seconds=30)
"""LiveKit retries for some 15 seconds: an event further off than this tells of clocks."""
IMPORTED = timedelta(hours=1)
"""Events older than this on arrival are imports, which live on a clock of their own."""

_PREFIX = "earwitness:intake"
_EVER = f"{_PREFIX}:ever"
_BURST = f"{_PREFIX}:burst"
_REFUSED, _SKEWED, _SECONDS = "refused", "skewed", "skew_seconds"

_paused_until = 0.0


@dataclass(frozen=True)
class Counts:
    """What came in: refused as unsigned (401), and with dates that are off.

    skew_seconds: the sum over the skewed; positive where LiveKit's clock is behind.
    """

    refused: int = 0
    skewed: int = 0
    skew_seconds: int = 0

    @property
    def mean_skew(self) -> int:
        """Seconds by which the skewed were off, in the mean; 0 for none."""
        return round(self.skew_seconds / self.skewed) if self.skewed else 0


def refused(*, now: datetime) -> None:
    """Count a webhook that was answered with 401."""
    _add(now, {_REFUSED: 1})


def arrived(*, happened_at: datetime | None, now: datetime) -> None:
    """Count an event whose own date is off by more than SKEW; others cost nothing."""
    if happened_at is None:
        return
    late = now - happened_at
    if abs(late) > SKEW and late < IMPORTED:
        skewed(late.total_seconds(), now=now)


def skewed(seconds: float, *, now: datetime) -> None:
    """Count an event dated that many seconds before now (negative: after now)."""
    _add(now, {_SKEWED: 1, _SECONDS: round(seconds)})


def counts(*, now: datetime, minutes: int) -> Counts | None:
    """What came in during the last minutes, the running one included; None: not known."""
    buckets = [_bucket(now - timedelta(minutes=ago)) for ago in range(minutes)]
    return _sum(buckets)


def totals() -> Counts | None:
    """Everything counted since Redis was last emptied; None: not known."""
    return _sum([_EVER])


def burst_begins(of: str) -> bool:
    """Note that there is a burst; False where it was noted before, within KEPT."""
    try:
        return bool(_client().set(f"{_BURST}:{of}", 1, nx=True, ex=KEPT))
    except redis.RedisError:
        return False


def burst_ends(of: str) -> bool:
    """Note that it is over; False where there was none."""
    try:
        return bool(_client().delete(f"{_BURST}:{of}"))
    except redis.RedisError:
        return False


def _add(now: datetime, amounts: dict[str, int]) -> None:
    global _paused_until  # one breaker per process is the point
    if time.monotonic() < _paused_until:
        return
    bucket = _bucket(now)
    try:
        with _client().pipeline(transaction=False) as pipe:
            for name, amount in amounts.items():
                pipe.hincrby(bucket, name, amount)
                pipe.hincrby(_EVER, name, amount)
            pipe.expire(bucket, KEPT)
            pipe.execute()
    except redis.RedisError:
        _paused_until = time.monotonic() + PAUSE_AFTER_FAILURE_SECONDS
        logger.warning("intake.uncounted")


def _sum(keys: list[str]) -> Counts | None:
    try:
        with _client().pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.hmget(key, _REFUSED, _SKEWED, _SECONDS)
            rows = pipe.execute()
    except redis.RedisError:
        return None
    columns = zip(*rows, strict=True)
    return Counts(*(sum(int(value or 0) for value in column) for column in columns))


def _bucket(moment: datetime) -> str:
    return f"{_PREFIX}:{int(moment.timestamp()) // 60}"


@cache
def _client() -> redis.Redis:
    """Connections of this process; they give up soon and do not try twice."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
