"""Ids of other teams where they are no address: in queries, bodies and filters."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.access import grants
from compliance.access.roles import Role
from compliance.models import Person
from recordings import exporting
from recordings.models import Alert, Call, DoNotRecord, Export
from tests.cast import Cast
from tests.factories.recordings import AlertFactory, CallFactory, PartyFactory

SignIn = Callable[[Person], Client]


@pytest.fixture
def theirs(cast: Cast) -> Call:
    """A call of the sales team; the officer of this module answers for claims alone."""
    grants.grant(
        person=cast.stranger,
        role=Role.OFFICER,
        by=None,
        now=timezone.now(),
        team=cast.claims,
    )
    now = timezone.now()
    CallFactory.create(team=cast.claims, started_at=now)
    call = CallFactory.create(team=cast.sales, started_at=now)
    PartyFactory.create(call=call)
    return call


@pytest.mark.parametrize(
    "path",
    ["/calls/", "/api/v1/calls", "/api/v1/recordings", "/api/v1/parties", "/live/"],
)
@pytest.mark.parametrize("is_htmx", [False, True])
def test_a_filter_finds_nothing_of_another_team(
    cast: Cast, sign_in: SignIn, theirs: Call, path: str, *, is_htmx: bool
) -> None:
    headers: Any = {"HX-Request": "true"} if is_htmx else {}
    answer = sign_in(cast.stranger).get(
        path, {"team": str(cast.sales.pk), "call": str(theirs.pk)}, headers=headers
    )

    assert answer.status_code in {200, 400}
    assert str(theirs.pk) not in answer.content.decode().replace(
        f"call={theirs.pk}", ""
    )
    assert theirs.team.name not in answer.content.decode()


@pytest.mark.parametrize("path", ["/calls/", "/api/v1/calls"])
def test_the_same_filter_finds_ones_own(
    cast: Cast, sign_in: SignIn, theirs: Call, path: str
) -> None:
    own = Call.objects.get(team=cast.claims)
    answer = sign_in(cast.stranger).get(path, {"team": str(cast.claims.pk)})

    assert str(own.pk) in answer.content.decode()


def test_a_group_of_alerts_of_another_team_stays_as_it_is(
    cast: Cast, sign_in: SignIn, theirs: Call
) -> None:
    alert = AlertFactory.create(team=cast.sales, call=theirs)
    address = reverse(
        "alert-work-group", args=[alert.kind, str(cast.sales.pk), "acknowledge"]
    )
    sign_in(cast.stranger).post(address, {"until": timezone.now().isoformat()})

    assert Alert.objects.get(pk=alert.pk).acknowledged_at is None


def test_an_entry_for_another_team_is_not_taken(
    cast: Cast, sign_in: SignIn, theirs: Call
) -> None:
    browser = sign_in(cast.stranger)
    for team in (cast.sales, cast.claims):
        browser.post(
            reverse("list-add", args=["do-not-record"]),
            {"number": "+4930123456", "team": str(team.pk), "reason": "other"},
        )

    assert [entry.team for entry in DoNotRecord.objects.all()] == [cast.claims]


def test_an_export_holds_nothing_of_another_team(
    cast: Cast, sign_in: SignIn, theirs: Call
) -> None:
    browser = sign_in(cast.stranger)
    rows = {}
    for team in (cast.sales, cast.claims):
        browser.post(f"{reverse('calls-export')}?team={team.pk}")
        export = Export.objects.latest("asked_at")
        exporting.make(export_id=export.id, now=timezone.now())
        export.refresh_from_db()
        rows[team.name] = (export.state, export.rows)
        assert cast.sales.pk not in (export.team_ids or [])

    assert rows == {"Sales": ("ready", 0), "Claims": ("ready", 1)}
