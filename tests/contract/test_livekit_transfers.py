"""People come, hand over, drop out and come back in a real livekit-server's rooms.

Its own webhooks drive the running portal; only Egress is simulated, beside it.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import transaction
from livekit.protocol.models import ParticipantInfo
from pytest_django import Settings

from compliance.models import Level
from recordings.livekit.simulator import Scenario
from recordings.models import Alert, Call, LiveKitEvent, Party, Recording
from tests.cast import Cast
from tests.contract.egress_beside import egress_beside
from tests.contract.livekits import Portal, Real
from tests.factories.compliance import RetentionPolicyFactory
from tests.factories.recordings import TrunkFactory
from tests.journeys.product import Product, run
from tests.services import LiveKitServer
from tests.waiting import until

ROOM = "sales-0815"
TRUNK = "ST_transfers"
SCENARIO = Scenario(trunk_id=TRUNK, caller_number=None)
BLUR = timedelta(seconds=1)
"""LiveKit tells in whole seconds when somebody left."""
State = Recording.State
Role = Party.Role


@pytest.fixture
def livekit(
    transactional_db: None,
    cast: Cast,
    settings: Settings,
    tmp_path: Path,
    livekit_server: Callable[[str], LiveKitServer],
) -> Iterator[Real]:
    """The server, with the portal running; sales, where nobody needs to be told."""
    team = cast.sales
    team.seat, team.fallback_level = "US-TX", Level.ONE_PARTY
    with transaction.atomic():
        team.save()
        TrunkFactory.create(livekit_id=TRUNK, team=team)
        RetentionPolicyFactory.create(team=team)
    settings.LIVEKIT_SIMULATOR = True
    servers: list[LiveKitServer] = []
    with ExitStack() as stack:

        def start(webhook_url: str) -> LiveKitServer:
            real = livekit_server(webhook_url)
            servers.append(real)
            settings.LIVEKIT_URL = real.url
            settings.LIVEKIT_API_KEYS = {real.api_key: real.api_secret}
            beside = egress_beside(
                real, portal_url=webhook_url, media=tmp_path / "media"
            )
            return stack.enter_context(beside)

        product: Product = stack.enter_context(run(tmp_path, cast, livekit=start))
        assert product.livekit_url != servers[0].url
        yield Real(servers[0], Portal())


def come(livekit: Real, person: ParticipantInfo) -> Callable[[], None]:
    """Somebody joins, and the portal has heard of it; what is returned leaves."""
    before = Party.objects.count()
    leave = livekit.call(ROOM, person)
    until(lambda: Party.objects.count() == before + 1)
    return leave


def present(moment: datetime | None) -> datetime:
    assert moment is not None
    return moment


def stays(role: Role) -> list[Party]:
    """The stays of everybody of that role, the first first."""
    return list(Party.objects.filter(role=role).order_by("joined_at"))


def is_gone(role: Role) -> bool:
    return all(party.left_at for party in stays(role))


def is_recorded(call: Call, *, part: int = 1) -> bool:
    return call.recordings.filter(state=State.RECORDING, part=part).exists()


def settled() -> bool:
    waiting = LiveKitEvent.objects.exclude(state="applied").exists()
    open_parts = Recording.objects.exclude(state=State.AVAILABLE).exists()
    return not waiting and not open_parts


def test_a_transfer_a_caller_who_drops_out_and_comes_back_and_the_room_again(
    livekit: Real, cast: Cast
) -> None:
    caller, agent = SCENARIO.caller(), SCENARIO.answering()
    hang_up = come(livekit, caller)
    agent_leaves = come(livekit, agent)
    call = Call.objects.get()
    until(lambda: is_recorded(call))

    # one leaves while another joins
    colleague_leaves = come(livekit, SCENARIO.colleague())
    agent_leaves()
    until(lambda: is_gone(Role.AGENT))
    call.refresh_from_db()
    assert call.is_live
    assert is_recorded(call), "a transfer is no end of a recording"

    # the line drops, and the carrier brings the same call back
    hang_up()
    until(Call.objects.filter(ended_by=Call.EndedBy.TOLD).exists)
    hang_up = come(livekit, caller)
    until(lambda: is_recorded(call, part=2))
    assert Call.objects.get() == call, "it is the same call still"

    hang_up()
    colleague_leaves()
    until(LiveKitEvent.objects.filter(name="room_finished", state="applied").exists)
    until(settled)

    call.refresh_from_db()
    first, second = stays(Role.CALLER)
    (agents,), (colleagues,) = stays(Role.AGENT), stays(Role.STAFF)
    everybody = (first, second, agents, colleagues)
    assert call.ended_by == Call.EndedBy.TOLD
    assert abs(call.started_at - present(first.joined_at)) < BLUR
    assert abs(present(call.ended_at) - present(second.left_at)) < BLUR
    for party in everybody:
        assert party.call == call
        assert present(party.joined_at) <= present(party.left_at) + BLUR
        assert party.gone_at is None, "LiveKit told of each end itself"
    assert present(colleagues.joined_at) <= present(agents.left_at) + BLUR
    assert present(first.left_at) <= present(second.joined_at) + BLUR
    assert present(second.left_at) <= present(colleagues.left_at) + BLUR
    assert {first.participant_sid} != {second.participant_sid}
    assert first.sip_call_id == second.sip_call_id == call.sip_call_id
    assert [part.part for part in call.recordings.order_by("part")] == [1, 2]

    # another call under the same name, once the room was closed
    hang_up = come(livekit, SCENARIO.caller())
    until(lambda: Call.objects.count() == 2)
    other = Call.objects.exclude(id=call.id).get()
    until(lambda: is_recorded(other))
    assert other.room_id != call.room_id
    assert other.room.name == call.room.name == ROOM
    assert other.parties.count() == 1
    hang_up()
    until(lambda: Call.objects.filter(ended_at=None).count() == 0)
    until(settled)
    call.refresh_from_db()
    assert (call.ended_at, call.parties.count()) == (second.left_at, 4)
    # a second of the demo's speech may hold one voice alone
    assert not Alert.objects.exclude(kind=Alert.Kind.SILENT_SIDE).exists()


def test_an_attended_transfer_to_another_line_is_one_call(livekit: Real) -> None:
    """A second SIP party joins before the first leaves: a warm transfer to outside."""
    first_leaves = come(livekit, SCENARIO.caller())
    call = Call.objects.get()
    second = Scenario(trunk_id=TRUNK, caller_number="+15125550142", inbound=False)
    second_leaves = come(livekit, second.caller())
    first_leaves()
    until(lambda: Party.objects.exclude(left_at=None).count() == 1)
    call.refresh_from_db()
    assert call.is_live
    second_leaves()
    until(Call.objects.filter(ended_by=Call.EndedBy.TOLD).exists)
    until(settled)

    call = Call.objects.get()
    before, after = stays(Role.CALLER)
    assert (before.call, after.call) == (call, call)
    assert call.sip_call_id == before.sip_call_id, "it keeps who it was opened by"
    assert abs(present(call.ended_at) - present(after.left_at)) < BLUR
    assert present(before.left_at) <= present(after.left_at)
