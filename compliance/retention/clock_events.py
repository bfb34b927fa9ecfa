"""Events of the business by which policies may count: named and ended by officers."""

import re
from collections import defaultdict
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import ClockEvent, Person, RetentionPolicy
from compliance.models.clock_event import CODE
from compliance.retention import policies


class EventRefused(ValueError):
    """An event that cannot be named or ended so; the message says why."""


def usable() -> QuerySet[ClockEvent]:
    """Those that the API may tell and that a policy may be counted by."""
    return ClockEvent.objects.filter(ended_at=None)


def by_event() -> dict[str, list[RetentionPolicy]]:
    """The policies in force whose clock an event starts, and drafts of such, by code."""
    drafts = RetentionPolicy.objects.filter(published_at=None)
    found: dict[str, list[RetentionPolicy]] = defaultdict(list)
    for one in (*policies.in_force(), *drafts):
        if one.event:
            found[one.event].append(one)
    return found


@transaction.atomic
def name(*, code: str, words: str, by: Person, now: datetime) -> ClockEvent:
    """Name an event. code: what the API will say; words: what people read.

    Raises Refused, also for who keeps policies of some teams only; EventRefused.
    """
    event = ClockEvent(code=code, name=words, added_by=by, added_at=now)
    policy.require(by, Verb.EDIT_POLICY, event)
    if not re.fullmatch(CODE, code):
        raise EventRefused(_("Small letters, digits and _ only, a letter first."))
    if ClockEvent.objects.filter(code=code).exists():
        raise EventRefused(_("There is an event of this code already."))
    event.save(force_insert=True)
    facts = {"event": code}
    log.append(Action.CLOCK_EVENT_NAMED, subject=event, actor=by, facts=facts)
    return event


@transaction.atomic
def end(*, event: ClockEvent, by: Person, now: datetime) -> None:
    """Let nobody tell it or count by it from now on. Raises Refused, EventRefused."""
    policy.require(by, Verb.EDIT_POLICY, event)
    held = ClockEvent.objects.select_for_update().get(pk=event.pk)
    if by_event().get(held.code):
        raise EventRefused(_("A policy counts by it: change that first."))
    if held.ended_at is None:
        held.ended_at = now
        held.save(update_fields=["ended_at"])
        facts = {"event": held.code}
        log.append(Action.CLOCK_EVENT_ENDED, subject=held, actor=by, facts=facts)
