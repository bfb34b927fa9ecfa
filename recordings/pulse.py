"""Signs of life of the beat and the workers, left in Redis for whoever looks.

Nothing depends on them: losing one costs a line of `doctor` and a metric, never work.
"""

import logging
from datetime import UTC, datetime
from functools import cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 0.5
REMEMBERED_SECONDS = 7 * 24 * 3600
"""For how long it is known when the beat was last seen."""
ANSWER_SECONDS = 60

_BEAT = "earwitness:pulse:beat"
_ANSWER = "earwitness:pulse:answer:"


def beat() -> None:
    """The beat asked for something, and a worker took it."""
    try:
        _client(TIMEOUT_SECONDS).set(_BEAT, 1, ex=REMEMBERED_SECONDS)
    except redis.RedisError:
        logger.warning("pulse.lost")


def beat_age() -> float | None:
    """Seconds since the beat was last seen; None: not within a week.

    By Redis's own clock, so that no two machines' need agree. Raises RedisError.
    """
    left_ms = _client(TIMEOUT_SECONDS).pttl(_BEAT)
    return REMEMBERED_SECONDS - left_ms / 1000 if left_ms > 0 else None


def answer(question: str) -> None:
    """A worker answers, to whoever waits for it with `wait_for_answer`."""
    with _client(TIMEOUT_SECONDS).pipeline(transaction=False) as pipe:
        pipe.lpush(_ANSWER + question, 1)
        pipe.expire(_ANSWER + question, ANSWER_SECONDS)
        pipe.execute()


def wait_for_answer(question: str, *, seconds: int) -> bool:
    """Whether a worker answers in time. Raises RedisError."""
    patient = _client(seconds + TIMEOUT_SECONDS)
    return patient.blpop([_ANSWER + question], timeout=seconds) is not None


def clock() -> datetime:
    """What time it is for Redis. Raises RedisError."""
    seconds, microseconds = _client(TIMEOUT_SECONDS).time()
    return datetime.fromtimestamp(seconds + microseconds / 1e6, UTC)


@cache
def _client(timeout_seconds: float) -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=timeout_seconds,
        socket_connect_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
