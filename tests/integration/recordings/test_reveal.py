"""Seeing a whole number: a permission, and an entry in the same transaction."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import AuditEntry, Person
from recordings.models import Call, Party
from tests.cast import Cast
from tests.factories.hearable import CALLER_NAME, NUMBER, hearable_call

SignIn = Callable[[Person], Client]
Entries = Callable[..., list[AuditEntry]]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def call(cast: Cast) -> Call:
    """A call with a caller whose number is sealed."""
    return hearable_call(cast.claims)


def url_of(call: Call) -> str:
    """Where the caller of this call is revealed."""
    caller = call.parties.get(role=Party.Role.CALLER)
    return reverse("party-reveal", args=[call.id, caller.id])


@pytest.mark.parametrize("headers", [HTMX, {}], ids=["in its place", "whole page"])
def test_it_shows_the_number_and_writes_it_down(
    cast: Cast, sign_in: SignIn, call: Call, entries: Entries, headers: Any
) -> None:
    response = sign_in(cast.officer).post(url_of(call), headers=headers)
    html = response.content.decode()
    assert NUMBER in html
    assert CALLER_NAME in html
    assert "no-store" in response.headers["Cache-Control"]
    [entry] = entries(act=Action.NUMBER_REVEALED)
    assert (entry.actor_id, entry.object_pk) == (cast.officer.id, str(call.id))


@pytest.mark.parametrize(
    ("who", "status"),
    [("reviewer", 403), ("lead", 403), ("auditor", 403), ("sales_reviewer", 404)],
)
def test_others_do_not_see_it(
    cast: Cast, sign_in: SignIn, call: Call, entries: Entries, who: str, status: int
) -> None:
    response = sign_in(cast.people[who]).post(url_of(call), headers=HTMX)
    assert response.status_code == status
    assert NUMBER not in response.content.decode()
    assert len(entries(outcome="refused")) == 1


def test_looking_is_not_enough(cast: Cast, sign_in: SignIn, call: Call) -> None:
    assert sign_in(cast.officer).get(url_of(call)).status_code == 405


def test_a_party_of_another_call_is_not_there(
    cast: Cast, sign_in: SignIn, call: Call
) -> None:
    other = hearable_call(cast.claims).parties.get(role=Party.Role.CALLER)
    url = reverse("party-reveal", args=[call.id, other.id])
    assert sign_in(cast.officer).post(url, headers=HTMX).status_code == 404


def test_no_entry_no_number(
    cast: Cast, sign_in: SignIn, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the log is down")

    client = sign_in(cast.officer)
    client.raise_request_exception = False
    monkeypatch.setattr(log, "append", broken)
    response = client.post(url_of(call), headers=HTMX)
    assert response.status_code == 500
    assert NUMBER not in response.content.decode()
