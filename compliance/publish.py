"""Hand work to Celery after the commit, and never wait for a broker.

A task only shortens the wait: each step is a row in a state, and a sweep finds
whatever was not published. So a lost message is logged and forgotten.
"""

import logging
import time
from datetime import timedelta
from functools import cache
from threading import Lock, Timer
from typing import Any

from celery import Task
from django.conf import settings
from django.db import transaction
from kombu import Connection, pools
from kombu.exceptions import KombuError

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 0.3
PAUSE_AFTER_FAILURE_SECONDS = 5.0
NUDGE_SECONDS = 0.05
AT_ONCE = timedelta()

_paused_until = 0.0
_nudged: set[str] = set()
_nudging = Lock()


def publish_after_commit(
    task: "Task[Any, Any]", *, after: timedelta = AT_ONCE, **kwargs: str | int | bool
) -> None:
    """Publish a task once the running transaction has committed.

    after: how long a worker lets it lie first; seconds, not hours.
    kwargs: opaque ids only, for they are readable in the broker. A refused or
    stalled broker costs at most its socket time-out once, then publishing rests for
    five seconds; the beat collects what was skipped.
    """
    transaction.on_commit(lambda: _publish(task, kwargs, after), robust=True)


def nudge_after_commit(task: "Task[Any, Any]") -> None:
    """Publish a sweep soon after the running transaction has committed.

    For a task without arguments that finds its own work: however many nudges come
    within NUDGE_SECONDS, one message leaves, and whoever nudges never waits for it.
    """
    transaction.on_commit(lambda: _nudge(task), robust=True)


def _nudge(task: "Task[Any, Any]") -> None:
    with _nudging:
        if task.name in _nudged:
            return
        _nudged.add(task.name)
    timer = Timer(NUDGE_SECONDS, _fire, (task,))
    timer.daemon = True  # a process that ends leaves it to the beat
    timer.start()


def _fire(task: "Task[Any, Any]") -> None:
    with _nudging:
        _nudged.discard(task.name)
    _publish(task, {})


def _publish(
    task: "Task[Any, Any]", kwargs: dict[str, Any], after: timedelta = AT_ONCE
) -> None:
    global _paused_until  # one breaker per process is the point
    if time.monotonic() < _paused_until:
        return
    try:
        producers = _producers(settings.CELERY_BROKER_URL)
        with producers.acquire(block=True, timeout=TIMEOUT_SECONDS) as producer:
            task.apply_async(
                kwargs=kwargs,
                countdown=after.total_seconds(),
                retry=False,
                producer=producer,
            )
    except (KombuError, OSError) as error:
        _paused_until = time.monotonic() + PAUSE_AFTER_FAILURE_SECONDS
        logger.warning(
            "broker.unreachable",
            extra={"task": task.name, "error": type(error).__name__},
        )


@cache
def _producers(broker_url: str) -> Any:
    """Producers of this process whose sockets give up soon; workers wait longer."""
    options = {
        "socket_timeout": TIMEOUT_SECONDS,
        "socket_connect_timeout": TIMEOUT_SECONDS,
        "connect_retries_timeout": TIMEOUT_SECONDS,
        "max_retries": 0,
        "interval_start": 0,
    }
    return pools.producers[Connection(broker_url, transport_options=options)]
