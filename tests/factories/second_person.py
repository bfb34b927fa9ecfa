"""A second administrator and a second officer, and an approval between the two."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from compliance.access import grants, role_approvals
from compliance.access.roles import Role
from compliance.models import Approval, Person
from recordings import quarantine
from recordings.models import Recording
from tests.cast import SINCE, Cast
from tests.factories.compliance import PersonFactory
from tests.factories.hearable import hearable_call, part_of


def second(role: Role, name: str = "Sven Second") -> Person:
    """Somebody else with this role everywhere."""
    person = PersonFactory.create(name=name)
    grants.grant(person=person, role=role, by=None, now=SINCE)
    return person


def asked(cast: Cast, *, now: datetime | None = None) -> Approval:
    """The administrator asks to make the stranger an officer of everything."""
    asked = role_approvals.give(
        role=Role.OFFICER,
        person=cast.stranger,
        by=cast.administrator,
        now=now or timezone.now(),
    )
    assert isinstance(asked, Approval)
    return asked


def held_part(cast: Cast) -> Recording:
    """A part of the claims team that waits for a decision."""
    part = part_of(hearable_call(cast.claims, acts=()))
    with transaction.atomic():
        quarantine.put(part, reason=quarantine.NOT_REPORTED, now=timezone.now())
    return part
