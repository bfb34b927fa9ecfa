"""A recording in which some are not heard: silence, sample by sample.

In a copy one channel is kept alone, or all of them, and stretches are silenced on what is
kept; in a redaction just that is silenced, and everything else stays. What is silent is
zero in the file, too, for FLAC keeps every sample: nothing is left to be brought back. It
goes frame by frame, so hours need no more memory than minutes.
"""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import partial
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
Shape = Callable[[AudioFrame, int, Ranges], AudioFrame]
"""Makes of a frame, with so many samples before it, what is written. Ranges in samples."""


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
    layout = None if keep is None else "mono"
    _convert(stream, target, partial(_kept, keep), layout, ranges, tell)


def redact(
    stream: Readable,
    target: Path,
    *,
    silence: int | None,
    spare: Ranges = (),
    tell: Callable[[], None] = lambda: None,
) -> None:
    """Write the stream into `target`, a new FLAC file, without what `mute` would keep.

    silence: the channel that falls silent; None for all. spare: stretches in ms, from and
    to, that stay on it. The rest is as in `mute`.
    """
    _convert(stream, target, partial(_redacted, silence), None, spare, tell)


def _convert(
    stream: Readable,
    target: Path,
    shape: Shape,
    layout: str | None,
    ranges: Ranges,
    tell: Callable[[], None],
) -> None:
    with AudioSource(stream) as source:
        try:
            with decoded(source) as track:
                _write(track.frames, target, shape, layout, ranges, tell)
        except av.error.FFmpegError as error:
            source.finish()
            raise CannotBeRead("It cannot be read as audio.") from error
        source.finish()


def _write(
    frames: Iterator[AudioFrame],
    target: Path,
    shape: Shape,
    kept_layout: str | None,
    ranges: Ranges,
    tell: Callable[[], None],
) -> None:
    first = next(frames, None)
    if first is None:
        raise CannotBeRead("There is no sound in it.")
    rate, layout = first.sample_rate, first.layout.name
    planar = AudioResampler(format="s16p", layout=layout, rate=rate)
    cuts = [(ms * rate // 1000, -(-end * rate // 1000)) for ms, end in ranges]
    with av.open(str(target), "w", format=FORM) as output:
        stream = output.add_stream(FORM, rate, layout=kept_layout or layout)
        track = cast(AudioStream, stream)
        done = told = 0
        for frame in _even(chain([first], frames), planar):
            heard = shape(frame, done, cuts)
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


def _kept(keep: int | None, frame: AudioFrame, at: int, cuts: Ranges) -> AudioFrame:
    """The channels that are kept, with zeros in the stretches."""
    sides = _sides(frame, keep)
    if keep is not None:
        sides = [sides[keep]]
    for sound in sides:
        for low, high in _within(frame, at, cuts):
            sound[low:high] = bytes(high - low)
    return _frame(frame, sides, None if keep is None else "mono")


def _redacted(
    silence: int | None, frame: AudioFrame, at: int, spared: Ranges
) -> AudioFrame:
    """All channels, with zeros on the silent ones but in the stretches."""
    sides = _sides(frame, silence)
    for n, sound in enumerate(sides):
        if silence in (None, n):
            silent = bytearray(len(sound))
            for low, high in _within(frame, at, spared):
                silent[low:high] = sound[low:high]
            sides[n] = silent
    return _frame(frame, sides, None)


def _sides(frame: AudioFrame, wanted: int | None) -> list[bytearray]:
    """The samples of each channel. Raises CannotBeRead where the wanted one is none."""
    if wanted is not None and wanted >= len(frame.planes):
        raise CannotBeRead("There is no such channel.")
    length = frame.samples * SAMPLE_BYTES
    return [bytearray(memoryview(plane)[:length]) for plane in frame.planes]


def _within(frame: AudioFrame, at: int, cuts: Ranges) -> Iterator[tuple[int, int]]:
    """What of the stretches lies in this frame, in bytes of a channel."""
    for start, end in cuts:
        low, high = max(start - at, 0), min(end - at, frame.samples)
        if low < high:
            yield low * SAMPLE_BYTES, high * SAMPLE_BYTES


def _frame(
    like: AudioFrame, sides: Sequence[bytearray], layout: str | None
) -> AudioFrame:
    """A frame of these channels; layout: where it is not that of `like`."""
    made = AudioFrame(
        format="s16p", layout=layout or like.layout.name, samples=like.samples
    )
    made.sample_rate = like.sample_rate
    for sound, into in zip(sides, made.planes, strict=True):
        into.update(bytes(sound).ljust(into.buffer_size, b"\0"))
    return made
