"""The frames of the first audio track of a file, for whoever measures or copies it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

import av
import av.error
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer

from recordings.audio.source import AudioSource

CONTAINERS = "ogg,mov,mp3,wav,flac,aac,matroska"
"""Only these are opened: playlists and the like could name other files or hosts."""


@dataclass
class Track:
    """An audio track while it is decoded; what went wrong is known once it was read."""

    container: str
    codec: str
    frames: Iterator[AudioFrame] = field(default_factory=lambda: iter(()))
    damaged: int = 0
    broke_off: bool = False


@contextmanager
def decoded(source: AudioSource) -> Iterator[Track]:
    """Open the first audio track; one without frames where there is none.

    Raises FFmpegError if it cannot begin.
    """
    opened = av.open(source, options={"format_whitelist": CONTAINERS})
    with cast(InputContainer, opened) as container:
        tracks = container.streams.audio
        if not tracks:
            yield Track("", "")
            return
        name = _plain(container.format.name)
        track = Track(name, tracks[0].codec_context.name)
        track.frames = _frames(container, tracks[0], track)
        yield track


def _plain(names: str) -> str:
    """libav tells of MP4 by all the names of its family, `mov,mp4,m4a,…`."""
    every = names.split(",")
    return "mp4" if "mp4" in every else every[0]


def _frames(
    container: InputContainer, stream: AudioStream, track: Track
) -> Iterator[AudioFrame]:
    """Every frame that can be decoded; what cannot is counted, not fatal."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except av.error.FFmpegError:
            track.broke_off = True
            return
        if packet is None:
            return
        try:
            yield from packet.decode()
        except av.error.EOFError:
            return
        except av.error.FFmpegError:
            track.damaged += 1
