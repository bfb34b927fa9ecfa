"""Nobody reads the audit log and opens doors: the code refuses, and the database."""

from datetime import timedelta
from itertools import combinations_with_replacement

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from compliance.access import grants, groups
from compliance.access.refusals import Refused
from compliance.access.roles import Role, kept_apart
from compliance.models import Group, Person, RoleGrant
from tests.cast import Cast

PAIRS = list(combinations_with_replacement(Role, 2))


def _write(person: Person, role: str, **fields: object) -> None:
    """Past the use case, as somebody with a database console would."""
    with transaction.atomic():
        RoleGrant.objects.create(person=person, role=role, scope="everything", **fields)


def test_there_are_roles_to_keep_apart() -> None:
    assert kept_apart(Role.AUDITOR) == [Role.ADMINISTRATOR]
    assert kept_apart(Role.ADMINISTRATOR) == [Role.AUDITOR]
    assert kept_apart(Role.OFFICER) == []


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_code_and_database_keep_the_same_apart(
    cast: Cast, one: Role, other: Role
) -> None:
    """A new role that clashes belongs into the trigger of migration 0003 as well."""
    _write(cast.stranger, one)
    if one in kept_apart(other):
        with pytest.raises(IntegrityError, match="nobody both reads"):
            _write(cast.stranger, other)
    else:
        _write(cast.stranger, other)


def test_it_is_refused_with_a_reason(cast: Cast) -> None:
    with pytest.raises(Refused) as refused:
        grants.grant(
            person=cast.auditor,
            role=Role.ADMINISTRATOR,
            by=cast.administrator,
            now=timezone.now(),
        )
    assert refused.value.code == "kept_apart"
    assert cast.auditor.grants.count() == 1


@pytest.mark.parametrize("begins", [-10, 10])
def test_one_after_the_other_is_no_clash(cast: Cast, begins: int) -> None:
    now = timezone.now()
    start = now + timedelta(days=begins)
    cast.auditor.grants.update(
        valid_from=start - timedelta(days=5), valid_until=start + timedelta(days=5)
    )
    after = start + timedelta(days=5)

    _write(cast.auditor, Role.ADMINISTRATOR, valid_from=after)
    with pytest.raises(IntegrityError):
        cast.auditor.grants.filter(role=Role.AUDITOR).update(
            valid_until=now + timedelta(days=50)
        )


def test_a_group_is_no_way_round(cast: Cast) -> None:
    now = timezone.now()
    keepers = Group.objects.create(name="Keepers")
    grants.grant(group=keepers, role=Role.ADMINISTRATOR, by=None, now=now)

    with pytest.raises(Refused) as refused:
        groups.join(group=keepers, person=cast.auditor, by=None, now=now)
    with pytest.raises(IntegrityError, match="nobody both reads"), transaction.atomic():
        keepers.members.add(cast.auditor)
    assert refused.value.code == "kept_apart"
    assert keepers.members.count() == 0


def test_a_role_for_a_group_looks_at_its_members(cast: Cast) -> None:
    now = timezone.now()
    readers = Group.objects.create(name="Readers")
    groups.join(group=readers, person=cast.administrator, by=None, now=now)

    with pytest.raises(Refused):
        grants.grant(group=readers, role=Role.AUDITOR, by=None, now=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        RoleGrant.objects.create(group=readers, role="auditor", scope="everything")
