"""Ask LiveKit to record, to stop, and what it is doing: synchronous, for worker code."""

from collections.abc import Awaitable
from typing import Protocol

from livekit import api
from livekit.protocol.egress import (
    AudioChannel,
    AudioConfig,
    AudioRoute,
    EgressStatus,
    MediaSource,
    Output,
    StartEgressRequest,
)
from livekit.protocol.models import ParticipantInfo

from recordings.livekit import errors, reading
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
    "Upload",
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


class Upload(Protocol):
    """Where LiveKit's recorder shall write, and with what; empty strings where not needed."""

    @property
    def bucket(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def endpoint(self) -> str: ...
    @property
    def force_path_style(self) -> bool: ...
    @property
    def access_key(self) -> str: ...
    @property
    def secret_key(self) -> str: ...
    @property
    def session_token(self) -> str: ...
    @property
    def role_arn(self) -> str: ...
    @property
    def external_id(self) -> str: ...


def start_recording(
    *,
    room_name: str,
    key: str,
    mixing: Mixing,
    upload: Upload | None,
    timeout_seconds: float = START_SECONDS,
) -> EgressFacts:
    """Start an audio-only OGG/Opus recording of a room into `key`.

    DUAL_CHANNEL_AGENT works only while layout and base URL stay empty; media routes are a
    call of their own (StartEgress), which older servers refuse as unsupported. `upload` None leaves the storage to the
    recorder's own configuration. Starts are not idempotent: have a row with the key first.

    Raises StartRefused (not recording) or StartUnclear (perhaps recording: find it by key).
    """
    output = _output(key, upload)

    def start(livekit: api.LiveKitAPI) -> Awaitable[api.EgressInfo]:
        if mixing is Mixing.CALLER_LEFT:
            return livekit.egress.start_egress(_routed(room_name, output))
        request = _composite(room_name, output, mixing)
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


def _output(key: str, upload: Upload | None) -> api.EncodedFileOutput:
    # The manifest would be a second object beside each recording, to be held and destroyed
    # with it, and it says nothing that the events do not say.
    output = api.EncodedFileOutput(
        file_type=api.EncodedFileType.OGG, filepath=key, disable_manifest=True
    )
    if upload is not None:
        output.s3.CopyFrom(_s3(upload))
    return output


def _composite(
    room_name: str, output: api.EncodedFileOutput, mixing: Mixing
) -> api.RoomCompositeEgressRequest:
    apart = mixing is Mixing.AGENT_LEFT
    kind = api.AudioMixing
    return api.RoomCompositeEgressRequest(
        room_name=room_name,
        audio_only=True,
        audio_mixing=kind.DUAL_CHANNEL_AGENT if apart else kind.DEFAULT_MIXING,
        file_outputs=[output],
    )


def _routed(room_name: str, file: api.EncodedFileOutput) -> StartEgressRequest:
    """Callers left, people right; an AI agent beside them speaks on the right as well."""
    of_kind = ParticipantInfo.Kind
    routes = [
        AudioRoute(participant_kind=kind, channel=channel)
        for kind, channel in (
            (of_kind.SIP, AudioChannel.AUDIO_CHANNEL_LEFT),
            (of_kind.STANDARD, AudioChannel.AUDIO_CHANNEL_RIGHT),
            (of_kind.AGENT, AudioChannel.AUDIO_CHANNEL_RIGHT),
        )
    ]
    output = Output()
    output.file.file_type = file.file_type
    output.file.filepath = file.filepath
    output.file.disable_manifest = True
    if file.HasField("s3"):
        output.storage.s3.CopyFrom(file.s3)
    media = MediaSource(audio=AudioConfig(routes=routes))
    return StartEgressRequest(room_name=room_name, media=media, outputs=[output])


def _s3(upload: Upload) -> api.S3Upload:
    return api.S3Upload(
        bucket=upload.bucket,
        region=upload.region,
        endpoint=upload.endpoint,
        force_path_style=upload.force_path_style,
        access_key=upload.access_key,
        secret=upload.secret_key,
        session_token=upload.session_token,
        assume_role_arn=upload.role_arn,
        assume_role_external_id=upload.external_id,
    )


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
