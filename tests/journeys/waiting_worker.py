"""The product's worker with one task more, which waits until a file is there.

    python -m tests.journeys.waiting_worker

It does one thing at a time, so while it waits it takes nothing else.
"""

import time
from pathlib import Path

import django


def main() -> None:
    """Run a worker in this very process until it is told to end."""
    django.setup()
    from portal.celery import ORDINARY, app

    @app.task(name="journeys.wait")
    def wait(begun: str, over: str) -> None:
        Path(begun).touch()
        while not Path(over).exists():
            time.sleep(0.05)

    alone = ("--pool=solo", "--without-mingle")
    app.worker_main(["worker", f"--queues={ORDINARY}", *alone, "--loglevel=INFO"])


if __name__ == "__main__":
    main()
