"""Separation of duties: who may not hold, or be given, what. The database agrees."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from compliance.access.permissions import Verb
from compliance.access.refusals import Refused
from compliance.access.roles import kept_apart
from compliance.models import Person, RoleGrant


def refuse_oneself(person: Person, by: Person) -> None:
    """Raise Refused where somebody is about to give something to himself."""
    if person.pk == by.pk:
        raise Refused(
            verb=Verb.GRANT_ROLE,
            code="oneself",
            reason=_("Nobody gives himself a role."),
            ask=_("Another administrator can give it to you."),
            subject=person,
        )


def refuse_both(
    people: Iterable[Person], role: str, *, since: datetime, until: datetime | None
) -> None:
    """Raise Refused where one of these people would read the log and give access.

    since, until: when the role would be held; until None is without an end.
    """
    barred = kept_apart(role)
    if not barred:
        return
    holders = list(people)
    other = RoleGrant.objects.filter(
        Q(person__in=holders) | Q(group__members__in=holders),
        Q(valid_until=None) | Q(valid_until__gt=since),
        role__in=barred,
    )
    if until is not None:
        other = other.filter(valid_from__lt=until)
    if other.exists():
        raise Refused(
            verb=Verb.GRANT_ROLE,
            code="kept_apart",
            reason=_("Nobody both reads the audit log and gives out roles or keys."),
            ask=_("Take the other role away first, or choose somebody else."),
            subject=holders[0],
        )
