"""Calls, parties, recordings and consents by API."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from rest_framework.test import APIClient

from compliance.models import AuditEntry, Person, PhoneNumber
from recordings.models import Call
from tests.cast import Cast
from tests.factories.recordings import (
    STARTED,
    CallFactory,
    ConsentRecordFactory,
    ConsentVerdictFactory,
    PartyFactory,
    RecordingFactory,
)

Api = Callable[[Person], APIClient]

pytestmark = pytest.mark.django_db


@pytest.fixture
def calls(cast: Cast) -> list[Call]:
    """Three calls of claims, a minute apart, and one of sales."""
    made = []
    for minute in range(3):
        call: Call = CallFactory.create(
            team=cast.claims, started_at=STARTED + timedelta(minutes=minute)
        )
        PartyFactory.create(
            call=call, number=PhoneNumber.from_raw(f"+4930231250{minute:02}")
        )
        RecordingFactory.create(call=call)
        ConsentVerdictFactory.create(call=call)
        ConsentRecordFactory.create(call=call)
        made.append(call)
    CallFactory.create(team=cast.sales)
    return made


def test_pages_go_forth_and_back(cast: Cast, api: Api, calls: list[Call]) -> None:
    """Newest first, each call once, and only the team's own."""
    client = api(cast.reviewer)
    first = client.get("/api/v1/calls", {"size": 2}).json()
    second = client.get(first["next"]).json()
    ids = [row["id"] for row in first["results"] + second["results"]]
    assert ids == [str(call.id) for call in reversed(calls)]
    assert second["next"] is None
    back = client.get(second["previous"]).json()
    assert [row["id"] for row in back["results"]] == ids[:2]


def test_numbers_are_masked_and_no_link_is_given(
    cast: Cast, api: Api, calls: list[Call]
) -> None:
    text = api(cast.reviewer).get("/api/v1/calls").content.decode()
    assert "•••" in text
    assert "+4930" not in text
    assert "url" not in text.lower()
    assert "recordings/" not in text


def test_a_recording_says_what_it_may_be_heard_for(
    cast: Cast, api: Api, calls: list[Call]
) -> None:
    part = calls[0].recordings.get()
    told = api(cast.reviewer).get(f"/api/v1/recordings/{part.id}").json()
    assert told["open_purposes"] == ["evidence", "quality"]
    assert told["sha256"] == part.sha256


def test_another_teams_call_does_not_exist(cast: Cast, api: Api) -> None:
    call: Call = CallFactory.create(team=cast.sales)
    assert api(cast.reviewer).get(f"/api/v1/calls/{call.id}").status_code == 404


def test_a_better_place_is_taken_over(cast: Cast, api: Api, calls: list[Call]) -> None:
    party = calls[0].parties.get()
    url = f"/api/v1/parties/{party.id}"
    client = api(cast.service)
    answer = client.patch(url, {"declared_place": "us-wa"}, format="json")
    assert answer.status_code == 200, answer.json()
    party.refresh_from_db()
    assert party.declared_place == "US-WA"
    assert api(cast.reviewer).patch(url, {"language": "de"}).status_code == 403


def test_labels_are_kept_from_a_list(cast: Cast, api: Api, calls: list[Call]) -> None:
    client = api(cast.service)
    url = f"/api/v1/calls/{calls[0].id}/labels"
    answer = client.put(url, {"labels": {"ticket": "T-100"}}, format="json")
    assert answer.json() == {"labels": {"ticket": "T-100"}}
    refused = client.put(url, {"labels": {"mood": "angry"}}, format="json")
    assert refused.status_code == 400
    found = client.get("/api/v1/calls", {"reference": "T-100"}).json()["results"]
    assert [row["id"] for row in found] == [str(calls[0].id)]
    emptied = client.put(url, {"labels": {"ticket": ""}}, format="json")
    assert emptied.json() == {"labels": {}}


@pytest.mark.parametrize("person", ["+49 30 23125001", "2312500", "ann@example.org"])
def test_labels_are_for_codes_not_for_people(
    cast: Cast, api: Api, calls: list[Call], person: str
) -> None:
    url = f"/api/v1/calls/{calls[0].id}/labels"
    answer = api(cast.service).put(url, {"labels": {"ticket": person}}, format="json")
    assert answer.status_code == 400
    assert "ticket looks like a telephone number" in answer.content.decode()
    assert person not in answer.content.decode()
    assert not calls[0].labels.exists()


def test_who_described_a_party_or_labelled_a_call_is_an_entry(
    cast: Cast, api: Api, calls: list[Call], entries: Callable[..., list[AuditEntry]]
) -> None:
    client = api(cast.service)
    party = calls[0].parties.get()
    for _again in range(2):
        client.patch(
            f"/api/v1/parties/{party.id}", {"billing_place": "US-TX"}, format="json"
        )
        client.put(
            f"/api/v1/calls/{calls[0].id}/labels",
            {"labels": {"ticket": "T-3023125001"}},
            format="json",
        )
    (described,) = entries(act="party.described")
    (labelled,) = entries(act="call.labelled")
    assert described.facts["fields"] == "billing_place"
    assert described.facts["places"] == "/US-TX", "declared/billing"
    assert labelled.facts == {"labels": "ticket"}
    for entry in (described, labelled):
        assert entry.actor_id == cast.service.pk
        assert entry.team_id == calls[0].team_id


@pytest.mark.parametrize("place", ["<b>", "ßßßßßß", "Germany", "DE-", "ﬃﬃ"])
def test_what_is_no_place_is_refused(
    cast: Cast, api: Api, calls: list[Call], place: str
) -> None:
    url = f"/api/v1/parties/{calls[0].parties.get().id}"
    for name in ("declared_place", "billing_place"):
        answer = api(cast.service).patch(url, {name: place}, format="json")
        assert answer.status_code == 400, name


def test_a_bottomless_body_is_the_senders_mistake(
    cast: Cast, api: Api, calls: list[Call]
) -> None:
    url = f"/api/v1/parties/{calls[0].parties.get().id}"
    answer = api(cast.service).patch(url, "[" * 5000, content_type="application/json")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "query", [{"since": "yesterday"}, {"team": "x"}, {"consent": "maybe"}]
)
def test_a_filter_that_cannot_be_read_is_explained(
    cast: Cast, api: Api, calls: list[Call], query: Any
) -> None:
    answer = api(cast.reviewer).get("/api/v1/calls", query)
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == set(query)


def test_answers_are_kept_nowhere(cast: Cast, api: Api) -> None:
    for url in ("/api/v1/calls", "/api/v1/nothing", "/calls/"):
        assert "no-store" in api(cast.reviewer).get(url)["Cache-Control"]


def test_an_address_with_a_nul_is_refused(cast: Cast, api: Api) -> None:
    client = api(cast.service)
    assert client.get("/api/v1/rooms/RM%00/consents").status_code == 400
    assert client.get("/api/v1/calls?label=a%00").status_code == 400


@pytest.mark.parametrize("query", [{"cursor": "rubbish"}, {"size": "many"}])
def test_a_bad_position_is_explained(cast: Cast, api: Api, query: Any) -> None:
    answer = api(cast.reviewer).get("/api/v1/calls", query)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_the_number_of_queries_does_not_grow_with_the_rows(
    cast: Cast, api: Api, calls: list[Call], django_assert_num_queries: Any
) -> None:
    client = api(cast.reviewer)
    client.get("/api/v1/calls")
    with django_assert_num_queries(QUERIES_OF_A_LIST):
        client.get("/api/v1/calls", {"size": 1})
    with django_assert_num_queries(QUERIES_OF_A_LIST):
        assert len(client.get("/api/v1/calls").json()["results"]) == len(calls)


QUERIES_OF_A_LIST = 9


def test_the_schema_describes_every_path(client: Client) -> None:
    answer = client.get(
        "/api/schema/", headers={"Accept": "application/vnd.oai.openapi"}
    )
    text = answer.content.decode()
    assert answer.status_code == 200
    for path in (
        *("consent-plan", "/api/v1/calls", "/api/v1/recordings", "/consents"),
        *("recording-state", "/pause", "/resume", "/declaration"),
    ):
        assert path in text


def test_the_schema_is_valid_and_names_its_enums() -> None:
    """Client generators take it as it is: no error, no guessed name."""
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=StringIO())
