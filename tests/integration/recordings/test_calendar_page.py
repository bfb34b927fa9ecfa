"""Coming deletions: to the day, without what a hold or a floor keeps."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.custody import Scope
from compliance.models import Person
from compliance.retention import holds
from compliance.retention.periods import legal_calendar
from recordings import going
from recordings.models import Recording
from tests.cast import Cast
from tests.factories.compliance import RetentionPolicyFactory
from tests.factories.recordings import CallFactory, RecordingFactory

SignIn = Callable[[Person], Client]
pytestmark = pytest.mark.django_db


def goes(cast: Cast, *, days: int, team: Any = None, **said: Any) -> Recording:
    """A recording that reaches its end at noon of the day so many days from now."""
    noon = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0)
    return RecordingFactory.create(
        call=CallFactory.create(team=team or cast.claims),
        expires_at=noon + timedelta(days=days),
        **said,
    )


def page(client: Client, **query: Any) -> Any:
    return client.get(reverse("calendar", query=query)).context


def test_a_day_counts_what_goes_and_leads_to_it(cast: Cast, sign_in: SignIn) -> None:
    mine, other = goes(cast, days=3), goes(cast, days=40, team=cast.sales)
    client = sign_in(cast.officer)

    told = page(client)

    assert (told["total"], told["soon"]) == (2, 1)
    (first, url), _second = told["days"]
    assert first.recordings == 1
    assert mine.expires_at
    assert first.day == legal_calendar().day_of(mine.expires_at)
    listed = client.get(url).content.decode()
    assert str(mine.call_id) in listed
    assert str(other.call_id) not in listed
    assert sum(month["recordings"] for month in told["months"]) == 2
    drawn = [cell for cell in told["cells"] if cell.shade]
    assert len(drawn) == 2
    assert drawn[0].url == url


def test_what_a_hold_or_a_floor_keeps_is_not_counted(
    cast: Cast, sign_in: SignIn
) -> None:
    held = goes(cast, days=3)
    goes(cast, days=3, keep_until=timezone.now() + timedelta(days=900))
    RecordingFactory.create(call=CallFactory.create(team=cast.claims), expires_at=None)
    goes(cast, days=-3)
    gone_on = goes(cast, days=3)
    holds.place(
        matter="Smith",
        custodian="",
        reason="A claim",
        scope=Scope(team=cast.claims.pk, calls=(held.call_id,)),
        by=cast.officer,
        now=timezone.now(),
    )

    told = page(sign_in(cast.officer))

    assert told["total"] == 1
    assert told["apart"] == {"undated": 1, "held": 1, "floored": 1, "over": 1}
    (_day, url) = told["days"][0]
    listed = sign_in(cast.officer).get(url).content.decode()
    assert str(gone_on.call_id) in listed
    assert str(held.call_id) not in listed


def test_it_narrows_by_team_and_by_policy(cast: Cast, sign_in: SignIn) -> None:
    policy = RetentionPolicyFactory.create(team=cast.claims, name="Mine")
    goes(cast, days=3, policy_id=policy.pk)
    goes(cast, days=3)
    goes(cast, days=3, team=cast.sales)
    client = sign_in(cast.officer)

    assert page(client)["total"] == 3
    assert page(client, team=cast.claims.pk)["total"] == 2
    told = page(client, policy=policy.series)
    assert told["total"] == 1
    assert told["by_policy"] == [(policy, 1)]
    assert f"goes_on={told['days'][0][0].day}.{policy.series}" in told["days"][0][1]


def test_it_shows_no_more_than_ones_own_calls(cast: Cast, sign_in: SignIn) -> None:
    goes(cast, days=3, team=cast.sales)

    assert page(sign_in(cast.reviewer))["total"] == 0
    assert page(sign_in(cast.sales_reviewer))["total"] == 1


def test_days_are_those_of_the_legal_time_zone(cast: Cast, settings: Any) -> None:
    settings.LEGAL_TIME_ZONE = "Asia/Tokyo"
    late = datetime(2031, 12, 31, 15, 0, tzinfo=UTC)  # midnight there
    part = goes(cast, days=1)
    Recording.objects.filter(pk=part.pk).update(expires_at=late)
    first = legal_calendar().day_of(late)

    (day,) = going.by_day(
        going.parts(cast.officer), since=first, until=first, now=timezone.now()
    )

    assert (day.day.isoformat(), day.recordings) == ("2032-01-01", 1)
