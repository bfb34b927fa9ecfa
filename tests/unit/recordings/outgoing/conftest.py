"""A subscriber that listens, and the portal's permission to talk to this machine."""

from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from tests.unit.recordings.outgoing.receiver import Receiver, listening


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    """Somebody at http://127.0.0.1:…/events."""
    settings.EVENTS_ALLOW_PRIVATE = True
    with listening() as found:
        yield found
