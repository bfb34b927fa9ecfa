"""The voice agent's side of the API: the plan, and what it reports."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from rest_framework.test import APIClient

from compliance.consent import duties
from compliance.models import AuditEntry, Person, PhoneNumber, Purpose, Team
from recordings.models import Call, ConsentRecord, Party, Recording
from tests.cast import Cast
from tests.factories.recordings import STARTED, CallFactory, PartyFactory

Api = Callable[[Person], APIClient]
Entries = Callable[..., list[AuditEntry]]

pytestmark = pytest.mark.django_db


def live_call(team: Team, number: str) -> Call:
    """A call that has just begun, with one caller on the line."""
    call: Call = CallFactory.create(
        team=team,
        ended_at=None,
        consent=Call.Consent.UNDECIDED,
        capture=Call.Capture.NONE,
        purposes=[Purpose.EVIDENCE, Purpose.QUALITY],
    )
    PartyFactory.create(
        call=call,
        number=PhoneNumber.from_raw(number),
        joined_at=STARTED,
    )
    return call


def plan_of(client: APIClient, call: Call, **query: str) -> Any:
    return client.get(f"/api/v1/rooms/{call.room_id}/consent-plan", query)


def report(client: APIClient, call: Call, kind: str, **more: Any) -> Any:
    headers = {"Idempotency-Key": more.pop("key", "")}
    body = {"kind": kind, "occurred_at": STARTED + timedelta(seconds=9), **more}
    url = f"/api/v1/rooms/{call.room_id}/consents"
    return client.post(url, body, format="json", headers=headers)


def test_a_german_caller_is_asked_in_german_before_anything_is_recorded(
    cast: Cast, api: Api
) -> None:
    """Explicit consent: the words to say come in the caller's language with a version."""
    call = live_call(cast.claims, "+493023125001")
    plan = plan_of(api(cast.service), call).json()
    assert plan["level"] == "explicit"
    assert plan["may_record"] is False
    assert plan["start"] == "after_consent"
    assert {said["language"] for said in plan["say"]} == {"de"}
    assert plan["say"][0]["text"]
    assert plan["say"][0]["version"]


def test_an_ai_says_that_it_is_one_before_anything_else(cast: Cast, api: Api) -> None:
    """In the Union, since the AI Act counts: the words come first, in his language."""
    client = api(cast.service)
    call = live_call(cast.claims, "+493023125001")
    PartyFactory.create(
        call=call, role="agent", number=None, joined_at=STARTED + timedelta(seconds=1)
    )
    plan = plan_of(client, call).json()
    assert plan["disclose_ai"] is True
    assert plan["say"][0]["script"] == "disclose_ai"
    assert "KI-Assistent" in plan["say"][0]["text"]

    told = report(client, call, "ai_disclosed", script="disclose_ai").json()
    assert told["disclose_ai"] is False
    assert [said["script"] for said in told["say"]] == ["ask_consent"]
    assert told["may_record"] is False


def test_the_caller_may_ask_for_another_language(cast: Cast, api: Api) -> None:
    call = live_call(cast.claims, "+493023125001")
    plan = plan_of(api(cast.service), call, language="fr").json()
    assert {said["language"] for said in plan["say"]} == {"fr"}


@pytest.mark.parametrize("over", [0, 1])
def test_a_body_over_a_mebibyte_is_turned_away_as_a_problem(
    cast: Cast, api: Api, over: int
) -> None:
    call = live_call(cast.claims, "+493023125001")
    body = '{"kind": "granted"}'.ljust(1_048_576 + over)
    url = f"/api/v1/rooms/{call.room_id}/consents"
    answer = api(cast.service).post(url, body, content_type="application/json")
    if not over:
        assert answer.status_code == 201
        return
    assert answer.status_code == 413
    assert answer.headers["Content-Type"] == "application/problem+json"
    told = answer.json()
    assert (told["status"], told["code"]) == (413, "too_large")
    assert told["request"] == answer.headers["X-Request-ID"]
    assert not ConsentRecord.objects.exists()


def test_consent_starts_the_recording(cast: Cast, api: Api) -> None:
    """The answer to a report is the plan that follows, and a part is planned at once."""
    call = live_call(cast.claims, "+493023125001")
    answer = report(api(cast.service), call, "granted", script="ask_consent")
    assert answer.status_code == 201, answer.json()
    assert answer.json()["may_record"] is True
    assert set(answer.json()["open_purposes"]) == {"evidence", "quality"}
    part = Recording.objects.get(call=call)
    assert part.state == Recording.State.PLANNED
    assert str(call.team_id) in part.object_key
    assert "23125001" not in part.object_key


def test_refusal_is_final_until_taken_back(cast: Cast, api: Api) -> None:
    client = api(cast.service)
    call = live_call(cast.claims, "+493023125001")
    refused = report(client, call, "refused").json()
    assert refused["start"] == "never"
    assert Recording.objects.count() == 0
    later = STARTED + timedelta(seconds=30)
    granted = report(client, call, "granted", occurred_at=later).json()
    assert granted["may_record"] is True
    assert Recording.objects.count() == 1


def test_withdrawal_asks_for_the_stop_at_once(cast: Cast, api: Api) -> None:
    client = api(cast.service)
    call = live_call(cast.claims, "+493023125001")
    report(client, call, "granted")
    Recording.objects.update(state=Recording.State.RECORDING, egress_id="EG_1")
    report(client, call, "withdrawn", occurred_at=STARTED + timedelta(seconds=60))
    assert Recording.objects.get().stop_wanted == "withdrawn"
    call.refresh_from_db()
    assert call.consent == Call.Consent.WITHDRAWN


def test_a_retry_is_told_once(cast: Cast, api: Api, entries: Entries) -> None:
    client = api(cast.service)
    call = live_call(cast.claims, "+493023125001")
    for _attempt in range(3):
        answer = report(client, call, "granted", key="agent-7-granted")
        assert answer.status_code == 201
    assert ConsentRecord.objects.count() == 1
    assert len(entries(act="consent.recorded")) == 1


def test_a_key_is_not_good_for_another_act(cast: Cast, api: Api) -> None:
    """A retry queue that mixes up its keys must not swallow a refusal."""
    client = api(cast.service)
    call = live_call(cast.claims, "+493023125001")
    report(client, call, "granted", key="agent-7")
    answer = report(client, call, "refused", key="agent-7")

    assert (answer.status_code, answer.json()["code"]) == (422, "key_reused")
    assert ConsentRecord.objects.get().kind == ConsentRecord.Kind.GRANTED


def test_the_entry_names_the_service_and_no_number(
    cast: Cast, api: Api, entries: Entries
) -> None:
    call = live_call(cast.claims, "+493023125001")
    report(api(cast.service), call, "granted", evidence="Ja, +49 30 23125001 hier")
    (entry,) = entries(act="consent.recorded")
    assert entry.actor_id == cast.service.id
    assert "23125001" not in str(entry.facts)


def test_a_party_can_be_named(cast: Cast, api: Api) -> None:
    call = live_call(cast.claims, "+493023125001")
    second: Party = PartyFactory.create(
        call=call,
        number=PhoneNumber.from_raw("+493023125002"),
        joined_at=STARTED + timedelta(seconds=5),
    )
    answer = report(
        api(cast.service), call, "granted", participant=second.participant_sid
    )
    assert answer.json()["may_record"] is False, "the first caller has not agreed"


def test_somebody_who_is_not_in_the_call_cannot_be_named(cast: Cast, api: Api) -> None:
    call = live_call(cast.claims, "+493023125001")
    answer = report(api(cast.service), call, "granted", participant="PA_nobody")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert ConsentRecord.objects.count() == 0


@pytest.mark.parametrize("kind", ["", "maybe", "GRANTED"])
def test_an_unknown_act_is_refused(cast: Cast, api: Api, kind: str) -> None:
    call = live_call(cast.claims, "+493023125001")
    assert report(api(cast.service), call, kind).status_code == 400


@pytest.mark.parametrize(
    "when",
    [
        {"occurred_at": "9999-12-31T23:59:59Z"},
        {"occurred_at": "0001-01-01T00:00:00Z"},
        {"occurred_at": None, "offset_ms": 10**18},
        {"occurred_at": None, "offset_ms": -1},
    ],
)
def test_what_has_not_happened_cannot_be_reported(
    cast: Cast, api: Api, when: dict[str, Any]
) -> None:
    call = live_call(cast.claims, "+493023125001")
    body = {"kind": "granted"} | {k: v for k, v in when.items() if v is not None}
    url = f"/api/v1/rooms/{call.room_id}/consents"
    answer = api(cast.service).post(url, body, format="json")
    assert answer.status_code == 400
    assert ConsentRecord.objects.count() == 0


def test_a_consent_long_after_the_call_has_no_place_in_it(cast: Cast, api: Api) -> None:
    call = live_call(cast.claims, "+493023125001")
    Call.objects.update(started_at=timezone.now() - timedelta(days=60))
    answer = report(api(cast.service), call, "withdrawn", occurred_at=timezone.now())
    assert answer.status_code == 201, answer.json()
    assert ConsentRecord.objects.get().offset_ms is None


def test_an_unknown_room_is_not_found(cast: Cast, api: Api) -> None:
    answer = api(cast.service).get("/api/v1/rooms/RM_none/consent-plan")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


def test_another_teams_call_is_not_found_either(cast: Cast, api: Api) -> None:
    call = live_call(cast.sales, "+12065550123")
    assert plan_of(api(cast.service), call).status_code == 404
    assert report(api(cast.service), call, "granted").status_code == 404


def test_without_a_key_nobody_is_let_in(cast: Cast) -> None:
    call = live_call(cast.claims, "+493023125001")
    assert plan_of(APIClient(), call).status_code == 401


def test_a_revoked_key_is_refused(cast: Cast, api: Api) -> None:
    client = api(cast.service)
    call = live_call(cast.claims, "+493023125001")
    key = cast.service.service_keys.get()
    key.revoked = True
    with transaction.atomic():
        key.save()
    assert plan_of(client, call).status_code == 401


def test_a_reviewer_may_not_report_consent(
    cast: Cast, api: Api, entries: Entries
) -> None:
    call = live_call(cast.claims, "+493023125001")
    answer = report(api(cast.reviewer), call, "granted")
    assert answer.status_code == 403
    assert answer.json()["ask"]
    assert len(entries(act="access.refused")) == 1


def test_a_team_under_a_duty_tells_what_to_do_in_the_callers_language(
    cast: Cast, api: Api
) -> None:
    cast.claims.duty = duties.versions_of("EU-MIFID2")[0]
    with transaction.atomic():
        cast.claims.save()
    call = live_call(cast.claims, "+493023125001")
    client = api(cast.service)

    plan = plan_of(client, call).json()
    assert plan["duty"] == {
        "code": "EU-MIFID2",
        "on_refusal": "end_call",
        "on_failure": "other_channel",
    }
    assert plan["instruction"] is None

    plan = report(client, call, "refused").json()
    told = plan["instruction"]
    assert (told["act"], told["because"]) == ("end_call", "refusal")
    assert "beenden" in told["text"]
    scripts = [said["script"] for said in plan["say"]]
    assert scripts == ["disclose_ai", "end_call"], "first who speaks, then what"
    assert plan["say"][1]["text"] == told["text"]


def test_without_a_duty_a_plan_names_none(cast: Cast, api: Api) -> None:
    plan = plan_of(api(cast.service), live_call(cast.claims, "+493023125001")).json()

    assert (plan["duty"], plan["instruction"]) == (None, None)
