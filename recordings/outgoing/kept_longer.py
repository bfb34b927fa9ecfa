"""Policies that one person put in force, as they only keep longer: told to the others."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.models import Person, RetentionPolicy
from compliance.retention import changes, policies
from recordings.models import EventKind, OutgoingEvent


def tell(*, now: datetime) -> int:
    """Write the mails of versions that nobody was told of yet; returns how many mails.

    Whoever keeps policies of that team is told, but its author: of what lets something
    go earlier a second person was asked. What ships with the product is no news.
    """
    rows = RetentionPolicy.objects.filter(
        published_at__isnull=False, adopted_by__isnull=False, told_at=None
    )
    if not settings.MAIL_IS_ON or not rows.exists():
        return 0
    with transaction.atomic():
        fresh = list(rows.select_for_update(of=("self",), skip_locked=True))
        mails = [
            _mail(version, person, now)
            for version in fresh
            if not changes.may_shorten(policies.before(version), version)
            for person in _officers(version)
        ]
        OutgoingEvent.objects.bulk_create(mails)
        told = RetentionPolicy.objects.filter(pk__in=[one.pk for one in fresh])
        told.update(told_at=now)
    return len(mails)


def among(person: Person, ids: set[UUID]) -> list[RetentionPolicy]:
    """Of these versions, those that this person may still read of, the newest first."""
    rows = RetentionPolicy.objects.filter(pk__in=ids).select_related("team")
    scope = policy.scope_for(person, Verb.EDIT_POLICY)
    newest = rows.order_by("-published_at")
    return [one for one in newest if one.team_id is None or scope.covers(one.team_id)]


def _officers(version: RetentionPolicy) -> list[Person]:
    who = policy.holders(Verb.EDIT_POLICY, version if version.team_id else None)
    return [one for one in who if one.pk != version.adopted_by_id]


def _mail(version: RetentionPolicy, person: Person, now: datetime) -> OutgoingEvent:
    return OutgoingEvent(
        kind=EventKind.POLICY_KEEPS_LONGER,
        person=person,
        payload={"policy_id": str(version.pk)},
        created_at=now,
        due_at=now,
    )
