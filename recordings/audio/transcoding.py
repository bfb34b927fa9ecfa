"""Another file of the same sound: for a browser that cannot play the first, or as WAV.

It goes frame by frame, so hours need no more memory than minutes. The two sides of a
call stay apart: encoders are told not to code what both have in common, for then one
side is faintly heard on the other.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import cast

import av
import av.error
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream

from recordings.audio.decoding import decoded
from recordings.audio.source import AudioSource, Readable

TELLS_EVERY_SECONDS = 5
"""Of sound: how often it is told how far it is."""


@dataclass(frozen=True)
class Encoding:
    """What a file of this form is made with. `bits` a second and channel; 0: as it is."""

    codec: str
    bits: int = 0
    options: dict[str, str] = field(default_factory=dict)
    container: dict[str, str] = field(default_factory=dict)


ENCODINGS = {
    "mp4": Encoding(
        "aac",
        bits=48_000,
        options={"aac_ms": "0", "aac_is": "0", "aac_coder": "fast"},
        # its index in front, so that it plays before all of it is there
        container={"movflags": "+faststart"},
    ),
    "mp3": Encoding(
        "libmp3lame",
        bits=48_000,
        options={"joint_stereo": "0", "compression_level": "7"},
    ),
    # from 4 GB on it says so in a way that most tools know (RF64)
    "wav": Encoding("pcm_s16le", container={"rf64": "auto"}),
}
"""By the ending of the file."""


class CannotBeRead(Exception):
    """There is no sound in the original that could be written anew."""


def transcode(
    stream: Readable,
    target: Path,
    *,
    form: str,
    tell: Callable[[int], None] = lambda _ms: None,
) -> None:
    """Write the first audio track of the stream into `target`, a new file.

    form: a key of ENCODINGS. `tell` is called with the ms of sound that are done; what
    it raises ends the work. Raises CannotBeRead; an error of the stream itself passes
    through unchanged.
    """
    with AudioSource(stream) as source:
        try:
            with decoded(source) as track:
                _write(track.frames, target, form, tell)
        except av.error.FFmpegError as error:
            source.finish()
            raise CannotBeRead("It cannot be read as audio.") from error
        source.finish()


def _write(
    frames: Iterator[AudioFrame], target: Path, form: str, tell: Callable[[int], None]
) -> None:
    first = next(frames, None)
    if first is None:
        raise CannotBeRead("There is no sound in it.")
    chosen, rate = ENCODINGS[form], first.sample_rate
    layout = "mono" if first.layout.nb_channels == 1 else "stereo"
    options = chosen.container
    with av.open(str(target), "w", format=form, container_options=options) as output:
        codec, told_options = chosen.codec, chosen.options
        stream = output.add_stream(codec, rate, layout=layout, options=told_options)
        track = cast(AudioStream, stream)
        if chosen.bits:
            track.bit_rate = chosen.bits * (1 if layout == "mono" else 2)
        done = told = 0
        for frame in chain([first], frames):
            frame.pts, frame.time_base = done, Fraction(1, rate)
            output.mux(track.encode(frame))
            done += frame.samples
            if done - told >= TELLS_EVERY_SECONDS * rate:
                told = done
                tell(done * 1000 // rate)
        output.mux(track.encode(None))
