"""A voice agent tells of a call before LiveKit does, and nothing goes astray by it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from compliance.access import grants
from compliance.access.refusals import Refused
from compliance.access.roles import Role
from compliance.models import AuditEntry
from recordings import consent, declaration
from recordings.livekit.facts import ParticipantFacts, ParticipantKind, RoomFacts
from recordings.models import Call, ConsentRecord, Party, Pause, Room
from tests.cast import Cast
from tests.factories.recordings import TrunkFactory
from tests.telling import ROOM, at, caller, hear, joined, left, room_finished, room_info

pytestmark = pytest.mark.django_db
Entries = Callable[..., list[AuditEntry]]

SOON = at(1)
CALLER = ParticipantFacts(
    sid="PA_caller",
    kind=ParticipantKind.CALLER,
    joined_at=at(1),
    attributes={"queue": "claims", "language": "de"},
    sip_call_id="SCL_PA_caller",
    phone_number="+493023125042",
    trunk_id="ST_claims",
)


@pytest.fixture(autouse=True)
def _trunks(cast: Cast) -> None:
    TrunkFactory.create(livekit_id="ST_claims", team=cast.claims)
    TrunkFactory.create(livekit_id="ST_sales", team=cast.sales)


def declare(
    cast: Cast, told: ParticipantFacts = CALLER, *, now: datetime = SOON
) -> Call:
    room = RoomFacts(sid=ROOM, name="claims-7")
    return declaration.declare(room=room, caller=told, by=cast.service, now=now)


def test_a_declared_call_is_there_at_once(cast: Cast, entries: Entries) -> None:
    call = declare(cast)

    assert call.is_provisional
    assert call.is_live
    assert (call.team, call.sip_call_id) == (cast.claims, "SCL_PA_caller")
    assert call.room.name == "claims-7"
    party = call.parties.get()
    assert party.number is not None
    assert party.number.e164 == "+493023125042"
    assert party.language == "de"
    assert list(call.labels.values_list("key", "value")) == [("queue", "claims")]
    (entry,) = entries(act="call.declared")
    assert entry.actor_id == cast.service.id


def test_told_again_it_changes_nothing(cast: Cast, entries: Entries) -> None:
    first = declare(cast)
    second = declare(cast, replace(CALLER, joined_at=at(5)), now=at(5))

    assert (first.pk, first.started_at) == (second.pk, second.started_at)
    assert Party.objects.count() == 1
    assert len(entries(act="call.declared")) == 1


def test_livekits_word_takes_the_place_of_what_was_declared(cast: Cast) -> None:
    wrong = replace(CALLER, phone_number="+15125550142", sip_call_id="SCL_mistyped")
    declared = declare(cast, wrong)
    hear(joined(caller()))

    call = Call.objects.get()
    assert call.pk == declared.pk
    assert not call.is_provisional
    assert call.sip_call_id == "SCL_PA_caller"
    assert call.started_at == at(0)
    assert call.direction == "inbound"
    assert call.room.name == room_info()["name"]
    party = Party.objects.get()
    assert party.number is not None
    assert party.number.e164 == "+493023125042"
    assert call.labels.get().value == "claims", "a label only the agent knows stays"


def test_a_mistyped_participant_is_known_by_its_sip_call(cast: Cast) -> None:
    declare(cast, replace(CALLER, sid="PA_mistyped"))
    hear(joined(caller()), left(caller(), 30))

    assert Party.objects.get().participant_sid == "PA_caller"
    assert Call.objects.get().ended_at == at(30), "nobody is left in it for ever"


def test_what_was_said_meanwhile_stays_on_the_call(cast: Cast) -> None:
    call = declare(cast)
    told = consent.Told(
        kind=ConsentRecord.Kind.GRANTED, occurred_at=at(2), party=call.parties.get()
    )
    consent.record(call=call, told=told, by=cast.service)

    hear(joined(caller()))

    record = ConsentRecord.objects.get()
    assert record.call.parties.get() == record.party
    assert not record.call.is_provisional


def test_after_the_webhook_a_declaration_tells_only_what_livekit_cannot(
    cast: Cast,
) -> None:
    hear(joined(caller(number="+15125550142")))
    call = declare(cast, replace(CALLER, joined_at=at(-50)))

    assert not call.is_provisional
    assert call.started_at == at(0)
    party = call.parties.get()
    assert party.number is not None
    assert party.number.e164 == "+15125550142"
    assert call.room.name == room_info()["name"]
    assert call.labels.get().value == "claims"


def test_a_call_that_livekit_never_told_of_ends_with_its_room(cast: Cast) -> None:
    declare(cast)
    hear(room_finished(60))

    call = Call.objects.get()
    assert (call.ended_at, call.is_provisional) == (at(60), True)


# whose call it is


def test_a_trunk_nobody_owns_is_no_ground(cast: Cast) -> None:
    with pytest.raises(declaration.UnknownTrunk):
        declare(cast, replace(CALLER, trunk_id="ST_nobodys"))
    assert not Room.objects.exists()


def test_an_agent_declares_for_its_own_teams_only(cast: Cast) -> None:
    with pytest.raises(Refused):
        declare(cast, replace(CALLER, trunk_id="ST_sales"))
    assert not Call.objects.exists()


def test_the_room_of_another_teams_call_is_shut(cast: Cast) -> None:
    hear(joined(caller(trunk="ST_sales")))

    for told in (CALLER, replace(CALLER, sid="PA_new", sip_call_id="SCL_new")):
        with pytest.raises(Refused):
            declare(cast, told)
    call = Call.objects.get()
    assert (call.team, call.parties.count()) == (cast.sales, 1)
    assert not call.labels.exists()


def test_what_was_agreed_on_a_wrong_declaration_does_not_count_for_another_team(
    cast: Cast,
) -> None:
    """The same ids, another team's trunk: LiveKit's call begins anew, nothing said."""
    declared = declare(cast)
    told = consent.Told(kind=ConsentRecord.Kind.GRANTED, occurred_at=at(2))
    consent.record(call=declared, told=told, by=cast.service)

    hear(joined(caller(trunk="ST_sales")))

    real = Call.objects.get(team=cast.sales)
    assert not real.consents.exists()
    assert real.sip_call_id == "SCL_PA_caller"
    assert not real.is_provisional
    declared.refresh_from_db()
    assert (declared.team, declared.consents.count()) == (cast.claims, 1)
    assert not declared.is_live


def test_a_declared_stranger_does_not_get_into_another_teams_call(cast: Cast) -> None:
    """Declared first, in a room that turns out to be another team's."""
    declare(cast, replace(CALLER, sid="PA_stranger", sip_call_id="SCL_strange"))
    hear(joined(caller(trunk="ST_sales", joins=2)))

    call = Call.objects.get()
    assert call.team == cast.sales
    assert [party.participant_sid for party in call.parties.all()] == ["PA_caller"]


def test_who_reaches_both_teams_is_told_of_the_contradiction(cast: Cast) -> None:
    grants.grant(
        person=cast.service, role=Role.SERVICE, by=None, now=at(-99), team=cast.sales
    )
    hear(joined(caller(trunk="ST_sales")))

    with pytest.raises(declaration.Contradicted):
        declare(cast, replace(CALLER, sid="PA_new", sip_call_id="SCL_new"))
    assert Party.objects.count() == 1


def test_a_wrong_call_with_a_pause_is_kept_apart(cast: Cast) -> None:
    declared = declare(cast)
    Pause.objects.create(
        call=declared, reason="card", asked_by=cast.service, ends_by=at(300)
    )
    hear(joined(caller(trunk="ST_sales")))

    assert Call.objects.get(team=cast.sales).pauses.count() == 0
    assert Call.objects.get(team=cast.claims).ended_at is not None
