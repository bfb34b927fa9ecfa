"""Which teams have people of their own on calls."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from compliance.models import Team
from compliance.models.team import StaffedBy
from recordings.models import Party


def with_staff(teams: QuerySet[Team], *, since: datetime) -> list[Team]:
    """Those of some teams that people answer for, or that had staff on a call since."""
    on_calls = Party.objects.filter(
        role=Party.Role.STAFF, call__team=OuterRef("id"), call__started_at__gte=since
    )
    people = Q(staffed_by=StaffedBy.PEOPLE)
    return list(teams.filter(people | Exists(on_calls)))
