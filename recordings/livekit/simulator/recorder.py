"""The end of a simulated recording: what it says of itself, and what lies in the store."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import BinaryIO

from livekit.protocol.egress import (
    AudioMixing,
    EgressStatus,
    FileInfo,
)

from recordings.livekit.demo_audio import conversations
from recordings.livekit.facts import Mixing
from recordings.livekit.simulator import sound
from recordings.livekit.simulator.faults import Ending, ObjectFault
from recordings.livekit.simulator.world import Recording, Room, nanoseconds

_DEFAULT_SPEECH = "support_uk_parcel"
_NO_SIGNAL = "Start signal not received"
_FAILED = "recording ended early: connection to room failed"
_LIMIT = "Session limit reached"
# As Egress says it, also where there are no pictures.
_CONTENT_TYPES = {"ogg": "audio/ogg", "mp3": "audio/mpeg", "mp4": "video/mp4"}


def end(
    room: Room, recording: Recording, put: Callable[[str, BinaryIO, str], object]
) -> None:
    """Bring a recording to its end and put its file. Raises OSError if the store refuses."""
    ending = room.faults.ending
    if recording.active_at is None or ending is Ending.ABORTED:
        fail(recording, error=_NO_SIGNAL, code=412)
        recording.info.status = EgressStatus.EGRESS_ABORTED
        return
    if ending is Ending.FAILED:
        fail(recording, error=room.faults.error or _FAILED, code=503)
        return
    _write(room, recording, put)
    if ending is Ending.FAILED_WITH_FILE:
        fail(recording, error=room.faults.error or _FAILED, code=503)
    elif ending is Ending.LIMIT_REACHED:
        recording.info.status = EgressStatus.EGRESS_LIMIT_REACHED
        recording.info.error, recording.info.error_code = _LIMIT, 413
        recording.info.details = "End reason: Session limit reached"
    else:
        recording.info.status = EgressStatus.EGRESS_COMPLETE


def fail(recording: Recording, *, error: str, code: int) -> None:
    """Mark a recording as failed."""
    recording.info.status = EgressStatus.EGRESS_FAILED
    recording.info.error = error
    recording.info.error_code = code
    recording.info.details = "End reason: Failure"


def _write(
    room: Room, recording: Recording, put: Callable[[str, BinaryIO, str], object]
) -> None:
    speech_from = room.speech_from or recording.active_at or room.clock.now()
    started_at = max(recording.active_at or speech_from, speech_from)
    key = recording.key
    audio = _audio(room, recording, started_at - speech_from, speech_from)
    long_ms = sound.length_ms(audio)
    audio = sound.written_as(audio, recording.form)
    info = FileInfo(
        filename=key,
        started_at=nanoseconds(started_at),
        ended_at=nanoseconds(started_at + timedelta(milliseconds=long_ms)),
        duration=long_ms * 1_000_000,
        size=len(audio),
        location=f"https://recorder.invalid/{key}",
    )
    recording.info.file_results.append(info)
    recording.info.file.CopyFrom(info)
    left = _spoiled(audio, room.faults.object)
    if left is not None:
        put(key, io.BytesIO(left), _CONTENT_TYPES[recording.form])


def _audio(
    room: Room, recording: Recording, offset: timedelta, speech_from: datetime
) -> bytes:
    speech = room.speech or conversations()[_DEFAULT_SPEECH]
    heard_until = room.clock.now() - speech_from
    if room.faults.ending is Ending.FAILED_WITH_FILE:
        heard_until = (offset + heard_until) / 2
    from_ms = int(offset.total_seconds() * 1_000)
    to_ms = int(heard_until.total_seconds() * 1_000)
    return sound.record(
        speech,
        # A recording shorter than this holds no packet at all.
        from_ms=min(from_ms, speech.duration_ms - 1_000),
        to_ms=max(to_ms, from_ms + 200),
        mixing=_mixing(recording),
        has_agent=room.had_agent,
    )


def _mixing(recording: Recording) -> Mixing:
    if recording.is_routed:
        return Mixing.CALLER_LEFT
    apart = recording.composite.audio_mixing == AudioMixing.DUAL_CHANNEL_AGENT
    return Mixing.AGENT_LEFT if apart else Mixing.TOGETHER


def _spoiled(audio: bytes, fault: ObjectFault) -> bytes | None:
    """Return what is really left in the store; None for nothing."""
    if fault is ObjectFault.MISSING:
        return None
    return {
        ObjectFault.EMPTY: b"",
        ObjectFault.TRUNCATED: audio[: len(audio) // 2],
        ObjectFault.NOT_AUDIO: b"<html>502 Bad Gateway</html>".ljust(len(audio)),
        ObjectFault.LARGER: audio + b"\0" * 4_096,
    }.get(fault, audio)
