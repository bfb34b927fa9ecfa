"""Under which identities people take part in calls: said by an administrator.

What follows is asked of each call (`access.scope`): nothing is written on calls when an
identity is given or ends, so both count at once, for earlier calls too.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.access.refusals import Refused
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import Person, StaffIdentity
from compliance.models.staff_identity import staff_mark, staff_marks


def of(person: Person) -> QuerySet[StaffIdentity]:
    """The identities that are this person's now, the oldest first."""
    rows = StaffIdentity.objects.filter(person=person, ended_at=None)
    return rows.order_by("given_at", "id")


def is_anothers(identity: str, person: Person) -> bool:
    """Whether it is, or ever was, somebody else's."""
    same = StaffIdentity.objects.filter(lookup__in=staff_marks(identity))
    return same.exclude(person=person).exists()


def say(
    *, person: Person, identities: Collection[str], by: Person, now: datetime
) -> None:
    """Let just these be the identities by which a person joins rooms.

    Raises Refused: nobody says it of himself, services are no staff, and an identity
    that is or was another's stays that one's.
    """
    policy.require(by, Verb.GRANT_ROLE)
    _refuse_unfit(person, by)
    wanted = {text for identity in identities if (text := identity.strip())}
    with transaction.atomic():
        Person.objects.select_for_update(no_key=True).get(pk=person.pk)
        held = {row.identity: row for row in of(person)}
        for identity in sorted(held.keys() - wanted):
            _end(held[identity], by, now)
        for identity in sorted(wanted - held.keys()):
            _give(person, identity, by, now)
    policy.forget(person)


def _give(person: Person, identity: str, by: Person, now: datetime) -> None:
    if is_anothers(identity, person):
        raise _refused(
            person,
            "identity_of_another",
            _("This identity is or was another person's, with the calls under it."),
            _("Give whoever takes the place an identity of his own."),
        )
    row = StaffIdentity.objects.filter(lookup__in=staff_marks(identity)).first()
    row = row or StaffIdentity(
        person=person, identity=identity, lookup=staff_mark(identity)
    )
    row.given_by, row.given_at, row.ended_at = by, now, None
    row.save()
    facts = {"identity": str(row.pk)}
    log.append(Action.STAFF_IDENTITY_GIVEN, subject=person, actor=by, facts=facts)


def _end(row: StaffIdentity, by: Person, now: datetime) -> None:
    row.ended_at = now
    row.save(update_fields=["ended_at"])
    facts = {"identity": str(row.pk)}
    log.append(Action.STAFF_IDENTITY_ENDED, subject=row.person, actor=by, facts=facts)


def _refuse_unfit(person: Person, by: Person) -> None:
    if person.pk == by.pk:
        raise _refused(
            person,
            "oneself",
            _("Nobody says which calls are his own."),
            _("Another administrator can do it."),
        )
    if person.kind == Person.Kind.SERVICE:
        raise _refused(
            person,
            "not_of_own_calls",
            _("A service is no staff: no call is its own."),
            _("Give it its role for teams."),
        )


def _refused(person: Person, code: str, reason: str, ask: str) -> Refused:
    return Refused(
        verb=Verb.GRANT_ROLE, code=code, reason=reason, ask=ask, subject=person
    )
