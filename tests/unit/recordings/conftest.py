"""A telephone line of a team in Texas, where nobody needs to be told."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction
from pytest_django.fixtures import Settings

from compliance.models import Level
from tests.cast import Cast
from tests.line import Line, a_line


@pytest.fixture
def line(cast: Cast, settings: Settings, tmp_path: Path) -> Iterator[Line]:
    """See tests/line.py."""
    team = cast.sales
    team.seat, team.fallback_level = "US-TX", Level.ONE_PARTY
    with transaction.atomic():
        team.save()
    with a_line(settings, tmp_path, team=team, service=cast.service) as line:
        yield line
