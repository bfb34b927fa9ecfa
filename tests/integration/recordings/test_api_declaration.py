"""An agent declares a call, and may go on at once."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from compliance.models import Person
from recordings.models import Call, Recording
from tests.cast import Cast
from tests.factories.recordings import TrunkFactory
from tests.telling import ROOM, caller, hear, joined

Api = Callable[[Person], APIClient]

pytestmark = pytest.mark.django_db

FACTS = {
    "room_name": "claims-7",
    "participant": "PA_caller",
    "sip_call_id": "SCL_PA_caller",
    "trunk_id": "ST_claims",
    "number": "+493023125042",
    "direction": "inbound",
    "language": "fr",
    "labels": {"ticket": "T-17"},
}


@pytest.fixture(autouse=True)
def _trunks(cast: Cast) -> None:
    TrunkFactory.create(livekit_id="ST_claims", team=cast.claims)
    TrunkFactory.create(livekit_id="ST_sales", team=cast.sales)


def declare(client: APIClient, **more: Any) -> Any:
    url = f"/api/v1/rooms/{ROOM}/declaration"
    return client.post(url, {**FACTS, **more}, format="json")


def test_the_answer_is_what_to_say(cast: Cast, api: Api) -> None:
    """No second question is needed before the first word."""
    answer = declare(api(cast.service))

    assert answer.status_code == 200, answer.json()
    plan = answer.json()
    assert plan["provisional"] is True
    assert plan["level"] == "explicit"
    assert {said["language"] for said in plan["say"]} == {"fr"}


def test_consent_on_a_declared_call_starts_its_recording(cast: Cast, api: Api) -> None:
    client = api(cast.service)
    declare(client)
    url = f"/api/v1/rooms/{ROOM}/consents"
    granted = client.post(url, {"kind": "granted"}, format="json")

    assert granted.json()["may_record"] is True
    assert Recording.objects.get().state == Recording.State.PLANNED

    hear(joined(caller()))
    told = client.get(f"/api/v1/rooms/{ROOM}/recording-state").json()
    assert (told["state"], told["provisional"]) == ("starting", False)
    assert Call.objects.count() == 1


def test_told_again_it_answers_the_same(cast: Cast, api: Api) -> None:
    client = api(cast.service)
    assert declare(client).json() == declare(client).json()
    assert Call.objects.count() == 1


def test_who_reads_calls_sees_which_are_provisional(cast: Cast, api: Api) -> None:
    declare(api(cast.service))
    (call,) = api(cast.reviewer).get("/api/v1/calls").json()["results"]
    assert call["provisional"] is True


def test_an_unknown_trunk_is_told_what_to_do(cast: Cast, api: Api) -> None:
    answer = declare(api(cast.service), trunk_id="ST_nobodys")

    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_trunk")
    assert "Settings" in answer.json()["title"]


def test_another_teams_trunk_is_refused(cast: Cast, api: Api) -> None:
    answer = declare(api(cast.service), trunk_id="ST_sales")
    assert answer.status_code == 403
    assert not Call.objects.exists()


def test_a_label_that_nobody_keeps_is_refused(cast: Cast, api: Api) -> None:
    answer = declare(api(cast.service), labels={"iban": "DE02"})
    assert answer.status_code == 400
    assert "labels" in answer.json()["errors"]


@pytest.mark.parametrize(
    "name", ["room_name", "participant", "sip_call_id", "trunk_id"]
)
def test_what_names_the_call_is_needed(cast: Cast, api: Api, name: str) -> None:
    answer = declare(api(cast.service), **{name: ""})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [name])


def test_a_reviewer_declares_nothing(cast: Cast, api: Api) -> None:
    assert declare(api(cast.reviewer)).status_code == 403
