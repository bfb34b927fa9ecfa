"""Redis: broker, cache, and the counters that processes share."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from recordings.finding import Finding, fail, ok, warn

TIMEOUT_SECONDS = 3.0


def findings() -> Iterator[Finding]:
    """Each Redis that the settings name, once."""
    for url, names in _servers().items():
        yield from _server(url, ", ".join(names))


def _servers() -> dict[str, list[str]]:
    """By address, the settings that name it."""
    named = {
        "CELERY_BROKER_URL": settings.CELERY_BROKER_URL,
        "REDIS_URL": settings.REDIS_URL,
        "CACHE_URL": settings.CACHES["default"]["LOCATION"],
    }
    servers: dict[str, list[str]] = {}
    for name, url in named.items():
        if urlsplit(url).scheme in {"redis", "rediss", "unix"}:
            servers.setdefault(url, []).append(name)
    return servers


def _server(url: str, names: str) -> Iterator[Finding]:
    try:
        about = connect(url).info()
    except redis.AuthenticationError:
        yield fail(
            f"{names}: refuses our password", f"Correct the password in {names}."
        )
        return
    except redis.RedisError as error:
        told = f"{names}: does not answer ({type(error).__name__})"
        yield fail(told, f"{names}: is it right, and reachable?")
        return
    yield ok(f"{names}: Redis {about.get('redis_version', '')} answers")
    evicts = about.get("maxmemory") and about.get("maxmemory_policy") != "noeviction"
    if evicts and url == settings.CELERY_BROKER_URL:
        yield warn(
            "the broker may throw messages away when its memory is full",
            "maxmemory-policy noeviction, or a Redis of its own for CACHE_URL.",
        )


def connect(url: str) -> redis.Redis:
    """A client that gives up soon and does not try twice."""
    return redis.Redis.from_url(
        url,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
