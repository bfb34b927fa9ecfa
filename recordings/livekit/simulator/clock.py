"""A room's own time: real, or jumping from one event to the next."""

import threading
import time
from datetime import UTC, datetime, timedelta

# In a jumping room nothing takes time, yet no two things happen at once.
_TICK = timedelta(milliseconds=1)


class Clock:
    """Time in one simulated room.

    `speed` 1.0 is real time, 10.0 ten times as fast; None jumps, so that a call dated
    months ago takes as long as its portal needs to think.
    """

    def __init__(
        self, *, start: datetime, speed: float | None, stopping: threading.Event
    ) -> None:
        """Begin at `start` (aware); `stopping` cuts every wait short."""
        self._start = start.astimezone(UTC)
        self._speed = speed
        self._stopping = stopping
        self._began = time.monotonic()
        self._lock = threading.Lock()

    @property
    def jumps(self) -> bool:
        """Say whether waiting takes no time."""
        return self._speed is None

    def now(self) -> datetime:
        """Return the room's time; never the same twice."""
        with self._lock:
            if self._speed is None:
                self._start += _TICK
                return self._start
            passed = (time.monotonic() - self._began) * self._speed
            return self._start + timedelta(seconds=passed)

    def wait_until(self, moment: datetime) -> None:
        """Be at `moment`: jump there, or wait for it."""
        if self._speed is None:
            with self._lock:
                self._start = max(self._start, moment)
            return
        left = (moment - self.now()).total_seconds() / self._speed
        if left > 0:
            self._stopping.wait(left)

    def wait(self, duration: timedelta) -> None:
        """Let some of the room's time pass."""
        self.wait_until(self.now() + duration)
