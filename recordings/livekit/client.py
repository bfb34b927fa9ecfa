"""Ask LiveKit to record, to stop, and what it is doing: synchronous, for worker code."""

from collections.abc import Awaitable

from livekit import api
from livekit.protocol.egress import EgressStatus

from recordings.livekit import egress_requests, errors, reading
from recordings.livekit.calling import call, json_of
from recordings.livekit.errors import (
    AlreadyEnded,
    EgressUnknown,
    LiveKitError,
    LiveKitUnavailable,
    Refusal,
    StartRefused,
    StartUnclear,
)
from recordings.livekit.facts import (
    EgressFacts,
    Mixing,
    ParticipantFacts,
    RoomFacts,
    RunningFacts,
)

__all__ = [
    "AlreadyEnded",
    "EgressUnknown",
    "LiveKitError",
    "LiveKitUnavailable",
    "Refusal",
    "StartRefused",
    "StartUnclear",
    "find",
    "live_room",
    "participants",
    "rooms",
    "running",
    "start_recording",
    "stop",
]

# LiveKit itself tries up to three workers with growing waits before it gives up.
START_SECONDS = 75.0
_MOST_PAGES = 100
_STATUS_WORDS = {
    number: word if number else "" for word, number in EgressStatus.items()
}
"""As in JSON, where zero is left out."""


def start_recording(
    *,
    room_name: str,
    key: str,
    mixing: Mixing,
    upload: egress_requests.Upload | None,
    timeout_seconds: float = START_SECONDS,
) -> EgressFacts:
    """Start an audio-only recording of a room into `key`, whose ending says as what:
    `.ogg` (Opus), `.mp3` or `.mp4` (AAC).

    Media routes are a call of their own (StartEgress), which older servers refuse as
    unsupported. `upload` None leaves the storage to the recorder's own settings. Starts
    are not idempotent: have a row with the key first.

    Raises StartRefused (not recording) or StartUnclear (perhaps recording: find it by key).
    """
    output = egress_requests.output(key, upload)

    def start(livekit: api.LiveKitAPI) -> Awaitable[api.EgressInfo]:
        if mixing is Mixing.CALLER_LEFT:
            routed = egress_requests.routed(room_name, output)
            return livekit.egress.start_egress(routed)
        request = egress_requests.composite(room_name, output, mixing)
        return livekit.egress.start_room_composite_egress(request)

    try:
        info = call(api.VideoGrants(room_record=True), start, timeout_seconds)
    except errors.TRANSPORT_FAULTS as error:
        raise errors.of_start(error) from error
    if not info.egress_id:
        raise StartUnclear("an answer without an egress id")
    return _egress(info)


def stop(egress_id: str) -> EgressFacts:
    """Ask for the end of a recording; its file comes later, with the end event.

    Raises EgressUnknown, AlreadyEnded or LiveKitUnavailable (also: its worker is dead).
    """
    request = api.StopEgressRequest(egress_id=egress_id)
    try:
        info = call(
            api.VideoGrants(room_record=True),
            lambda livekit: livekit.egress.stop_egress(request),
        )
    except errors.TRANSPORT_FAULTS as error:
        raise errors.of_stop(error) from error
    return _egress(info)


def find(
    *, egress_id: str | None = None, room_name: str | None = None
) -> list[EgressFacts]:
    """List the recordings LiveKit remembers; an id it has forgotten gives an empty list.

    With an id LiveKit ignores the room. Raises LiveKitUnavailable.
    """
    request = api.ListEgressRequest(
        egress_id=egress_id or "", room_name=room_name or ""
    )
    try:
        found = _listed(request)
    except errors.TRANSPORT_FAULTS as error:
        if isinstance(error, api.ServerError) and error.code == "not_found":
            return []
        raise errors.of_question(error) from error
    return [_egress(info) for info in found]


def running() -> list[RunningFacts]:
    """List every recording that has not ended, in all rooms. Raises LiveKitUnavailable."""
    try:
        found = _listed(api.ListEgressRequest(active=True))
    except errors.TRANSPORT_FAULTS as error:
        raise errors.of_question(error) from error
    return [
        RunningFacts(
            egress_id=info.egress_id,
            room_sid=info.room_id,
            status_raw=_STATUS_WORDS.get(info.status, str(info.status)),
        )
        for info in found
    ]


def _listed(request: api.ListEgressRequest) -> list[api.EgressInfo]:
    grant = api.VideoGrants(room_record=True)
    return call(grant, lambda livekit: _pages(livekit, request))


def live_room(name: str) -> RoomFacts | None:
    """Return the room of this name that is open now, or None. Raises LiveKitUnavailable."""
    return next((room for room in _rooms(name) if room.name == name), None)


def rooms() -> list[RoomFacts]:
    """List every room that is open now. Raises LiveKitUnavailable."""
    return _rooms()


def _rooms(*names: str) -> list[RoomFacts]:
    request = api.ListRoomsRequest(names=names)
    try:
        answer = call(
            api.VideoGrants(room_list=True),
            lambda livekit: livekit.room.list_rooms(request),
        )
    except errors.TRANSPORT_FAULTS as error:
        raise errors.of_question(error) from error
    return [_room(room) for room in answer.rooms]


def participants(room_name: str) -> list[ParticipantFacts]:
    """List who is in a room now; nobody once it has closed. Raises LiveKitUnavailable."""
    request = api.ListParticipantsRequest(room=room_name)
    try:
        answer = call(
            api.VideoGrants(room_admin=True, room=room_name),
            lambda livekit: livekit.room.list_participants(request),
        )
    except errors.TRANSPORT_FAULTS as error:
        if isinstance(error, api.ServerError) and error.code == "not_found":
            return []
        raise errors.of_question(error) from error
    found = [reading.participant(json_of(one)) for one in answer.participants]
    return [one for one in found if one is not None]


async def _pages(
    livekit: api.LiveKitAPI, request: api.ListEgressRequest
) -> list[api.EgressInfo]:
    """Read every page; only LiveKit Cloud has more than one."""
    found: list[api.EgressInfo] = []
    for _page in range(_MOST_PAGES):
        answer = await livekit.egress.list_egress(request)
        found += answer.items
        if not answer.next_page_token.token:
            break
        request.page_token.CopyFrom(answer.next_page_token)
    return found


def _room(info: api.Room) -> RoomFacts:
    """Without the way over JSON: lists of rooms are long."""
    milliseconds = info.creation_time_ms or info.creation_time * 1_000
    return RoomFacts(
        sid=info.sid,
        name=info.name,
        created_at=reading.moment(milliseconds * 1_000),
        has_recorder=info.active_recording,
        people=info.num_participants,
    )


def _egress(info: api.EgressInfo) -> EgressFacts:
    return reading.egress(json_of(info)) or EgressFacts()
