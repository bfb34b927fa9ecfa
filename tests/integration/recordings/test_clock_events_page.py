"""Events that start clocks: named by officers, offered to policies, ended when unused."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.access import grants
from compliance.access.roles import Role
from compliance.models import ClockEvent, Person
from recordings import dating
from tests.cast import Cast
from tests.factories.compliance import PersonFactory, RetentionPolicyFactory
from tests.factories.recordings import CallFactory, RecordingFactory

SignIn = Callable[[Person], Client]
pytestmark = pytest.mark.django_db


def named(client: Client, code: str = "contract_ended") -> str:
    said = {"name": "the end of the contract", "code": code}
    answer = client.post(reverse("clock-event-add"), said, follow=True)
    return answer.content.decode()


def test_an_event_is_named_offered_and_ended(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.officer)

    assert "Policies can count by it now." in named(client)

    event = ClockEvent.objects.get()
    form = client.get(reverse("policy-new")).content.decode()
    assert 'value="event:contract_ended"' in form
    assert "the event “the end of the contract”" in form
    policy = RetentionPolicyFactory.create(clock="event:contract_ended", name="By it")
    assert "By it" in client.get(reverse("clock-events")).content.decode()
    end = reverse("clock-event-end", args=[event.pk])
    refused = client.post(end, follow=True).content.decode()
    assert "A policy counts by it" in refused
    policy.delete()
    client.post(end)
    event.refresh_from_db()
    assert event.ended_at
    assert "event:contract_ended" not in (
        client.get(reverse("policy-new")).content.decode()
    )


@pytest.mark.parametrize("code", ["Contract", "1st", "a", "contract ended"])
def test_a_code_is_small_letters(cast: Cast, sign_in: SignIn, code: str) -> None:
    assert "Small letters" in named(sign_in(cast.officer), code)
    assert not ClockEvent.objects.exists()


def test_who_keeps_one_team_names_none(cast: Cast, sign_in: SignIn) -> None:
    own = PersonFactory.create()
    grants.grant(
        person=own, role=Role.OFFICER, by=None, team=cast.sales, now=timezone.now()
    )
    client = sign_in(own)

    assert client.get(reverse("clock-events")).status_code == 200
    answer = client.post(
        reverse("clock-event-add"), {"name": "x", "code": "account_closed"}
    )
    assert answer.status_code == 403


def test_the_call_says_that_the_clock_stands_still(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.officer)
    named(client)
    RetentionPolicyFactory.create(
        team=cast.claims,
        clock="event:contract_ended",
        keep_at_least="P1Y",
        delete_after="P2Y",
    )
    ended = timezone.now() - timedelta(days=1)
    call = CallFactory.create(team=cast.claims, started_at=ended)
    RecordingFactory.create(call=call, ended_at=ended, hashed_at=ended, expires_at=None)
    dating.catch_up(now=timezone.now())

    html = client.get(reverse("call", args=[call.pk]) + "?panel=keep").content.decode()

    assert "It stays until an event is told" in html
    assert "its clock stands still until the event is told" in html
    assert "9999" not in html
