"""What every list of calls and of what belongs to them has in common."""

from typing import Any

from django.db import models
from django.http import HttpRequest

from compliance.access.guards import person_of
from compliance.access.permissions import Verb
from compliance.admin.base import GuardedAdmin
from recordings import restricted


class OfCallsAdmin(GuardedAdmin):
    """Rows of calls a person may see. `team_path` leads over the call to its team, or
    `call_path` says where the call is."""

    see = Verb.VIEW
    call_path = ""

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Without what is restricted, for whoever may not know of it."""
        rows = super().get_queryset(request)
        of_team = self.team_path.removesuffix("team_id").removesuffix("__")
        path = self.call_path or of_team
        if not path:
            return restricted.calls_for(person_of(request), rows)
        return restricted.of_calls_for(person_of(request), rows, path=path)
