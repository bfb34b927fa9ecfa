"""A Celery worker that kills itself, as `kill -9` does, at one step of its work.

    python -m tests.journeys.dying_worker MARK [STEP WHEN]

STEP names a function (`recordings.recorder._apply`), WHEN says `before` or `after`. The
worker dies when it is called for the first time; MARK is the file that remembers it.
Without a step it lives. Leases and looks are short, so that nobody waits for minutes.
"""

import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import django

LEASE = timedelta(seconds=4)


def main(mark: Path, step: str = "", when: str = "") -> None:
    """Run a worker in this very process until it is told to end."""
    django.setup()
    _hurry()
    if step:
        _arm(mark, step, when)
    from portal.celery import app

    app.worker_main(["worker", "--pool=solo", "--loglevel=INFO", "--without-mingle"])


def _hurry() -> None:
    from recordings import indexing, recorder, worklist

    worklist.LEASE = LEASE
    indexing.LEASE = LEASE
    recorder.LOOKED_UP = (1, 1, 1)  # type: ignore[assignment]


def _arm(mark: Path, step: str, when: str) -> None:
    module_name, _, name = step.rpartition(".")
    module = import_module(module_name)
    real: Callable[..., Any] = getattr(module, name)

    def deadly(*given: Any, **more: Any) -> Any:
        if mark.exists():
            return real(*given, **more)
        if when == "after":
            real(*given, **more)
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
        return None

    setattr(module, name, deadly)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
