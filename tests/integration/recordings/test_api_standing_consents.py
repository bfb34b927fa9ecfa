"""Standing consents by API: recorded once, withdrawn at once, never with a number in sight."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from compliance.models import AuditEntry, Person, PhoneNumber, StandingConsent
from recordings import standing_consents, tasks
from recordings.models import Call, Party, Recording
from tests.cast import Cast
from tests.factories.recordings import CallFactory, PartyFactory

pytestmark = pytest.mark.django_db
Api = Callable[[Person], APIClient]
Entries = Callable[..., list[AuditEntry]]
URL = "/api/v1/standing-consents"
NUMBER = "+493023125001"


def record(client: APIClient, cast: Cast, **facts: Any) -> Any:
    body = {
        "number": NUMBER,
        "team": str(cast.claims.id),
        "purposes": ["evidence", "quality"],
        "granted_at": "2026-05-03T10:00:00Z",
        "expires_at": (timezone.now() + timedelta(days=90)).isoformat(),
        "source": "web",
        "script": "web-consent v2",
        "evidence": "Account 4711, ticked",
        **facts,
    }
    return client.post(URL, body, format="json")


def live_call(cast: Cast, number: str) -> Call:
    now = timezone.now()
    call: Call = CallFactory.create(
        team=cast.claims,
        started_at=now,
        ended_at=None,
        consent=Call.Consent.UNDECIDED,
        capture=Call.Capture.NONE,
    )
    PartyFactory.create(call=call, number=PhoneNumber.from_raw(number), joined_at=now)
    return call


def plan_of(client: APIClient, call: Call) -> Any:
    return client.get(f"/api/v1/rooms/{call.room_id}/consent-plan").json()


def test_a_consent_recorded_by_a_service_opens_the_next_call(
    cast: Cast, api: Api
) -> None:
    client = api(cast.service)
    answer = record(client, cast)
    assert answer.status_code == 201, answer.json()
    assert answer.json()["number"] == "+49 ••• ••• 5001"
    assert NUMBER not in answer.content.decode()
    assert "4711" not in answer.content.decode(), "evidence is not given out"

    call = live_call(cast, NUMBER)
    tasks.reconsider(str(call.id))
    plan = plan_of(client, call)
    assert (plan["start"], plan["ask_for"]) == ("now", [])
    assert not {"announce", "ask_consent"} & {said["script"] for said in plan["say"]}


def test_a_retry_changes_nothing(cast: Cast, api: Api, entries: Entries) -> None:
    client = api(cast.service)
    until = (timezone.now() + timedelta(days=90)).isoformat()
    first = record(client, cast, expires_at=until)
    again = record(client, cast, expires_at=until, purposes=["quality", "evidence"])

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert len(entries(act="standing_consent.recorded")) == 1


def test_a_withdrawal_stops_the_recorder_of_a_call_in_progress(
    cast: Cast, api: Api, entries: Entries
) -> None:
    client = api(cast.service)
    made = record(client, cast).json()
    call = live_call(cast, NUMBER)
    tasks.reconsider(str(call.id))
    Recording.objects.update(state=Recording.State.RECORDING, egress_id="EG_1")

    answer = client.post(f"{URL}/{made['id']}/withdraw")
    assert answer.status_code == 200
    assert answer.json()["withdrawn_at"]
    assert Recording.objects.get().stop_wanted == "withdrawn"

    client.post(f"{URL}/{made['id']}/withdraw")
    assert len(entries(act="standing_consent.withdrawn")) == 1


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({"number": "030 23125001"}, 400),
        ({"number": ""}, 400),
        ({"purposes": []}, 400),
        ({"purposes": ["gossip"]}, 400),
        ({"granted_at": "2999-01-01T00:00:00Z"}, 422),
        ({"expires_at": "2026-05-04T00:00:00Z"}, 422),
        ({"source": "hearsay"}, 400),
    ],
)
def test_what_could_never_count_is_refused(
    cast: Cast, api: Api, facts: dict[str, Any], status: int
) -> None:
    assert record(api(cast.service), cast, **facts).status_code == status
    assert not StandingConsent.objects.exists()


def test_a_service_speaks_for_its_own_teams_only(cast: Cast, api: Api) -> None:
    client = api(cast.service)
    for team in (None, str(cast.sales.id)):
        assert record(client, cast, team=team).status_code == 403
    made = record(client, cast).json()
    StandingConsent.objects.update(team=cast.sales)
    assert client.post(f"{URL}/{made['id']}/withdraw").status_code == 404
    assert StandingConsent.objects.get().withdrawn_at is None


@pytest.mark.parametrize("who", ["reviewer", "lead", "auditor"])
def test_others_are_refused(cast: Cast, api: Api, who: str) -> None:
    assert record(api(cast.people[who]), cast).status_code == 403


def test_an_agent_cannot_report_a_standing_consent_as_said_on_the_call(
    cast: Cast, api: Api
) -> None:
    call = live_call(cast, NUMBER)
    url = f"/api/v1/rooms/{call.room_id}/consents"
    answer = api(cast.service).post(
        url, {"kind": "granted", "by": "standing"}, format="json"
    )
    assert answer.status_code == 400


def test_one_whose_number_was_erased_is_of_no_call_any_more(
    cast: Cast, api: Api
) -> None:
    client = api(cast.service)
    key = record(client, cast).json()["id"]
    anonymous = live_call(cast, NUMBER)
    Party.objects.filter(call=anonymous).update(number=None)
    StandingConsent.objects.update(number=None, evidence="")

    assert not standing_consents.live_calls(StandingConsent.objects.get())
    answer = client.post(f"{URL}/{key}/withdraw")
    assert (answer.status_code, answer.json()["number"]) == (200, None)
