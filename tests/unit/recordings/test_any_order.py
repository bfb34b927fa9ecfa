"""However LiveKit tells of a call (late, twice, under other ids), the same rows result."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Model
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance.access import grants
from compliance.access.roles import Role
from compliance.models import Person
from recordings import declaration
from recordings.livekit.facts import (
    Direction,
    ParticipantFacts,
    ParticipantKind,
    RoomFacts,
)
from recordings.models import Call, CallLabel, LiveKitEvent, Party, Recording, Room
from tests.factories.compliance import PersonFactory, TeamFactory
from tests.factories.recordings import CallFactory, RecordingFactory, TrunkFactory
from tests.telling import (
    BEGAN,
    ROOM,
    Payload,
    Somebody,
    again,
    agent,
    at,
    caller,
    egress,
    file,
    hear,
    joined,
    left,
    room_finished,
    room_started,
    track,
)

KEY = "recordings/team/2026/11/02/call/01-abcdef12.ogg"
NOW = at(3600)

_caller = caller(ticket="T-17", language="de")
_later = replace(
    _caller, attributes=_caller.attributes | {"ticket": "T-18", "language": "en"}
)
_agent = agent()
_colleague = Somebody("PA_staff", "STANDARD", 20, "Eva")
_recorder = Somebody("EG_one", "EGRESS", 3)


def one_call() -> list[Payload]:
    """A call with a transfer to a colleague, as it happened."""
    return [
        room_started(),
        joined(_caller),
        track(_caller, 0),
        joined(_agent),
        egress("STARTING", 2, key=KEY),
        joined(_recorder),
        egress("ACTIVE", 3, key=KEY),
        track(_agent, 3),
        joined(_colleague),
        left(_agent, 25),
        left(_colleague, 58),
        egress("ENDING", 60, key=KEY),
        left(_later, 60),
        left(_recorder, 61),
        egress("COMPLETE", 62, key=KEY, file=file(KEY), endedAt="1793629990000000000"),
        room_finished(80),
    ]


def two_calls() -> list[Payload]:
    """Two callers of a direct room, one after the other, and the same agent."""
    first = caller("PA_one", ticket="T-17")
    second = caller("PA_two", joins=120, ticket="T-18")
    return [
        room_started(),
        joined(first),
        joined(_agent),
        left(first, 60),
        joined(second),
        track(second, 121),
        left(second, 180),
        left(_agent, 190),
        room_finished(200),
    ]


@st.composite
def telling(draw: st.DrawFn, events: list[Payload]) -> list[Payload]:
    """The events in some order, some of them again, as they were or under a new id."""
    copies = draw(st.lists(st.sampled_from(events), max_size=8))
    renamed = draw(st.lists(st.sampled_from(events), max_size=8))
    return draw(st.permutations([*events, *copies, *map(again, renamed)]))


RIGHT = ParticipantFacts(
    sid="PA_caller",
    kind=ParticipantKind.CALLER,
    joined_at=at(1),
    attributes={"queue": "claims", "ticket": "T-16"},
    sip_call_id="SCL_PA_caller",
    phone_number="+493023125042",
    trunk_id="ST_claims",
)
WRONG = replace(RIGHT, phone_number="+15125550142", direction=Direction.OUTBOUND)
DECLARED = {
    "all of it right": RIGHT,
    "another participant": replace(WRONG, sid="PA_mistyped"),
    "another SIP call": replace(WRONG, sip_call_id="SCL_mistyped"),
}
"""What a voice agent may say of the caller, well or badly."""


def declared(as_told: str) -> Payload:
    """A declaration among the events; `hear` is not asked about it."""
    return {"event": "declaration", "as_told": as_told}


def tell(payload: Payload) -> None:
    """Let the portal hear an event of LiveKit's, or a declaration."""
    if payload["event"] != "declaration":
        hear(payload, now=NOW)
        return
    declaration.declare(
        room=RoomFacts(sid=ROOM, name="mistyped"),
        caller=DECLARED[payload["as_told"]],
        by=Person.objects.get(kind=Person.Kind.SERVICE),
        now=at(1),
    )


def columns(row: Model, *, without: set[str]) -> dict[str, Any]:
    """All columns of a row but those that are new each time."""
    names = {field.attname for field in row._meta.concrete_fields} - without
    return {name: getattr(row, name) for name in sorted(names - {"number_id"})} | (
        {"number": row.number and row.number.e164} if isinstance(row, Party) else {}
    )


def rows() -> dict[str, Any]:
    """All that the events have made, without keys and clocks of ours."""
    calls = [
        columns(call, without={"id", "noticed_at"})
        for call in Call.objects.filter(room_id=ROOM).order_by("started_at")
    ]
    parties = [
        columns(party, without={"id", "call_id"})
        | {"call": party.call and party.call.sip_call_id}
        for party in Party.objects.select_related("call").order_by(
            "call__started_at", "participant_sid"
        )
    ]
    parts = [columns(part, without={"id"}) for part in Recording.objects.all()]
    return {
        "room": columns(Room.objects.get(sid=ROOM), without=set()),
        "calls": calls,
        "parties": parties,
        "labels": sorted(CallLabel.objects.values_list("call__sip_call_id", "value")),
        "parts": parts,
        "stuck": LiveKitEvent.objects.exclude(state="applied").count(),
    }


def told_in_order(call: Callable[[], list[Payload]]) -> dict[str, Any]:
    """The rows when everything is told once, in order."""
    return told(call())


def told(events: list[Payload]) -> dict[str, Any]:
    """The rows after these events, in a database that forgets them again."""
    with transaction.atomic():
        for payload in events:
            tell(payload)
        result = rows()
        transaction.set_rollback(True)
    return result


@pytest.fixture
def planned(db: None) -> None:
    """The trunk is known, and a part was planned before LiveKit told anything."""
    team = TeamFactory.create(name="Claims")
    agent: Person = PersonFactory.create(kind=Person.Kind.SERVICE)
    grants.grant(person=agent, role=Role.SERVICE, by=None, now=BEGAN, team=team)
    TrunkFactory.create(livekit_id="ST_claims", team=team)
    RecordingFactory.create(
        call=CallFactory.create(team=team),
        state=Recording.State.STARTING,
        object_key=KEY,
        egress_id="",
        egress_status="",
        planned_at=BEGAN,
        started_at=None,
        ended_at=None,
    )


ANY_ORDER = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.mark.parametrize(("call", "count"), [(one_call, 1), (two_calls, 2)])
def test_told_in_order(
    planned: None, call: Callable[[], list[Payload]], count: int
) -> None:
    """What the others are compared with is what really happened."""
    result = told(call())

    assert len(result["calls"]) == count
    assert result["stuck"] == 0
    assert all(row["ended_at"] is not None for row in result["calls"])
    assert all(row["call"] for row in result["parties"])
    assert [value for _call, value in result["labels"]][-1] == "T-18"


@given(events=telling(one_call()))
@ANY_ORDER
def test_one_call_in_any_order(planned: None, events: list[Payload]) -> None:
    result = told(events)

    assert [part["state"] for part in result["parts"]] == ["checking"]
    assert result == told_in_order(one_call)


@given(events=telling(two_calls()))
@ANY_ORDER
def test_two_calls_of_one_room_in_any_order(
    planned: None, events: list[Payload]
) -> None:
    assert told(events) == told_in_order(two_calls)


@given(
    as_told=st.sampled_from(sorted(DECLARED)),
    order=telling([*one_call(), declared("")]),
)
@ANY_ORDER
def test_a_declaration_before_between_or_after_the_events(
    planned: None, as_told: str, order: list[Payload]
) -> None:
    """LiveKit's word stands, whenever the agent says what; its labels are kept."""
    events = [
        declared(as_told) if one["event"] == "declaration" else one for one in order
    ]

    result = told(events)

    assert result == told([*one_call(), declared("all of it right")])
    assert ("SCL_PA_caller", "claims") in result["labels"]
    without = told_in_order(one_call)
    assert result["calls"] == without["calls"]
    assert result["room"] == without["room"]
