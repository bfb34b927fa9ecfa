"""Events by API: a contract ends, and what was kept for it begins to run out."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from compliance.audit.actions import Action
from compliance.models import AuditEntry, Person, PhoneNumber
from compliance.retention.periods import OPEN_END, legal_calendar
from recordings import dating, expiry
from recordings.models import CallLabel, Recording, ToldEvent
from tests.cast import Cast
from tests.factories.compliance import ClockEventFactory, RetentionPolicyFactory
from tests.factories.recordings import CallFactory, PartyFactory, RecordingFactory

pytestmark = pytest.mark.django_db
Api = Callable[[Person], APIClient]
Entries = Callable[..., list[AuditEntry]]
MANY = "/api/v1/calls/events"
NUMBER = "+493023125001"


@pytest.fixture(autouse=True)
def _contract_ended(cast: Cast) -> None:
    ClockEventFactory.create(code="contract_ended", added_by=cast.officer)


def kept(cast: Cast, *, team: Any = None) -> Recording:
    ended = timezone.now() - timedelta(days=400)
    call = CallFactory.create(team=team or cast.claims, started_at=ended)
    return RecordingFactory.create(
        call=call, ended_at=ended, hashed_at=ended, expires_at=None
    )


def by_contract(cast: Cast, **said: Any) -> None:
    RetentionPolicyFactory.create(
        team=cast.claims, clock="event:contract_ended", **said
    )


def url(part: Recording) -> str:
    return f"/api/v1/calls/{part.call_id}/events"


def tell(client: APIClient, where: str, **facts: Any) -> Any:
    body = {"event": "contract_ended", **facts}
    return client.post(where, body, format="json")


def dated(part: Recording) -> Recording:
    dating.catch_up(now=timezone.now())
    part.refresh_from_db()
    return part


def days_ago(days: int) -> datetime:
    return timezone.now() - timedelta(days=days)


def test_the_clock_stands_still_until_the_event_is_told(
    cast: Cast, api: Api, entries: Entries
) -> None:
    part = kept(cast)
    by_contract(cast, keep_at_least="P10D", delete_after="P30D")
    assert dated(part).expires_at is None
    assert part.keep_until == OPEN_END
    far = timezone.now() + timedelta(days=9_999)
    assert expiry.due(now=far, limit=9) == []

    answer = tell(api(cast.service), url(part), occurred_at=days_ago(5).isoformat())

    assert answer.status_code == 201
    assert answer.json()["event"] == "contract_ended"
    day = legal_calendar().day_of(days_ago(5))
    goes = legal_calendar().end_of(day + timedelta(days=30))
    assert dated(part).expires_at == goes
    assert part.keep_until == legal_calendar().end_of(day + timedelta(days=10))
    (entry,) = entries(act=Action.CLOCK_EVENT_TOLD)
    assert entry.facts == {"event": "contract_ended", "day": day.isoformat()}
    assert entry.object_pk == str(part.call_id)


def test_told_twice_is_told_once_and_another_day_is_a_correction(
    cast: Cast, api: Api, entries: Entries
) -> None:
    part, client = kept(cast), api(cast.service)
    by_contract(cast, delete_after="P30D")
    tell(client, url(part), occurred_at=days_ago(20).isoformat())

    again = tell(client, url(part), occurred_at=days_ago(20).isoformat())
    bare = tell(client, url(part))
    other = tell(client, url(part), occurred_at=days_ago(2).isoformat())

    assert [again.status_code, bare.status_code] == [200, 200]
    assert (other.status_code, other.json()["code"]) == (409, "told_otherwise")
    first = dated(part).expires_at
    corrected = tell(
        client, url(part), occurred_at=days_ago(2).isoformat(), corrects=True
    )
    assert corrected.status_code == 201
    assert first
    assert dated(part).expires_at == first + timedelta(days=18)
    back = tell(client, url(part), corrects=True, taken_back=True)
    assert (back.status_code, back.json()["occurred_at"]) == (201, None)
    assert dated(part).expires_at is None
    assert len(entries(act=Action.CLOCK_EVENT_TOLD)) == 1
    assert len(entries(act=Action.CLOCK_EVENT_CORRECTED)) == 2
    assert ToldEvent.objects.count() == 3, "what was said stays"


def test_told_late_it_hides_at_once_and_destroys_after_the_grace(
    cast: Cast, api: Api
) -> None:
    part = kept(cast)
    by_contract(cast, delete_after="P30D", grace_days=7)

    tell(api(cast.service), url(part), occurred_at=days_ago(300).isoformat())

    now = timezone.now()
    assert dated(part).expires_at
    assert part.expires_at
    assert part.expires_at < now
    assert expiry.due(now=now, limit=9) == []
    assert expiry.due(now=now + timedelta(days=9), limit=9) == [part.id]


@pytest.mark.parametrize(
    ("facts", "status", "code"),
    [
        ({"occurred_at": "2999-01-01T00:00:00Z"}, 422, "not_yet"),
        ({"event": "no_such_event"}, 400, "invalid"),
        ({"taken_back": True}, 400, "invalid"),
        (
            {
                "taken_back": True,
                "corrects": True,
                "occurred_at": "2026-01-01T00:00:00Z",
            },
            400,
            "invalid",
        ),
    ],
)
def test_what_cannot_be_is_refused(
    cast: Cast, api: Api, facts: dict[str, Any], status: int, code: str
) -> None:
    answer = tell(api(cast.service), url(kept(cast)), **facts)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not ToldEvent.objects.exists()


def test_an_event_that_is_over_is_not_told_any_more(cast: Cast, api: Api) -> None:
    ClockEventFactory._meta.model.objects.update(ended_at=timezone.now())

    answer = tell(api(cast.service), url(kept(cast)))

    assert (answer.status_code, answer.json()["code"]) == (422, "event_over")


@pytest.mark.parametrize("by", ["label", "number"])
def test_a_label_or_a_number_tells_of_all_its_calls_within_reach(
    cast: Cast, api: Api, by: str
) -> None:
    mine = [kept(cast) for _ in range(3)]
    foreign, other = kept(cast, team=cast.sales), kept(cast)
    number = PhoneNumber.from_raw(NUMBER)
    for part in (*mine, foreign):
        CallLabel.objects.create(call=part.call, key="contact", value="C-77")
        PartyFactory.create(call=part.call, number=number)
    client = api(cast.service)
    tell(client, url(mine[0]), occurred_at="2026-02-01T09:00:00Z")
    facts: dict[str, Any] = {"occurred_at": "2026-03-01T09:00:00Z"}
    facts |= {"label": {"contact": "C-77"}} if by == "label" else {"number": NUMBER}

    first = tell(client, MANY, **facts).json()
    again = tell(client, MANY, **facts).json()
    corrected = tell(client, MANY, **facts, corrects=True).json()

    rest = {"corrected": 0, "left": 0}
    assert first == {"new": 2, "same": 0, "otherwise": 1, **rest}
    assert again == {"new": 0, "same": 2, "otherwise": 1, **rest}
    assert corrected == {"new": 0, "same": 2, "otherwise": 0, "corrected": 1, "left": 0}
    told = ToldEvent.objects.filter(replaced_at=None)
    assert set(told.values_list("call", flat=True)) == {p.call_id for p in mine}
    day = datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert set(told.values_list("occurred_at", flat=True)) == {day}
    assert other.call.told_events.count() == 0


def test_many_calls_are_told_of_page_by_page(
    cast: Cast, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recordings.api.events.AT_ONCE", 2)
    for _ in range(3):
        call = kept(cast).call
        CallLabel.objects.create(call=call, key="contact", value="C-77")
    client, facts = api(cast.service), {"label": {"contact": "C-77"}}

    first = tell(client, MANY, **facts).json()
    second = tell(client, MANY, **facts).json()

    assert (first["new"], first["left"]) == (2, 1)
    assert (second["new"], second["same"], second["left"]) == (1, 2, 0)
