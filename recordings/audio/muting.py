"""A copy of a recording in which others are not heard: silence, sample by sample.

One channel is kept alone, or all of them; stretches are silenced on what is kept. What
is silent is zero in the file, too, for FLAC keeps every sample: nothing is left to be
brought back. It goes frame by frame, so hours need no more memory than minutes.
"""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import cast

import av
import av.error
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream

from recordings.audio.decoding import decoded
from recordings.audio.source import AudioSource, Readable
from recordings.audio.transcoding import CannotBeRead

FORM = "flac"
SAMPLE_BYTES = 2
TELLS_EVERY_SECONDS = 5
"""Of sound: how often it is told that the work goes on."""
Ranges = Sequence[tuple[int, int]]


def mute(
    stream: Readable,
    target: Path,
    *,
    keep: int | None,
    ranges: Ranges = (),
    tell: Callable[[], None] = lambda: None,
) -> None:
    """Write what may be heard of the stream into `target`, a new FLAC file.

    keep: the channel that alone is kept; None for all. ranges: stretches in ms, from and
    to, that are silenced. tell: called while the work goes on; what it raises ends it.
    Raises CannotBeRead, also where there is no such channel; an error of the stream
    itself passes through unchanged.
    """
    with AudioSource(stream) as source:
        try:
            with decoded(source) as track:
                _write(track.frames, target, keep, ranges, tell)
        except av.error.FFmpegError as error:
            source.finish()
            raise CannotBeRead("It cannot be read as audio.") from error
        source.finish()


def _write(
    frames: Iterator[AudioFrame],
    target: Path,
    keep: int | None,
    ranges: Ranges,
    tell: Callable[[], None],
) -> None:
    first = next(frames, None)
    if first is None:
        raise CannotBeRead("There is no sound in it.")
    rate, layout = first.sample_rate, first.layout.name
    planar = AudioResampler(format="s16p", layout=layout, rate=rate)
    kept_layout = layout if keep is None else "mono"
    cuts = [(ms * rate // 1000, -(-end * rate // 1000)) for ms, end in ranges]
    with av.open(str(target), "w", format=FORM) as output:
        stream = output.add_stream(FORM, rate, layout=kept_layout)
        track = cast(AudioStream, stream)
        done = told = 0
        for frame in _even(chain([first], frames), planar):
            heard = _kept(frame, keep, done, cuts)
            heard.pts, heard.time_base = done, Fraction(1, rate)
            output.mux(track.encode(heard))
            done += frame.samples
            if done - told >= TELLS_EVERY_SECONDS * rate:
                told = done
                tell()
        output.mux(track.encode(None))


def _even(frames: Iterator[AudioFrame], planar: AudioResampler) -> Iterator[AudioFrame]:
    """All of them as 16 bit, each channel by itself, at one rate."""
    for frame in frames:
        frame.pts = None
        yield from planar.resample(frame)
    yield from planar.resample(None)


def _kept(
    frame: AudioFrame, keep: int | None, at: int, cuts: Sequence[tuple[int, int]]
) -> AudioFrame:
    """The channels that are kept, with zeros in the stretches. at: samples before it."""
    planes = list(frame.planes)
    if keep is not None:
        if keep >= len(planes):
            raise CannotBeRead("There is no such channel.")
        planes = [planes[keep]]
    layout = frame.layout.name if keep is None else "mono"
    kept = AudioFrame(format="s16p", layout=layout, samples=frame.samples)
    kept.sample_rate = frame.sample_rate
    length = frame.samples * SAMPLE_BYTES
    for plane, into in zip(planes, kept.planes, strict=True):
        sound = bytearray(memoryview(plane)[:length])
        for start, end in cuts:
            low, high = max(start - at, 0), min(end - at, frame.samples)
            if low < high:
                sound[low * SAMPLE_BYTES : high * SAMPLE_BYTES] = bytes(
                    (high - low) * SAMPLE_BYTES
                )
        into.update(bytes(sound).ljust(into.buffer_size, b"\0"))
    return kept
