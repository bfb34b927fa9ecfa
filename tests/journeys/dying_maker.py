"""Makes volumes of productions, and kills itself, as `kill -9` does, at the Nth original.

python -m tests.journeys.dying_maker N FOLDER

FOLDER: where files for others lie.
"""

import os
import signal
import sys
from collections.abc import Iterator

import django
from django.conf import settings


def main(nth: int, folder: str) -> None:
    """Make what can be made, one volume after the other, for as long as it lives."""
    django.setup()
    settings.STORAGES["exports"]["OPTIONS"]["location"] = folder
    from recordings.media_store.base import ByteStream
    from recordings.models import ProducedItem, Recording
    from recordings.producing import volumes
    from tests.factories.productions import worked

    real, seen = volumes._hashed, 0

    def deadly(
        file: ByteStream, item: ProducedItem, part: Recording
    ) -> Iterator[bytes]:
        nonlocal seen
        seen += 1
        if seen == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(file, item, part)

    volumes._hashed = deadly
    worked()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
