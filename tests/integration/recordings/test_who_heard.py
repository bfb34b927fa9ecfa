"""Who heard this second: a verb of its own, a reason, and totals for team leads."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from django.urls import reverse

from compliance import grounds
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import AuditEntry, Ground, Person, Team
from recordings.models import Call, Recording
from tests.cast import Cast
from tests.factories.hearable import hearable_call, part_of
from tests.factories.recordings import DisclosureFactory, ListenFactory

SignIn = Callable[[Person], Client]
Entries = Callable[..., list[AuditEntry]]
HTMX = {"HX-Request": "true"}
WHY = "A complaint of 3 November"


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path}


@pytest.fixture
def part(cast: Cast) -> Recording:
    """Heard by the reviewer from 10 to 20 s; copied once."""
    part = part_of(hearable_call(cast.claims))
    ListenFactory.create(
        recording=part, listener=cast.reviewer, heard=[[10_000, 20_000]]
    )
    DisclosureFactory.create(recording=part, by=cast.officer)
    return part


def ask(browser: Client, part: Recording, reason: str = WHY, **headers: str) -> Any:
    url = reverse("who-heard", args=[part.id])
    return browser.post(url, {"reason": reason, "has_wave": "1"}, headers=headers)


@pytest.mark.parametrize("headers", [HTMX, {}], ids=["in its place", "whole page"])
def test_an_officer_sees_who_heard_which_second(
    cast: Cast, sign_in: SignIn, part: Recording, headers: dict[str, str]
) -> None:
    html = ask(sign_in(cast.officer), part, **headers).content.decode()

    assert "Rosa Reviewer" in html
    assert 'x="10000" width="10000"' in html
    assert "Served to 1 person, who may have heard all of it." in html
    assert "1 copy was taken" in html


def test_the_line_comes_under_the_waveform_where_there_is_one(
    cast: Cast, sign_in: SignIn, part: Recording
) -> None:
    browser = sign_in(cast.officer)
    url = reverse("who-heard", args=[part.id])

    with_wave = browser.post(url, {"reason": WHY, "has_wave": "1"}, headers=HTMX)
    without = browser.post(url, {"reason": WHY}, headers=HTMX)

    assert 'hx-swap-oob="true"' in with_wave.content.decode()
    assert "hx-swap-oob" not in without.content.decode()


def test_the_reason_is_kept_and_its_id_entered(
    cast: Cast, sign_in: SignIn, part: Recording, entries: Entries
) -> None:
    ask(sign_in(cast.officer), part)

    ground = Ground.objects.get()
    (entry,) = entries(act=Action.LISTENERS_MAPPED)
    assert (ground.text, ground.by, ground.about) == (WHY, cast.officer, part.id)
    assert entry.facts == {**grounds.facts_of(ground), "named": True}
    assert (entry.actor_id, entry.object_pk) == (cast.officer.id, str(part.id))


def test_a_team_lead_sees_totals_alone(
    cast: Cast, sign_in: SignIn, part: Recording, entries: Entries
) -> None:
    html = ask(sign_in(cast.lead), part).content.decode()
    panel = sign_in(cast.lead).get(
        reverse("call", args=[part.call_id]), {"panel": "listened"}
    )

    assert 'x="10000" width="10000"' in html
    assert "Rosa" not in html
    assert "Rosa" not in panel.content.decode()
    assert entries(act=Action.LISTENERS_MAPPED)[0].facts["named"] is False


def test_a_team_may_let_its_leads_see_names(
    cast: Cast, sign_in: SignIn, part: Recording
) -> None:
    Team.objects.filter(id=cast.claims.id).update(leads_name_listeners=True)

    assert "Rosa Reviewer" in ask(sign_in(cast.lead), part).content.decode()


@pytest.mark.parametrize("reason", ["", "  ", "x"])
def test_no_reason_no_answer(
    cast: Cast, sign_in: SignIn, part: Recording, entries: Entries, reason: str
) -> None:
    answer = ask(sign_in(cast.officer), part, reason)

    assert answer.status_code == 422
    assert "Say why, in a few words." in answer.content.decode()
    assert "Rosa" not in answer.content.decode()
    assert not entries(act=Action.LISTENERS_MAPPED)


def test_no_entry_no_answer(
    cast: Cast, sign_in: SignIn, part: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise DatabaseError("disk full")

    browser = sign_in(cast.officer)
    browser.raise_request_exception = False
    monkeypatch.setattr(log, "append", broken)

    answer = ask(browser, part)
    assert answer.status_code == 500
    assert "Rosa" not in answer.content.decode()
    assert not Ground.objects.exists()


@pytest.mark.parametrize(
    ("who", "status"), [("reviewer", 403), ("stranger", 403), ("sales_reviewer", 404)]
)
def test_others_may_not_ask(
    cast: Cast, sign_in: SignIn, part: Recording, who: str, status: int
) -> None:
    browser = sign_in(cast.people[who])

    assert ask(browser, part).status_code == status
    call = Call.objects.get(id=part.call_id)
    page = browser.get(reverse("call", args=[call.id])).content.decode()
    assert "Who heard this second" not in page
