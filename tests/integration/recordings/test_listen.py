"""The player's three questions: may I hear it, a fresh link, this is what was heard."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from compliance.audit.actions import Action
from compliance.models import AuditEntry, Person, Team
from recordings.models import Listen, Recording
from tests.cast import Cast
from tests.factories.hearable import hearable_call, part_of

SignIn = Callable[[Person], Client]
Entries = Callable[..., list[AuditEntry]]
JSON = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path}


@pytest.fixture
def part(cast: Cast) -> Recording:
    """A part of a claims call that may be heard for evidence and quality."""
    return part_of(hearable_call(cast.claims))


def ask(client: Client, part: Recording, **data: str) -> Any:
    """Press play."""
    told = {"purpose": "quality", **data}
    return client.post(reverse("listen", args=[part.id]), told, headers=JSON)


def heard(client: Client, listen: str, **body: Any) -> Any:
    """Report, as the player does."""
    told = {"ranges": [[0, 5_000]], "speed": 1.5, "position_ms": 5_000, **body}
    return client.post(
        reverse("listen-heard", args=[listen]),
        json.dumps(told),
        content_type="application/json",
        headers=JSON,
    )


def test_a_granted_listen_plays(
    cast: Cast, sign_in: SignIn, part: Recording, entries: Entries
) -> None:
    client = sign_in(cast.reviewer)
    response = ask(client, part)
    told = response.json()
    assert response.status_code == 200
    assert "no-store" in response.headers["Cache-Control"]
    assert 0 < told["expires_in"] <= 300
    sound = client.get(told["url"], headers={"Range": "bytes=0-3"})
    assert (sound.status_code, sound.getvalue()) == (206, b"OggS")
    [entry] = entries(act=Action.LISTEN_GRANTED)
    assert entry.actor_id == cast.reviewer.id
    assert entry.object_pk == str(part.id)
    listen = Listen.objects.get(id=told["listen"])
    assert (listen.listener, listen.purpose) == (cast.reviewer, "quality")


@pytest.mark.parametrize(
    ("who", "status"),
    [("auditor", 403), ("administrator", 403), ("sales_reviewer", 404)],
)
def test_a_refusal_is_told_and_written_down(
    cast: Cast,
    sign_in: SignIn,
    part: Recording,
    entries: Entries,
    who: str,
    status: int,
) -> None:
    response = ask(sign_in(cast.people[who]), part)
    assert response.status_code == status
    assert not Listen.objects.exists()
    [entry] = entries(outcome="refused")
    assert entry.actor_id == cast.people[who].id
    if status == 403:
        assert set(response.json()) >= {"reason", "ask"}


def test_a_closed_purpose_is_refused(
    cast: Cast, sign_in: SignIn, part: Recording, entries: Entries
) -> None:
    response = ask(sign_in(cast.reviewer), part, purpose="ai_training")
    assert response.status_code == 403
    assert "does not cover this purpose" in response.json()["reason"]
    assert "Olga Officer" in response.json()["ask"]
    assert len(entries(act=Action.LISTEN_REFUSED)) == 1


@pytest.mark.parametrize("purpose", ["", "fun"])
def test_without_a_purpose_nothing_plays(
    cast: Cast, sign_in: SignIn, part: Recording, purpose: str
) -> None:
    response = ask(sign_in(cast.reviewer), part, purpose=purpose)
    assert (response.status_code, Listen.objects.count()) == (422, 0)


def test_a_team_may_ask_for_a_reason(
    cast: Cast, sign_in: SignIn, part: Recording
) -> None:
    Team.objects.filter(id=cast.claims.id).update(ask_reason=True)
    client = sign_in(cast.reviewer)
    assert ask(client, part, reason=" ").status_code == 422
    assert ask(client, part, reason="Complaint 2231").status_code == 200
    assert Listen.objects.get().reason == "Complaint 2231"


def test_a_link_is_renewed_within_the_sitting(
    cast: Cast, sign_in: SignIn, part: Recording, entries: Entries
) -> None:
    client = sign_in(cast.reviewer)
    told = ask(client, part).json()
    again = client.post(told["renew"], headers=JSON).json()
    assert again["listen"] == told["listen"]
    assert Listen.objects.get().links_served == 2
    assert len(entries(act=Action.LISTEN_RENEWED)) == 1


def test_a_renewal_asks_everything_anew(
    cast: Cast, sign_in: SignIn, part: Recording
) -> None:
    client = sign_in(cast.reviewer)
    told = ask(client, part).json()
    Recording.objects.update(state=Recording.State.QUARANTINED)
    response = client.post(told["renew"], headers=JSON)
    assert response.status_code == 403
    assert "quarantined" in response.json()["reason"]


def test_what_was_heard_is_merged(cast: Cast, sign_in: SignIn, part: Recording) -> None:
    client = sign_in(cast.reviewer)
    listen = ask(client, part).json()["listen"]
    assert heard(client, listen).status_code == 204
    more = heard(client, listen, ranges=[[4_900, 9_000]], speed=1, position_ms=9_000)
    assert more.status_code == 204
    row = Listen.objects.get()
    assert (row.heard, row.heard_ms, row.position_ms) == ([[0, 9_000]], 9_000, 9_000)
    assert row.fastest == 1.5
    assert ask(client, part).json()["position_ms"] == 9_000, "resumes where one stopped"


@pytest.mark.parametrize(
    "body",
    [
        {"ranges": "all"},
        {"ranges": [[0]]},
        {"ranges": [[0, -1]]},
        {"ranges": [[0, 1]] * 501},
        {"ranges": [[True, 1]]},
        {"speed": 99},
        {"speed": "NaN"},
        {"speed": None},
        {"position_ms": 1.5},
    ],
)
def test_a_nonsensical_report_changes_nothing(
    cast: Cast, sign_in: SignIn, part: Recording, body: dict[str, Any]
) -> None:
    client = sign_in(cast.reviewer)
    listen = ask(client, part).json()["listen"]
    assert heard(client, listen, **body).status_code == 400
    assert Listen.objects.get().reported_at is None


def test_a_bottomless_report_is_turned_away(
    cast: Cast, sign_in: SignIn, part: Recording
) -> None:
    client = sign_in(cast.reviewer)
    url = reverse("listen-heard", args=[ask(client, part).json()["listen"]])
    answer = client.post(url, "[" * 5000, content_type="application/json")
    assert answer.status_code == 400


@pytest.mark.parametrize("name", ["listen-renew", "listen-heard"])
def test_a_sitting_is_its_listeners_alone(
    cast: Cast, sign_in: SignIn, part: Recording, name: str
) -> None:
    listen = ask(sign_in(cast.reviewer), part).json()["listen"]
    other = sign_in(cast.lead)
    body = json.dumps({"ranges": [], "speed": 1, "position_ms": 0})
    for key in (listen, uuid4()):
        url = reverse(name, args=[key])
        answer = other.post(url, body, content_type="application/json", headers=JSON)
        assert answer.status_code == 404


def test_without_a_script_a_plain_page_plays(
    cast: Cast, sign_in: SignIn, part: Recording
) -> None:
    client = sign_in(cast.reviewer)
    url = reverse("listen", args=[part.id])
    response = client.post(url, {"purpose": "quality"})
    html = response.content.decode()
    assert '<audio class="plain-audio" controls' in html
    assert 'src="/media/' in html
    assert "autoplay" not in html
    assert response.headers["Referrer-Policy"] == "no-referrer"
    again = client.post(url)
    assert again.status_code == 422
    assert "/media/" not in again.content.decode()


def test_a_store_that_is_gone_is_said(
    cast: Cast, sign_in: SignIn, part: Recording
) -> None:
    Recording.objects.update(store="s3:nowhere:none")
    response = ask(sign_in(cast.reviewer), part)
    assert response.status_code == 503
    assert "store" in response.json()["reason"]
