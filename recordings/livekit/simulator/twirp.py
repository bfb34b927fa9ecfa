"""The calls that a portal makes to LiveKit, answered by the simulator.

Answers and refusals are worded as livekit-server v1.13.5 words them (compared with the real
one in tests/contract).
"""

from collections.abc import Callable
from typing import Any

from google.protobuf.message import DecodeError, Message
from livekit.protocol.egress import (
    EgressStatus,
    ListEgressRequest,
    ListEgressResponse,
    RoomCompositeEgressRequest,
    StartEgressRequest,
    StopEgressRequest,
)
from livekit.protocol.room import (
    ListParticipantsRequest,
    ListParticipantsResponse,
    ListRoomsRequest,
    ListRoomsResponse,
    UpdateParticipantRequest,
)
from livekit.protocol.sip import (
    ListSIPInboundTrunkRequest,
    ListSIPInboundTrunkResponse,
    ListSIPOutboundTrunkRequest,
    ListSIPOutboundTrunkResponse,
    SIPInboundTrunkInfo,
    SIPMediaEncryption,
)

from recordings.livekit.simulator.core import Simulator
from recordings.livekit.simulator.faults import StartFault
from recordings.livekit.simulator.trunks import DEMO_TRUNKS, DemoTrunk
from recordings.livekit.simulator.world import form_of

_PAGE = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
_LONGEST_SILENCE_SECONDS = 180.0


class Refused(Exception):
    """A Twirp error."""

    def __init__(self, code: str, text: str) -> None:
        """Keep the code; `text` is what LiveKit says."""
        super().__init__(text)
        self.code = code


class NoAnswer(Exception):
    """The connection is to be dropped, or a proxy's page sent, instead of an answer."""

    def __init__(self, page: bytes = b"") -> None:
        """Send `page` with status 502, or nothing at all."""
        super().__init__()
        self.page = page


class Twirp:
    """The calls a portal makes, as functions from request to answer."""

    def __init__(self, simulator: Simulator) -> None:
        """Answer for one simulator."""
        self._simulator = simulator
        self.methods: dict[str, tuple[type[Message], str, Callable[[Any], Message]]] = {
            "Egress/StartRoomCompositeEgress": (
                RoomCompositeEgressRequest,
                "roomRecord",
                self._start,
            ),
            "Egress/StartEgress": (StartEgressRequest, "roomRecord", self._start),
            "Egress/StopEgress": (StopEgressRequest, "roomRecord", self._stop),
            "Egress/ListEgress": (ListEgressRequest, "roomRecord", self._list),
            "RoomService/ListRooms": (ListRoomsRequest, "roomList", self._rooms),
            "RoomService/ListParticipants": (
                ListParticipantsRequest,
                "roomAdmin",
                self._participants,
            ),
            "RoomService/UpdateParticipant": (
                UpdateParticipantRequest,
                "roomAdmin",
                self._update,
            ),
            "SIP/ListSIPInboundTrunk": (
                ListSIPInboundTrunkRequest,
                "sipAdmin",
                lambda request: ListSIPInboundTrunkResponse(
                    items=map(_inbound, DEMO_TRUNKS)
                ),
            ),
            "SIP/ListSIPOutboundTrunk": (
                ListSIPOutboundTrunkRequest,
                "sipAdmin",
                lambda request: ListSIPOutboundTrunkResponse(),
            ),
        }

    def answer(self, method: str, grants: dict[str, Any], body: bytes) -> Message:
        """Answer one call. Raises Refused or NoAnswer."""
        if method not in self.methods:
            raise Refused("bad_route", f"no handler for path {method!r}")
        kind, grant, handle = self.methods[method]
        request = kind()
        try:
            request.ParseFromString(body)
        except DecodeError as error:
            raise Refused(
                "malformed", "the protobuf request could not be decoded"
            ) from error
        wrong_room = grant == "roomAdmin" and grants.get("room") != getattr(
            request, "room", None
        )
        if grants.get(grant) is not True or wrong_room:
            raise Refused("unauthenticated", "permissions denied")
        return handle(request)

    def _start(
        self, request: RoomCompositeEgressRequest | StartEgressRequest
    ) -> Message:
        room = self._simulator.live_room(request.room_name)
        if room is None:
            raise Refused(
                "not_found", "twirp error unknown: requested room does not exist"
            )
        with self._simulator.changed:
            room.starts_asked += 1
            self._simulator.changed.notify_all()
        spared = room.starts_asked > room.faults.start_times
        fault = StartFault.NONE if spared else room.faults.start
        if fault is StartFault.OGG_ALONE:
            if form_of(request) != "ogg":
                raise Refused("invalid_argument", "request has missing or bad format")
            fault = StartFault.NONE
        recording = self._simulator.start(room, request) if fault.starts else None
        self._play(fault)
        if recording is None:
            raise Refused("unavailable", "no response from servers")
        return recording.as_started

    def _play(self, fault: StartFault) -> None:
        if fault is StartFault.ROOM_GONE:
            raise Refused(
                "not_found", "twirp error unknown: requested room does not exist"
            )
        if fault is StartFault.DEADLINE_STARTED:
            raise Refused("deadline_exceeded", "request timed out")
        if fault in (StartFault.PROXY_PAGE, StartFault.PROXY_PAGE_STARTED):
            raise NoAnswer(_PAGE)
        if fault in (StartFault.SILENCE, StartFault.SILENCE_STARTED):
            self._simulator.stopping.wait(_LONGEST_SILENCE_SECONDS)
            raise NoAnswer
        if fault is StartFault.ANSWER_LOST_STARTED:
            raise NoAnswer

    def _stop(self, request: StopEgressRequest) -> Message:
        found = self._simulator.find(request.egress_id)
        if found is None:
            raise Refused("not_found", "twirp error unknown: egress does not exist")
        room, recording = found
        if not recording.is_running:
            name = EgressStatus.Name(recording.info.status)
            text = f"twirp error unknown: egress with status {name} cannot be stopped"
            raise Refused("failed_precondition", text)
        if room.faults.zombie:
            raise Refused("deadline_exceeded", "request timed out")
        self._simulator.stop(room, recording)
        return recording.info

    def _list(self, request: ListEgressRequest) -> Message:
        if request.egress_id:
            found = self._simulator.find(request.egress_id)
            if found is None:
                raise Refused("not_found", "twirp error unknown: egress does not exist")
            return ListEgressResponse(items=[found[1].info])
        running = EgressStatus.EGRESS_COMPLETE
        return ListEgressResponse(
            items=[
                recording.info
                for room, recording in self._simulator.recordings()
                if request.room_name in ("", room.info.name)
                and not (request.active and recording.info.status >= running)
            ]
        )

    def _rooms(self, request: ListRoomsRequest) -> Message:
        rooms = [room.info for room in self._simulator.rooms if not room.closed]
        wanted = [
            room for room in rooms if not request.names or room.name in request.names
        ]
        return ListRoomsResponse(rooms=wanted)

    def _participants(self, request: ListParticipantsRequest) -> Message:
        room = self._simulator.live_room(request.room)
        people = list(room.participants.values()) if room else []
        return ListParticipantsResponse(participants=people)

    def _update(self, request: UpdateParticipantRequest) -> Message:
        room = self._simulator.live_room(request.room)
        person = room.participants.get(request.identity) if room else None
        if person is None:
            raise Refused("not_found", "participant does not exist")
        with self._simulator.changed:
            for name, value in request.attributes.items():
                person.attributes[name] = value
            self._simulator.changed.notify_all()
        return person


def _inbound(trunk: DemoTrunk) -> SIPInboundTrunkInfo:
    """A line of the demo as somebody careful would set it up."""
    return SIPInboundTrunkInfo(
        sip_trunk_id=trunk.id,
        numbers=[trunk.number],
        allowed_addresses=["192.0.2.0/24"],
        media_encryption=SIPMediaEncryption.SIP_MEDIA_ENCRYPT_REQUIRE,
    )
