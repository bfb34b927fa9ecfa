"""What is heard, copied or produced for a confidential hold: known only to who may see it.

Whoever may see it and hears what it keeps as evidence, or for a legal duty, or takes a
copy, does so for the hold; nobody has to remember to say so. The audit log keeps all of
it all the same.
"""

from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db.models import Q, QuerySet

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.models import Hold, Person, Purpose
from compliance.retention import held
from recordings.models import (
    Disclosure,
    Listen,
    ProducedItem,
    Production,
    Recording,
)

_Use = TypeVar("_Use", Listen, Disclosure)

FOR_A_HOLD = (Purpose.EVIDENCE, Purpose.LEGAL_DUTY)


def hold_of(
    part: Recording, *, listener: Person, purpose: Purpose, now: datetime
) -> UUID | None:
    """The confidential hold that this listen or copy is for, if there is one."""
    may = policy.allows(listener, Verb.VIEW_HOLD)
    if purpose not in FOR_A_HOLD or not may:
        return None
    ground = held.ground(Recording.ITEM, [part.pk], viewer=listener, now=now)
    return next((one.pk for one in ground.holds if one.is_confidential), None)


def known_to(viewer: Person | None, rows: "QuerySet[_Use]") -> "QuerySet[_Use]":
    """Without those for confidential holds that he may not see; None: anybody outside."""
    seen = _seen_by(viewer).values("pk")
    return rows.filter(Q(for_hold=None) | Q(for_hold__in=seen))


def productions_known_to(viewer: Person | None) -> QuerySet[Production]:
    """Without those of confidential holds that he may not see, of any team."""
    holds = _seen_by(viewer).values("pk")
    known = Q(hold=None) | Q(hold__is_confidential=False) | Q(hold__in=holds)
    return Production.objects.filter(known)


def produced_known_to(
    viewer: Person | None, items: QuerySet[ProducedItem]
) -> QuerySet[ProducedItem]:
    """What went into such productions, once they are made."""
    made = productions_known_to(viewer).exclude(made_at=None)
    return items.exclude(file="").filter(production__in=made)


def _seen_by(viewer: Person | None) -> QuerySet[Hold]:
    return held.seen_by(viewer) if viewer else Hold.objects.none()
