"""The calls of a room, worked out anew after each event and stored."""

from datetime import timedelta

import pytest

from compliance.models import Purpose, Team
from compliance.models.staff_identity import staff_mark
from recordings.models import Alert, Call, ConsentRecord, Party
from tests.cast import Cast
from tests.factories.recordings import (
    ConsentRecordFactory,
    ConsentVerdictFactory,
    RecordingFactory,
    TrunkFactory,
)
from tests.telling import (
    Somebody,
    agent,
    at,
    caller,
    hear,
    joined,
    left,
    room_finished,
    room_started,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def trunk(cast: Cast) -> None:
    TrunkFactory.create(
        livekit_id="ST_claims", team=cast.claims, purposes=[Purpose.LEGAL_DUTY]
    )


def seats() -> dict[str, set[str]]:
    """Who sits in which call, by its SIP call id."""
    return {
        call.sip_call_id: set(call.parties.values_list("participant_sid", flat=True))
        for call in Call.objects.all()
    }


def test_a_call_has_its_trunks_team_and_purposes(cast: Cast) -> None:
    hear(room_started(), joined(caller()), joined(agent()))

    call = Call.objects.get()
    assert call.team == cast.claims
    assert call.purposes == [Purpose.LEGAL_DUTY]
    assert call.direction == Call.Direction.INBOUND
    assert call.provider_call_id == "PA_caller@carrier.example"
    assert call.is_live
    assert {party.role for party in call.parties.all()} == {"caller", "agent"}
    assert not Alert.objects.exists()


def test_a_trunk_nobody_owns_is_a_matter_for_a_person_once() -> None:
    hear(
        joined(caller(trunk="ST_new"), room="RM_a"),
        joined(caller("PA_b", trunk="ST_new"), room="RM_b"),
    )

    assert set(Call.objects.values_list("team__is_unassigned", flat=True)) == {True}
    alert = Alert.objects.get()
    assert (alert.kind, alert.subject) == (Alert.Kind.UNKNOWN_TRUNK, "ST_new")


def test_calls_of_a_trunk_that_got_its_team_move_there(cast: Cast) -> None:
    someone = caller(trunk="ST_new")
    hear(joined(someone))
    assert Call.objects.get().team == Team.unassigned()

    TrunkFactory.create(livekit_id="ST_new", team=cast.sales)
    hear(left(someone, 60))

    assert Call.objects.get().team == cast.sales


def test_a_transfer_in_a_direct_room_is_the_same_call() -> None:
    first, second = caller("PA_one"), caller("PA_two", joins=30)

    hear(joined(first), joined(agent()), joined(second), left(first, 40))
    assert Call.objects.get().is_live

    hear(left(second, 90))
    assert seats() == {"SCL_PA_one": {"PA_one", "PA_two", "PA_agent"}}
    assert Call.objects.get().ended_at == at(90)


def test_the_next_caller_of_a_direct_room_opens_the_next_call() -> None:
    first, second = caller("PA_one"), caller("PA_two", joins=300)

    hear(joined(first), left(first, 40), joined(second))

    assert seats() == {"SCL_PA_one": {"PA_one"}, "SCL_PA_two": {"PA_two"}}
    one, two = Call.objects.order_by("started_at")
    assert (one.ended_at, two.ended_at) == (at(40), None)


def test_an_agent_who_stays_sits_in_both_calls() -> None:
    first, second = caller("PA_one"), caller("PA_two", joins=300)

    hear(joined(first), joined(agent()), left(first, 40), joined(second))

    assert seats() == {
        "SCL_PA_one": {"PA_one", "PA_agent"},
        "SCL_PA_two": {"PA_two", "PA_agent"},
    }
    hear(left(agent(), 350))
    rows = Party.objects.filter(participant_sid="PA_agent")
    assert {row.left_at for row in rows} == {at(350)}, "both rows are told"


def test_a_late_goodbye_divides_what_looked_like_one_call() -> None:
    first, second = caller("PA_one"), caller("PA_two", joins=300)
    hear(joined(first), joined(agent()), joined(second))
    assert Call.objects.count() == 1
    before = Call.objects.get()

    hear(left(first, 40))

    assert seats() == {
        "SCL_PA_one": {"PA_one", "PA_agent"},
        "SCL_PA_two": {"PA_two", "PA_agent"},
    }
    assert Call.objects.get(sip_call_id="SCL_PA_one").id == before.id
    assert Party.objects.filter(call=None).count() == 0
    assert Party.objects.count() == 4, "nobody is left over"


def test_a_late_bridge_makes_one_call_of_two() -> None:
    """The second leg's caller was told of first; the one between came last."""
    first, second = caller("PA_one"), caller("PA_two", joins=60)
    hear(joined(first), left(first, 30), joined(agent()), joined(second))
    assert Call.objects.count() == 2

    hear(joined(caller("PA_between", joins=20)))

    assert seats() == {"SCL_PA_one": {"PA_one", "PA_two", "PA_between", "PA_agent"}}
    assert Party.objects.count() == 4


def test_two_calls_with_one_agent_can_both_be_swallowed() -> None:
    rooms = [caller("PA_one"), caller("PA_two", joins=60), caller("PA_3", joins=120)]
    for someone in rooms:
        hear(joined(someone), left(someone, someone.joins + 30))
    hear(joined(agent()), left(agent(), 200))
    assert Call.objects.count() == 3

    bridge = caller("PA_bridge", joins=10)
    hear(joined(bridge), left(bridge, 140))

    assert list(seats()) == ["SCL_PA_one"]
    assert Party.objects.count() == 5


def test_a_swallowed_call_with_a_recording_stays_and_is_over() -> None:
    first, second = caller("PA_one"), caller("PA_two", joins=60)
    hear(joined(first), left(first, 30), joined(second))
    swallowed = Call.objects.get(sip_call_id="SCL_PA_two")
    RecordingFactory.create(call=swallowed)
    ConsentVerdictFactory.create(call=swallowed)

    hear(joined(caller("PA_between", joins=20)))

    swallowed.refresh_from_db()
    assert not swallowed.is_live, "else it would wait for its end for ever"
    assert swallowed.parties.exists(), "consent is still judged by who was there"
    assert seats()["SCL_PA_one"] == {"PA_one", "PA_two", "PA_between"}


def test_a_party_that_acts_of_consent_speak_of_is_not_deleted(cast: Cast) -> None:
    first, second = caller("PA_one"), caller("PA_two", joins=300)
    hear(joined(first), joined(agent()), joined(second))
    call = Call.objects.get()
    party = call.parties.get(participant_sid="PA_two")
    ConsentRecordFactory.create(call=call, party=party, reported_by=cast.service)

    hear(left(first, 40))

    assert ConsentRecord.objects.get().party_id == party.id
    assert "PA_two" in seats()["SCL_PA_two"]


def test_somebody_told_of_before_the_caller_waits_for_the_call() -> None:
    hear(joined(agent()))
    assert Party.objects.get().call is None
    assert not Call.objects.exists()

    hear(joined(caller()))

    assert seats() == {"SCL_PA_caller": {"PA_caller", "PA_agent"}}
    assert Party.objects.count() == 2


def test_a_goodbye_before_its_hello_is_the_whole_story() -> None:
    someone = caller()
    hear(left(someone, 60))

    call = Call.objects.get()
    assert (call.started_at, call.ended_at) == (at(0), at(60))
    hear(joined(someone))
    call.refresh_from_db()
    assert call.ended_at == at(60)


def test_a_call_within_one_second_does_not_end_before_it_began() -> None:
    someone = caller(joins=0.9)

    hear(joined(someone), left(someone, 0))

    call = Call.objects.get()
    assert (call.ended_at, call.duration_ms) == (call.started_at, 0)


def test_staff_in_a_browser_are_staff() -> None:
    hear(joined(caller()), joined(Somebody("PA_staff", "STANDARD", 2, "Eva")))

    party = Party.objects.get(participant_sid="PA_staff")
    assert (party.role, party.name) == (Party.Role.STAFF, "Eva")


def test_the_room_ends_whoever_never_said_goodbye() -> None:
    hear(joined(caller()), joined(agent()), room_finished(75))

    call = Call.objects.get()
    assert call.ended_at == at(75)
    assert call.ended_at - call.started_at == timedelta(seconds=75)


def test_a_call_from_the_future_began_when_we_heard_of_it() -> None:
    """Else it would head every list until its time has come."""
    someone = caller(joins=365 * 86_400)
    hear(joined(someone), now=at(10))

    call = Call.objects.get()
    assert call.started_at == call.noticed_at == at(10)
    assert call.parties.get().joined_at == at(365 * 86_400), "as LiveKit said"

    hear(left(someone, 365 * 86_400 + 90), now=at(100))
    call.refresh_from_db()
    assert (call.started_at, call.ended_at) == (at(10), at(100))
    assert call.duration_ms == 90_000


def test_clocks_may_differ_a_little() -> None:
    hear(joined(caller(joins=240)), now=at(0))

    assert Call.objects.get().started_at == at(240)


STAN, SUE = Somebody("PA_stan", "STANDARD", 1), Somebody("PA_sue", "STANDARD", 2)


def test_a_call_is_marked_with_the_staff_who_took_part() -> None:
    """By the keyed hash alone, in whatever order they come; agents are no staff."""
    hear(joined(STAN), joined(caller()), joined(agent()))
    assert Call.objects.get().staff == [staff_mark("id-PA_stan")]

    hear(joined(SUE))
    marks = {staff_mark("id-PA_stan"), staff_mark("id-PA_sue")}
    assert set(Call.objects.get().staff) == marks


def test_who_left_before_the_next_call_took_no_part_in_it() -> None:
    first, second = caller("PA_a"), caller("PA_b", joins=90)
    hear(joined(first), joined(STAN), left(STAN, 40), left(first, 40), joined(second))

    marks = dict(Call.objects.values_list("sip_call_id", "staff"))
    assert marks == {"SCL_PA_a": [staff_mark("id-PA_stan")], "SCL_PA_b": []}
