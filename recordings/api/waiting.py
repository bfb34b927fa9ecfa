"""Waiting for the database inside a request, by a few threads of a process at a time.

A thread that waits serves nobody else, so only some of them may: where too many wait
already, nobody is kept waiting, and the answer is what is true now.
"""

from collections.abc import Callable
from threading import Semaphore
from time import monotonic, sleep

from django.conf import settings

STEP_SECONDS = 0.25
LONGEST_SECONDS = 20

_seats = Semaphore(settings.WAITING_REQUESTS)


def until(holds: Callable[[], bool], *, seconds: float) -> bool:
    """Ask every quarter of a second until it holds or the time is over; whether it holds.

    Keeps no transaction open. It is asked at least once.
    """
    if not _seats.acquire(blocking=False):
        return holds()
    try:
        deadline = monotonic() + seconds
        while not holds():
            left = deadline - monotonic()
            if left <= 0:
                return False
            sleep(min(STEP_SECONDS, left))
        return True
    finally:
        _seats.release()
