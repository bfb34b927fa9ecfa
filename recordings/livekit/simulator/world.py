"""What is in a simulated LiveKit: rooms, who is in them, and recordings."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from livekit.protocol import models
from livekit.protocol.egress import (
    EgressInfo,
    EgressSourceType,
    EgressStatus,
    EncodedFileOutput,
    EncodedFileType,
    FileOutput,
    RoomCompositeEgressRequest,
    S3Upload,
    StartEgressRequest,
)
from livekit.protocol.webhook import WebhookEvent

from recordings.livekit.demo_audio import Conversation
from recordings.livekit.simulator.clock import Clock
from recordings.livekit.simulator.faults import Faults

_RUNNING = (EgressStatus.EGRESS_STARTING, EgressStatus.EGRESS_ACTIVE)
_DEPENDENT = (models.ParticipantInfo.Kind.AGENT, models.ParticipantInfo.Kind.EGRESS)


def new_id(prefix: str) -> str:
    """Return an id as LiveKit makes them: a prefix and twelve letters."""
    return f"{prefix}_{uuid.uuid4().hex[:12]}"


def nanoseconds(moment: datetime) -> int:
    """Return an aware datetime as nanoseconds since 1970, without going through floats."""
    return milliseconds(moment) * 1_000_000


def milliseconds(moment: datetime) -> int:
    """Return an aware datetime as milliseconds since 1970."""
    return int(moment.timestamp()) * 1_000 + moment.microsecond // 1_000


@dataclass
class Recording:
    """One egress, as the server keeps it; `as_started` is the answer to its start."""

    info: EgressInfo
    as_started: EgressInfo
    request: RoomCompositeEgressRequest | StartEgressRequest
    active_at: datetime | None = None
    forgotten: bool = False

    @property
    def id(self) -> str:
        """Return the egress id."""
        return self.info.egress_id

    @property
    def form(self) -> str:
        """Say which kind of file was asked for: `ogg`, `mp3` or `mp4`."""
        return form_of(self.request)

    @property
    def key(self) -> str:
        """Return where the file was asked for."""
        return file_of(self.request).filepath

    @property
    def is_routed(self) -> bool:
        """Say whether media routes were asked for."""
        return isinstance(self.request, StartEgressRequest)

    @property
    def composite(self) -> RoomCompositeEgressRequest:
        """Return the request, where it is one for a room composite."""
        assert isinstance(self.request, RoomCompositeEgressRequest)  # noqa: S101
        return self.request

    def is_starting(self) -> bool:
        """Say whether it has heard nothing yet."""
        return self.info.status == EgressStatus.EGRESS_STARTING

    @property
    def is_running(self) -> bool:
        """Say whether it is starting or active."""
        return self.info.status in _RUNNING


def file_of(
    request: RoomCompositeEgressRequest | StartEgressRequest,
) -> EncodedFileOutput | FileOutput:
    """Return the file that a request asks for."""
    if isinstance(request, StartEgressRequest):
        return request.outputs[0].file
    return request.file_outputs[0] if request.file_outputs else request.file


def form_of(request: RoomCompositeEgressRequest | StartEgressRequest) -> str:
    """Return which kind of file that is; sound alone becomes OGG unless one says so."""
    kinds = {EncodedFileType.MP3: "mp3", EncodedFileType.MP4: "mp4"}
    return kinds.get(file_of(request).file_type, "ogg")


@dataclass
class Room:
    """A room. `speech` begins at `speech_from`: what a recorder in it would hear.

    `had_agent`: an AI agent has been in it; only such a voice is ever put to the left.
    """

    info: models.Room
    clock: Clock
    faults: Faults
    participants: dict[str, models.ParticipantInfo] = field(default_factory=dict)
    recordings: list[Recording] = field(default_factory=list)
    speech: Conversation | None = None
    speech_from: datetime | None = None
    starts_asked: int = 0
    held_back: list[WebhookEvent] = field(default_factory=list)
    had_agent: bool = False
    closed: bool = False

    @property
    def sid(self) -> str:
        """Return the room's sid, which is never given twice."""
        return self.info.sid

    @property
    def people(self) -> int:
        """Count them as LiveKit does: an agent or a recorder does not keep a room open."""
        return sum(one.kind not in _DEPENDENT for one in self.participants.values())


def new_room(name: str, *, clock: Clock, faults: Faults) -> Room:
    """Return an open room as LiveKit describes it, its TURN password included."""
    now = clock.now()
    info = models.Room(
        sid=new_id("RM"),
        name=name,
        empty_timeout=300,
        departure_timeout=20,
        creation_time=int(now.timestamp()),
        creation_time_ms=milliseconds(now),
        turn_password=uuid.uuid4().hex,
    )
    return Room(info=info, clock=clock, faults=faults)


def new_recording(
    room: Room, request: RoomCompositeEgressRequest | StartEgressRequest
) -> Recording:
    """Return a recording that is starting, with the redacted copy of its request."""
    now = nanoseconds(room.clock.now())
    info = EgressInfo(
        egress_id=new_id("EG"),
        room_id=room.sid,
        room_name=room.info.name,
        source_type=EgressSourceType.EGRESS_SOURCE_TYPE_SDK
        if _by_sdk(request)
        else EgressSourceType.EGRESS_SOURCE_TYPE_WEB,
        status=EgressStatus.EGRESS_STARTING,
        started_at=now,
        updated_at=now,
    )
    if isinstance(request, StartEgressRequest):
        info.egress.CopyFrom(request)
        for output in info.egress.outputs:
            _redact(output.storage.s3)
    else:
        info.room_composite.CopyFrom(_redacted(request))
    as_started = EgressInfo()
    as_started.CopyFrom(info)
    return Recording(info=info, as_started=as_started, request=request)


def _by_sdk(request: RoomCompositeEgressRequest | StartEgressRequest) -> bool:
    """A browser records as soon as a layout or page is named, and mixes both sides."""
    if isinstance(request, StartEgressRequest):
        return True
    return bool(
        request.audio_only and not request.layout and not request.custom_base_url
    )


def _redacted(request: RoomCompositeEgressRequest) -> RoomCompositeEgressRequest:
    copy = RoomCompositeEgressRequest()
    copy.CopyFrom(request)
    for output in [*copy.file_outputs, copy.file]:
        _redact(output.s3)
    return copy


def _redact(upload: S3Upload) -> None:
    for secret in ("access_key", "secret", "session_token"):
        if getattr(upload, secret):
            setattr(upload, secret, "{" + secret + "}")
