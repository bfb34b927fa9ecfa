"""A trunk gets its owner and its number in Settings, and calls that waited go there."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from compliance.audit.actions import Action
from compliance.models import AuditEntry, Person, PhoneNumber, Team
from recordings import alerts
from recordings.models import Alert, Call, Trunk
from tests.cast import Cast
from tests.factories.recordings import STARTED, CallFactory, TrunkFactory

SignIn = Callable[[Person], Client]
Entries = Callable[..., list[AuditEntry]]
ADD = reverse("admin:recordings_trunk_add")


def save(browser: Client, team: Team, url: str = ADD, **fields: Any) -> Any:
    """Fill in the form and send it."""
    form = {"name": "Berlin", "livekit_id": "ST_new", "team": str(team.id), **fields}
    return browser.post(url, form)


def change(trunk: Trunk) -> str:
    return reverse("admin:recordings_trunk_change", args=[trunk.pk])


def test_a_trunks_number_is_written_and_shown_masked_only(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    browser = sign_in(cast.administrator)

    answer = save(browser, cast.claims, country="DE", new_number="030 23124711")

    assert answer.status_code == 302
    trunk = Trunk.objects.get()
    assert trunk.number is not None
    assert trunk.number.e164 == "+493023124711"
    page = browser.get(change(trunk)).content.decode()
    assert trunk.number.masked in page
    assert "23124711" not in page
    assert "23124711" not in str([entry.changes for entry in entries()])


def test_an_empty_field_leaves_the_number_as_it_is(cast: Cast, sign_in: SignIn) -> None:
    number = PhoneNumber.from_raw("+493023124711")
    trunk = TrunkFactory.create(livekit_id="ST_new", team=cast.claims, number=number)

    answer = save(sign_in(cast.administrator), cast.sales, change(trunk))

    assert answer.status_code == 302
    trunk.refresh_from_db()
    assert (trunk.team, trunk.number) == (cast.sales, number)


def test_what_is_no_number_is_refused(cast: Cast, sign_in: SignIn) -> None:
    answer = save(sign_in(cast.administrator), cast.claims, new_number="the desk")

    assert "That is no telephone number." in answer.content.decode()
    assert not Trunk.objects.exists()
    assert not PhoneNumber.objects.exists()


def test_calls_that_waited_for_an_owner_go_to_the_team(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    call = CallFactory.create(team=Team.unassigned(), trunk_livekit_id="ST_new")
    alerts.open_once(Alert.Kind.UNKNOWN_TRUNK, subject="ST_new", now=STARTED)

    save(sign_in(cast.administrator), cast.claims)

    assert Call.objects.get(id=call.id).team == cast.claims
    assert not Alert.objects.filter(closed_at=None).exists()
    assert entries(act=Action.CALL_ASSIGNED)[0].actor == cast.administrator


def test_home_leads_to_the_form_with_the_trunk_filled_in(
    cast: Cast, sign_in: SignIn
) -> None:
    CallFactory.create(team=Team.unassigned(), trunk_livekit_id="ST_new")
    browser = sign_in(cast.administrator)
    link = f"{ADD}?livekit_id=ST_new"

    assert f'href="{link}"' in browser.get("/").content.decode()
    assert 'value="ST_new"' in browser.get(link).content.decode()
    assert link not in sign_in(cast.officer).get("/").content.decode()


@pytest.mark.parametrize("who", ["officer", "lead", "auditor"])
def test_others_do_not_edit_trunks(cast: Cast, sign_in: SignIn, who: str) -> None:
    assert save(sign_in(cast.people[who]), cast.claims).status_code == 403

    assert not Trunk.objects.exists()
