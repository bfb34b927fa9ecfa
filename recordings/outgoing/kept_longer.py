"""What one person put in force, as it only keeps longer: told to the others.

Policies, and numbers on the lists that policies go by.
"""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.models import NumberList, NumberListChange, Person, RetentionPolicy
from compliance.retention import changes, number_lists, policies
from recordings.models import EventKind, OutgoingEvent


def tell(*, now: datetime) -> int:
    """Write the mails of what nobody was told of yet; returns how many mails.

    Whoever keeps policies of that team is told, but its author: of what lets something
    go earlier a second person was asked. What ships with the product is no news.
    """
    return _tell_policies(now) + _tell_lists(now) if settings.MAIL_IS_ON else 0


def _tell_policies(now: datetime) -> int:
    rows = RetentionPolicy.objects.filter(
        published_at__isnull=False, adopted_by__isnull=False, told_at=None
    )
    if not rows.exists():
        return 0
    with transaction.atomic():
        fresh = list(rows.select_for_update(of=("self",), skip_locked=True))
        mails = [
            _mail(person, {"policy_id": str(version.pk)}, now)
            for version in fresh
            if not changes.may_shorten(policies.before(version), version)
            for person in _officers(version, version.adopted_by_id)
        ]
        OutgoingEvent.objects.bulk_create(mails)
        told = RetentionPolicy.objects.filter(pk__in=[one.pk for one in fresh])
        told.update(told_at=now)
    return len(mails)


def _tell_lists(now: datetime) -> int:
    rows = NumberListChange.objects.filter(keeps_longer=True, told_at=None)
    if not rows.exists():
        return 0
    with transaction.atomic():
        fresh = list(
            rows.select_related("number_list").select_for_update(
                of=("self",), skip_locked=True
            )
        )
        mails = [
            _mail(person, {"number_list_id": str(one.number_list_id)}, now)
            for one in fresh
            for person in _officers(one.number_list, one.changed_by_id)
        ]
        OutgoingEvent.objects.bulk_create(mails)
        told = NumberListChange.objects.filter(pk__in=[one.pk for one in fresh])
        told.update(told_at=now)
    return len(mails)


def among(person: Person, ids: set[UUID]) -> list[RetentionPolicy]:
    """Of these versions, those that this person may still read of, the newest first."""
    rows = RetentionPolicy.objects.filter(pk__in=ids).select_related("team")
    scope = policy.scope_for(person, Verb.EDIT_POLICY)
    newest = rows.order_by("-published_at")
    return [one for one in newest if one.team_id is None or scope.covers(one.team_id)]


def lists_among(person: Person, ids: set[UUID]) -> list[NumberList]:
    """Of these lists, those that this person may still see, by name."""
    return list(number_lists.seen_by(person).filter(pk__in=ids)) if ids else []


def _officers(
    changed: RetentionPolicy | NumberList, author_id: UUID | None
) -> list[Person]:
    who = policy.holders(Verb.EDIT_POLICY, changed if changed.team_id else None)
    return [one for one in who if one.pk != author_id]


def _mail(person: Person, payload: dict[str, str], now: datetime) -> OutgoingEvent:
    return OutgoingEvent(
        kind=EventKind.POLICY_KEEPS_LONGER,
        person=person,
        payload=payload,
        created_at=now,
        due_at=now,
    )
