"""What LiveKit is asked for when a recording starts: two kinds of request, one file."""

from typing import Protocol

from livekit import api
from livekit.protocol.egress import (
    AudioChannel,
    AudioConfig,
    AudioRoute,
    MediaSource,
    Output,
    StartEgressRequest,
)
from livekit.protocol.models import ParticipantInfo

from recordings.livekit.facts import Mixing

_FILE_TYPES = {
    "ogg": api.EncodedFileType.OGG,
    "mp3": api.EncodedFileType.MP3,
    "mp4": api.EncodedFileType.MP4,
}


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


def output(key: str, upload: Upload | None) -> api.EncodedFileOutput:
    """The file: its key, whose ending says as what, and where, None as Egress is set."""
    # The manifest would be a second object beside each recording, to be held and destroyed
    # with it, and it says nothing that the events do not say.
    output = api.EncodedFileOutput(
        file_type=_FILE_TYPES[key.rpartition(".")[2]],
        filepath=key,
        disable_manifest=True,
    )
    if upload is not None:
        output.s3.CopyFrom(_s3(upload))
    return output


def composite(
    room_name: str, output: api.EncodedFileOutput, mixing: Mixing
) -> api.RoomCompositeEgressRequest:
    """The whole room. Layout and base URL stay empty: DUAL_CHANNEL_AGENT wants it so."""
    apart = mixing is Mixing.AGENT_LEFT
    kind = api.AudioMixing
    return api.RoomCompositeEgressRequest(
        room_name=room_name,
        audio_only=True,
        audio_mixing=kind.DUAL_CHANNEL_AGENT if apart else kind.DEFAULT_MIXING,
        file_outputs=[output],
    )


def routed(room_name: str, file: api.EncodedFileOutput) -> StartEgressRequest:
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
