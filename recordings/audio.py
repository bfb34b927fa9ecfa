"""Read a recording once, from front to back, and say what it is.

One pass gives the hash, the size and the sound: length, the outline that the player
draws, where each side is silent. Nothing is kept but a number every 20 ms, so hours
cost a few megabytes. The decoding is libav's (PyAV); what is done here per sample is
kept so small that the whole costs little more than decoding and hashing do.
"""

import math
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, cast

import av
import av.error
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer

from recordings.audio_source import AudioSource, Readable

DEFAULT_BINS = 2000
SILENCE_DBFS = -50.0
MIN_SILENCE_MS = 1000
MAX_HOURS = 24
TOP = 127
"""The largest peak: full scale."""

NOTHING = 1e-6
"""-120 dBFS stands for no sound at all."""

WINDOWS_A_SECOND = 50
LOOKS_A_SECOND = 3000
FINE_FRAMES = 6000
FORMATS = {"flt": "f", "dbl": "d", "s16": "h", "s32": "i", "u8": "B"}
FULL_SCALE = {"f": 1.0, "d": 1.0, "h": 2.0**15, "i": 2.0**31, "B": 128.0}

CONTAINERS = "ogg,mov,mp3,wav,flac,aac,matroska"
"""Only these are opened: playlists and the like could name other files or hosts."""


class BadAudio(Exception):
    """The object is no recording. What it was can still be proved by its hash."""

    def __init__(self, text: str, source: AudioSource) -> None:
        super().__init__(text)
        self.sha256 = source.sha256
        self.size_bytes = source.size_bytes


class EmptyFile(BadAudio):
    """No bytes at all."""


class NotAudio(BadAudio):
    """No sound could be read from it."""


class TooLong(BadAudio):
    """It claims to last longer than a day: not decoded to the end."""


@dataclass(frozen=True)
class ChannelFacts:
    """One side of the call.

    `peaks` holds a number from 0 to 127 for each of equal parts of the length;
    `silences` are (from, to) in ms, in order; `sound_share` is the part of the
    length, 0 to 1, that is louder than the threshold.
    """

    peaks: bytes
    silences: tuple[tuple[int, int], ...]
    peak_dbfs: float
    sound_share: float

    @property
    def is_silent(self) -> bool:
        """Whether nothing on this side ever reached the threshold."""
        return self.sound_share == 0


@dataclass(frozen=True)
class AudioFacts:
    """What a file is, found by reading all of it.

    `truncated`: the file ends before it says that it ends; `damaged_packets`: how
    many pieces in between could not be decoded.
    """

    container: str
    codec: str
    sample_rate: int
    duration_ms: int
    channels: tuple[ChannelFacts, ...]
    truncated: bool
    damaged_packets: int
    sha256: str
    size_bytes: int


def probe(
    stream: Readable,
    *,
    bins: int = DEFAULT_BINS,
    silence_dbfs: float = SILENCE_DBFS,
    min_silence_ms: int = MIN_SILENCE_MS,
) -> AudioFacts:
    """Read the stream to its end, hash it and chart its first audio track.

    `bins` is the number of peaks at most: very short files have fewer. Raises
    EmptyFile, NotAudio or TooLong, all with hash and size; an error of the stream
    itself passes through unchanged.
    """
    with AudioSource(stream) as source:
        if source.is_empty:
            raise EmptyFile("The file is empty.", source)
        try:
            sound = _listen(source)
        except av.error.FFmpegError as error:
            source.finish()
            raise NotAudio("It cannot be read as audio.", source) from error
        source.finish()
        if not sound.lengths:
            raise NotAudio("There is no sound in it.", source)
        if sound.too_long:
            raise TooLong(f"It lasts longer than {MAX_HOURS} hours.", source)
        loud = 10 ** (silence_dbfs / 20) * sound.full
        return AudioFacts(
            container=sound.container,
            codec=sound.codec,
            sample_rate=sound.rate,
            duration_ms=sound.ms(sum(sound.lengths)),
            channels=tuple(
                _channel(sound, levels, bins, loud, min_silence_ms)
                for levels in sound.levels
            ),
            truncated=source.ends_early or sound.broke_off,
            damaged_packets=sound.damaged,
            sha256=source.sha256,
            size_bytes=source.size_bytes,
        )


class _Sound:
    """The loudest sample of every window of about 20 ms, channel by channel."""

    def __init__(self, container: str, codec: str) -> None:
        self.container = container
        self.codec = codec
        self.rate = 0
        self.levels: list[array[float]] = []
        self.lengths = array("I")
        self.damaged = 0
        self.broke_off = False
        self.too_long = False
        self.full = 1.0

    def ms(self, samples: int) -> int:
        """Samples as milliseconds."""
        return round(samples * 1000 / self.rate)

    def hear(self, frames: Iterator[AudioFrame]) -> None:
        """Take the levels of all frames.

        The longer the recording, the more windows share a part of the chart, so
        after a while half as many looks draw it as well.
        """
        first = next(frames, None)
        if first is None:
            return
        self._begin(first)
        self._take(chain([first], islice(frames, FINE_FRAMES)))
        self._half *= 2
        self._take(frames)

    def _take(self, frames: Iterable[AudioFrame]) -> None:
        """The loop that the time of a probe goes to.

        Every other look goes upwards, every other downwards. Frames that hold one
        window of separate channels (Opus, AAC) are read where they lie.
        """
        code, half, short, add = (
            self._code,
            self._half,
            self._short,
            self.lengths.append,
        )
        step, left = 2 * half, self._left
        keeps = [levels.append for levels in self.levels]
        for frame in frames:
            count = frame.samples
            if half < count < short:
                add(count)
                for plane, keep in zip(frame.planes, keeps, strict=True):
                    view = memoryview(plane).cast(code)
                    high = max(view[:count:step])
                    low = -min(view[half:count:step])
                    keep(high if high > low else low)
            else:
                self._cut(frame)
            left -= count
            if left < 0:
                self.too_long = True
                break
        self._left = left

    def _begin(self, frame: AudioFrame) -> None:
        self.rate = frame.sample_rate
        self._code = FORMATS[frame.format.packed.name]
        self._is_planar = frame.format.is_planar
        self.levels = [array("f") for _ in range(frame.layout.nb_channels)]
        self._window = max(1, self.rate // WINDOWS_A_SECOND)
        self._short = 2 * self._window if self._is_planar else 0
        # no round number, so that no round tone hides between two looks
        self._half = max(1, self.rate // LOOKS_A_SECOND - 1)
        self._left = self.rate * 3600 * MAX_HOURS
        self.full = FULL_SCALE[self._code]

    def _cut(self, frame: AudioFrame) -> None:
        """Take a frame of interleaved channels or of many windows, piece by piece."""
        views = self._views(frame)
        if len(views) != len(self.levels):
            self.damaged += 1
            return
        zero = 128 if self._code == "B" else 0
        for start in range(0, frame.samples, self._window):
            end = min(start + self._window, frame.samples)
            self.lengths.append(end - start)
            for view, levels in zip(views, self.levels, strict=True):
                high = max(view[start : end : 2 * self._half])
                low = min(view[start + self._half : end : 2 * self._half], default=zero)
                levels.append(max(high - zero, zero - low))

    def _views(self, frame: AudioFrame) -> list["memoryview[Any]"]:
        views = [memoryview(plane).cast(self._code) for plane in frame.planes]
        if self._is_planar:
            return views
        channels = frame.layout.nb_channels
        return [views[0][channel::channels] for channel in range(channels)]


def _listen(source: AudioSource) -> _Sound:
    """Decode the first audio track. Raises FFmpegError if it cannot begin."""
    opened = av.open(source, options={"format_whitelist": CONTAINERS})
    with cast(InputContainer, opened) as container:
        tracks = container.streams.audio
        if not tracks:
            return _Sound("", "")
        track = tracks[0]
        sound = _Sound(container.format.name, track.codec_context.name)
        sound.hear(_frames(container, track, sound))
    return sound


def _frames(
    container: InputContainer, track: AudioStream, sound: _Sound
) -> Iterator[AudioFrame]:
    """Every frame that can be decoded; what cannot is counted, not fatal."""
    packets = container.demux(track)
    while True:
        try:
            packet = next(packets, None)
        except av.error.FFmpegError:
            sound.broke_off = True
            return
        if packet is None:
            return
        try:
            yield from cast("list[AudioFrame]", packet.decode())
        except av.error.EOFError:
            return
        except av.error.FFmpegError:
            sound.damaged += 1


def _channel(
    sound: _Sound, levels: Sequence[float], bins: int, loud: float, min_ms: int
) -> ChannelFacts:
    parts = [level / sound.full for level in _loudest(sound, levels, bins)]
    return ChannelFacts(
        peaks=bytes(min(TOP, round(part * TOP)) for part in parts),
        silences=tuple(_silences(sound, levels, loud, min_ms)),
        peak_dbfs=round(20 * math.log10(max(*parts, NOTHING)), 1),
        sound_share=_share(sound, levels, loud),
    )


def _loudest(sound: _Sound, levels: Sequence[float], bins: int) -> list[float]:
    """The loudest level of each of at most `bins` equal parts of the length."""
    bins = min(bins, len(levels))
    total = sum(sound.lengths)
    loudest = [0.0] * bins
    first = end = 0
    for level, length in zip(levels, sound.lengths, strict=True):
        end += length
        last = (end - 1) * bins // total
        # a level that is no number (a damaged float file) is never louder
        for part in range(first, last + 1):
            if level > loudest[part]:
                loudest[part] = level
        first = end * bins // total
    return [min(level, sound.full) for level in loudest]


def _silences(
    sound: _Sound, levels: Sequence[float], loud: float, min_ms: int
) -> Iterator[tuple[int, int]]:
    """Stretches that stay under the threshold for at least `min_ms`."""
    begun: int | None = None
    end = 0
    wanted = min_ms * sound.rate // 1000
    for level, length in zip([*levels, loud], [*sound.lengths, 0], strict=True):
        if level < loud:
            begun = end if begun is None else begun
        else:
            if begun is not None and end - begun >= wanted:
                yield sound.ms(begun), sound.ms(end)
            begun = None
        end += length


def _share(sound: _Sound, levels: Sequence[float], loud: float) -> float:
    heard = sum(
        length
        for level, length in zip(levels, sound.lengths, strict=True)
        if level >= loud
    )
    return heard / sum(sound.lengths)
