"""What LiveKit tells of somebody: who they are is heard once, what changes is followed."""

from dataclasses import replace
from itertools import permutations

import pytest
from rest_framework.test import APIClient

from compliance.models import PhoneNumber
from recordings.livekit.facts import Direction
from recordings.models import Call, CallLabel, Party
from tests.cast import Cast
from tests.factories.recordings import TrunkFactory
from tests.telling import (
    Payload,
    Somebody,
    again,
    at,
    caller,
    event,
    hear,
    joined,
    left,
    room_finished,
    room_info,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def trunk(cast: Cast) -> None:
    TrunkFactory.create(livekit_id="ST_claims", team=cast.claims, country="DE")


def changed(seconds: float, **attributes: str) -> Payload:
    """The caller's attributes are others now, and an event carries them."""
    someone = caller()
    told = replace(someone, attributes=someone.attributes | attributes)
    return event(
        "participant_joined", seconds, room=room_info(), participant=told.info()
    )


def labels() -> dict[str, str]:
    return dict(CallLabel.objects.values_list("key", "value"))


def test_an_attribute_that_changes_during_the_call_changes_label_and_language() -> None:
    hear(changed(0, ticket="T-17", language="de"))

    hear(changed(30, ticket="T-18", language="en"))

    assert labels() == {"ticket": "T-18"}
    party = Party.objects.get()
    assert (party.labels, party.language) == ({"ticket": "T-18"}, "en")


def test_the_newest_wins_however_late_the_older_is_told() -> None:
    told = [
        changed(0, ticket="T-17", language="de", queue="first"),
        changed(30, ticket="T-18"),
        changed(30, ticket="T-19", language="en"),
    ]
    found = set()
    for order in permutations(told):
        Party.objects.all().delete()
        Call.objects.all().delete()
        hear(*map(again, order))
        found.add((*sorted(labels().items()), Party.objects.get().language))

    assert found == {(("queue", "first"), ("ticket", "T-19"), "en")}


def test_what_somebody_is_stays_as_it_was_first_heard() -> None:
    hear(joined(caller()))
    first = Party.objects.values("identity", "number", "sip_call_id", "direction").get()

    other = caller(number="+4915112345678", call_id="SCL_other")
    hear(left(replace(other, attributes=dict(other.attributes)), 60))

    known = Party.objects.values("identity", "number", "sip_call_id", "direction").get()
    assert known == first


def test_an_event_that_names_no_rule_does_not_turn_a_call_round() -> None:
    hear(joined(caller()))

    hear(left(Somebody("PA_caller"), 60))

    assert Call.objects.get().direction == Direction.INBOUND


def test_the_label_of_a_call_is_the_newest_of_all_its_callers() -> None:
    first = caller("PA_one", ticket="T-1")
    second = caller("PA_two", joins=30, ticket="T-2")

    hear(joined(second), joined(first))

    assert labels() == {"ticket": "T-2"}


def test_a_label_goes_with_the_caller_who_turns_out_to_be_of_another_call() -> None:
    first = caller("PA_one", queue="sales")
    second = caller("PA_two", joins=300, ticket="T-2")
    hear(joined(first), joined(second))

    hear(left(first, 40))

    rows = CallLabel.objects.values_list("call__sip_call_id", "key")
    assert set(rows) == {("SCL_PA_one", "queue"), ("SCL_PA_two", "ticket")}


@pytest.mark.parametrize(
    ("trunk_id", "raw", "number", "country"),
    [
        ("ST_claims", "030 23125042", "+493023125042", "DE"),
        ("ST_sales", "(206) 555-0142", "+12065550142", "US"),
        ("ST_claims", "101", "101", ""),
        ("ST_of_nobody", "030 23125042", "030 23125042", ""),
    ],
)
def test_a_national_number_is_one_of_the_trunks_country(
    cast: Cast, trunk_id: str, raw: str, number: str, country: str
) -> None:
    """The trunk of sales names no country: it is where its team is, in Washington."""
    TrunkFactory.create(livekit_id="ST_sales", team=cast.sales)

    hear(joined(caller(number=raw, trunk=trunk_id)))

    known = PhoneNumber.objects.get()
    assert (known.e164, known.country) == (number, country)


def test_what_the_api_declared_is_not_livekits_to_change(cast: Cast) -> None:
    hear(changed(0, ticket="T-17", language="de"))
    call, party = Call.objects.get(), Party.objects.get()
    api = APIClient()
    api.force_authenticate(cast.service)
    put = {"labels": {"ticket": "T-99"}}
    assert api.put(f"/api/v1/calls/{call.id}/labels", put, format="json").data == put
    told = {"language": "fr"}
    answer = api.patch(f"/api/v1/parties/{party.id}", told, format="json")
    assert answer.status_code == 200

    hear(changed(30, ticket="T-18", language="en"), room_finished(80))

    assert labels() == {"ticket": "T-99"}
    assert Party.objects.get().language == "fr"
    assert Call.objects.get().ended_at == at(80)
