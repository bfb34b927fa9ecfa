"""Conflicts: each pair once, with its calls; its alert opens and closes by itself."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from compliance.access import grants
from compliance.access.roles import Role
from compliance.models import Person, RetentionPolicy
from recordings import conflicts, dating
from recordings.models import Alert, Recording
from tests.cast import Cast
from tests.factories.compliance import PersonFactory, RetentionPolicyFactory
from tests.factories.recordings import CallFactory, RecordingFactory

SignIn = Callable[[Person], Client]
pytestmark = pytest.mark.django_db


def kept(cast: Cast, *, days_ago: int, team: Any = None) -> Recording:
    ended = timezone.now() - timedelta(days=days_ago)
    call = CallFactory.create(team=team or cast.claims, started_at=ended)
    return RecordingFactory.create(
        call=call, ended_at=ended, hashed_at=ended, expires_at=None
    )


def dated() -> None:
    while dating.catch_up(now=timezone.now()):
        pass


def contradicting(cast: Cast) -> tuple[RetentionPolicy, RetentionPolicy]:
    floor = RetentionPolicyFactory.create(
        team=None,
        name="Duty",
        keep_at_least="P5Y",
        delete_after="",
        purposes=["evidence"],
    )
    ceiling = RetentionPolicyFactory.create(
        team=cast.claims, name="Brief one", delete_after="P30D"
    )
    return floor, ceiling


def test_a_pair_tells_how_many_and_leads_to_its_calls(
    cast: Cast, sign_in: SignIn
) -> None:
    floor, ceiling = contradicting(cast)
    past, coming = kept(cast, days_ago=90), kept(cast, days_ago=3)
    foreign = kept(cast, days_ago=3, team=cast.sales)
    dated()

    (pair,) = conflicts.pairs(now=timezone.now())
    assert (pair.floor, pair.ceiling) == (floor.series, ceiling.series)
    assert (pair.recordings, pair.calls, pair.narrowed) == (2, 2, 1)
    assert pair.purposes == ["evidence"]
    client = sign_in(cast.officer)
    html = client.get(reverse("conflicts")).content.decode()
    for name in (reverse("policy", args=[one.series]) for one in (floor, ceiling)):
        assert f'href="{name}"' in html
    listed = client.get(
        reverse("calls", query={"when": "all", "conflict": pair.address})
    ).content.decode()
    for part in (past, coming):
        assert str(part.call_id) in listed
    assert str(foreign.call_id) not in listed


def test_its_alert_opens_once_and_closes_when_they_agree(cast: Cast) -> None:
    _floor, ceiling = contradicting(cast)
    kept(cast, days_ago=90)
    dated()
    dated()

    alert = Alert.objects.get(kind=Alert.Kind.POLICY_CONFLICT)
    assert alert.closed_at is None
    RetentionPolicyFactory.create(
        series=ceiling.series,
        version=2,
        edition=999_999,
        team=cast.claims,
        delete_after="P9Y",
    )
    dated()
    alert.refresh_from_db()
    assert alert.closed_at


def test_who_keeps_one_team_sees_the_conflicts_of_that_team(
    cast: Cast, sign_in: SignIn
) -> None:
    contradicting(cast)
    kept(cast, days_ago=90)
    dated()
    own = PersonFactory.create()
    grants.grant(
        person=own, role=Role.OFFICER, by=None, team=cast.sales, now=timezone.now()
    )

    html = sign_in(own).get(reverse("conflicts")).content.decode()

    assert "Brief one" not in html
    assert "None: no recording has a floor that is later" in html


def test_the_page_takes_a_fixed_number_of_queries(
    cast: Cast, sign_in: SignIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    contradicting(cast)
    for days in (3, 60, 90):
        kept(cast, days_ago=days)
    dated()
    client = sign_in(cast.officer)
    client.get(reverse("conflicts"))

    with django_assert_max_num_queries(9):
        client.get(reverse("conflicts"))
