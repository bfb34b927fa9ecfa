"""A role of a group is a role of its members, as long as they belong to it."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from compliance.access import grants, groups, policy
from compliance.access.permissions import Verb
from compliance.access.refusals import Refused
from compliance.access.roles import Role
from compliance.models import AuditEntry, Group, RoleGrant
from tests.cast import Cast


@pytest.fixture
def reviewers(cast: Cast) -> Group:
    """A group that hears the claims team; nobody is in it."""
    group = groups.make(name="Reviewers", by=cast.administrator)
    grants.grant(
        group=group,
        role=Role.REVIEWER,
        team=cast.claims,
        by=cast.administrator,
        now=timezone.now(),
    )
    return group


def test_who_joins_may_and_who_leaves_may_not(
    cast: Cast, reviewers: Group, entries: Callable[..., list[AuditEntry]]
) -> None:
    by = cast.administrator
    assert not policy.allows(cast.stranger, Verb.LISTEN, cast.claims)

    groups.join(group=reviewers, person=cast.stranger, by=by, now=timezone.now())
    assert policy.allows(cast.stranger, Verb.LISTEN, cast.claims)
    assert not policy.allows(cast.stranger, Verb.LISTEN, cast.sales)
    assert cast.stranger in policy.holders(Verb.LISTEN, cast.claims)
    assert cast.stranger not in policy.holders(Verb.LISTEN, cast.sales)

    groups.leave(group=reviewers, person=cast.stranger, by=by)
    assert not policy.allows(cast.stranger, Verb.LISTEN, cast.claims)
    for act in ("group.joined", "group.left"):
        (entry,) = entries(act=act)
        assert entry.object_pk == str(cast.stranger.pk)
        assert entry.facts == {"group": str(reviewers.pk)}


def test_joining_twice_changes_nothing(
    cast: Cast, reviewers: Group, entries: Callable[..., list[AuditEntry]]
) -> None:
    for first in (True, False):
        assert first is groups.join(
            group=reviewers, person=cast.stranger, by=None, now=timezone.now()
        )
    assert len(entries(act="group.joined")) == 1


def test_nobody_puts_himself_into_a_group(cast: Cast, reviewers: Group) -> None:
    with pytest.raises(Refused) as refused:
        groups.join(
            group=reviewers,
            person=cast.administrator,
            by=cast.administrator,
            now=timezone.now(),
        )
    assert refused.value.code == "oneself"


def test_nobody_gives_a_role_to_his_own_group(cast: Cast, reviewers: Group) -> None:
    by = cast.administrator
    groups.join(group=reviewers, person=by, by=None, now=timezone.now())

    with pytest.raises(Refused):
        grants.grant(group=reviewers, role=Role.OFFICER, by=by, now=timezone.now())
    with pytest.raises(IntegrityError, match="belongs to"), transaction.atomic():
        RoleGrant.objects.create(
            group=reviewers, role=Role.OFFICER, scope="everything", granted_by=by
        )


def test_a_grant_has_one_holder(cast: Cast, reviewers: Group) -> None:
    for holder in ({}, {"person": cast.stranger, "group": reviewers}):
        with (
            pytest.raises(IntegrityError, match="one_holder"),
            transaction.atomic(),
        ):
            RoleGrant.objects.create(role=Role.OFFICER, scope="everything", **holder)
