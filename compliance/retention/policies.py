"""Write a team's policy anew: a change is a version, never an edit."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import Person, RetentionPolicy, Team


def publish(
    *, team: Team, keep_days: int, by: Person, now: datetime
) -> RetentionPolicy:
    """Keep this team's recordings for so many days from now on.

    What was recorded before keeps the date it was given. Raises Refused.
    """
    policy.require(by, Verb.EDIT_POLICY, team)
    with transaction.atomic():
        Team.objects.select_for_update().get(pk=team.pk)  # one author at a time
        newest = team.policies.aggregate(newest=Max("version"))["newest"] or 0
        version = RetentionPolicy.objects.create(
            team=team,
            version=newest + 1,
            keep_days=keep_days,
            author=by,
            created_at=now,
        )
        log.append(
            Action.POLICY_VERSIONED,
            subject=version,
            facts={"version": version.version, "keep_days": keep_days},
            actor=by,
        )
    return version
