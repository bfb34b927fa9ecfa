"""Roles are given and taken by use cases, never to oneself, and each is an entry."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from compliance.access import grants, policy
from compliance.access.permissions import Verb
from compliance.access.refusals import Refused
from compliance.access.roles import Role
from compliance.models import AuditEntry, RoleGrant
from tests.cast import Cast

Entries = Callable[..., list[AuditEntry]]


def test_an_administrator_gives_a_role(cast: Cast, entries: Entries) -> None:
    until = timezone.now() + timedelta(days=30)
    given = grants.grant(
        person=cast.stranger,
        role=Role.REVIEWER,
        by=cast.administrator,
        now=timezone.now(),
        team=cast.claims,
        until=until,
    )

    entry = entries(act="role.granted")[-1]
    assert policy.allows(cast.stranger, Verb.LISTEN, cast.claims)
    assert entry.actor_id == cast.administrator.pk
    assert entry.object_pk == str(cast.stranger.pk)
    assert entry.facts == {
        "grant": str(given.pk),
        "role": "reviewer",
        "scope": "team",
        "scope_id": str(cast.claims.pk),
        "until": f"{until:%Y-%m-%dT%H:%M:%SZ}",
    }


def test_nobody_gives_himself_a_role(cast: Cast) -> None:
    with pytest.raises(Refused) as refused:
        grants.grant(
            person=cast.administrator,
            role=Role.OFFICER,
            by=cast.administrator,
            now=timezone.now(),
        )

    assert refused.value.code == "oneself"
    assert not policy.allows(cast.administrator, Verb.LISTEN)


def test_the_database_refuses_it_too(cast: Cast) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        RoleGrant.objects.create(
            person=cast.administrator,
            role=Role.OFFICER,
            scope=RoleGrant.Scope.EVERYTHING,
            granted_by=cast.administrator,
        )


@pytest.mark.parametrize("name", ["officer", "auditor", "lead", "stranger"])
def test_others_give_no_roles(cast: Cast, name: str) -> None:
    with pytest.raises(Refused):
        grants.grant(
            person=cast.service,
            role=Role.REVIEWER,
            by=cast.people[name],
            now=timezone.now(),
            team=cast.claims,
        )


def test_a_role_ends_at_once_and_leaves_its_row(cast: Cast, entries: Entries) -> None:
    grant = cast.reviewer.grants.get()
    grants.end(grant=grant, by=cast.administrator, now=timezone.now())

    cast.reviewer.refresh_from_db()
    policy.forget(cast.reviewer)
    assert not policy.allows(cast.reviewer, Verb.LISTEN, cast.claims)
    assert RoleGrant.objects.filter(pk=grant.pk).exists()
    assert len(entries(act="role.ended")) == 1


def test_ending_twice_changes_nothing(cast: Cast, entries: Entries) -> None:
    grant = cast.reviewer.grants.get()
    for _ in range(2):
        grants.end(grant=grant, by=cast.administrator, now=timezone.now())

    assert len(entries(act="role.ended")) == 1
