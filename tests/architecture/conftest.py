"""The stage of the tests about access."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from compliance.access.roles import Role
from compliance.models import Region
from tests.architecture.stage import Stage, Viewer, staff_of, viewer_of
from tests.factories.compliance import PersonFactory, TeamFactory

STAFF = (Role.REVIEWER, Role.TEAM_LEAD)
"""The roles that are given for own calls."""


@pytest.fixture
def stage(db: None) -> Stage:
    """Each role for one team and for everything, an officer of a region, two for own
    calls, and no role."""
    north, south = (Region.objects.create(name=name) for name in ("North", "South"))
    teams = {
        "own": TeamFactory.create(region=north),
        "neighbour": TeamFactory.create(region=north),
        "elsewhere": TeamFactory.create(region=south),
    }
    reaches: dict[str, dict[str, Any]] = {
        "team": {"team": teams["own"]},
        "everything": {},
    }
    viewers = [
        viewer_of(role, reach, **to) for role in Role for reach, to in reaches.items()
    ]
    viewers += map(staff_of, STAFF)
    viewers.append(viewer_of(Role.OFFICER, "region", region=north))
    viewers.append(Viewer(None, "nothing", PersonFactory.create()))
    viewers.append(Viewer(None, "nowhere", AnonymousUser()))
    return Stage(teams, viewers)
