"""Read a recording once, from front to back, and say what it is.

One pass gives the hash, the size and the sound: length, the outline that the player
draws, where each side is silent. Nothing is kept but a number every 20 ms, so hours
cost a few megabytes. The decoding is libav's (PyAV); what is done here per sample is
kept so small that the whole costs little more than decoding and hashing do.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import av.error

from recordings.audio.decoding import decoded
from recordings.audio.levels import MAX_HOURS, Sound
from recordings.audio.source import AudioSource, Readable

DEFAULT_BINS = 2000
SILENCE_DBFS = -50.0
MIN_SILENCE_MS = 1000
TOP = 127
"""The largest peak: full scale."""

NOTHING = 1e-6
"""-120 dBFS stands for no sound at all."""


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


def _listen(source: AudioSource) -> Sound:
    """Decode the first audio track. Raises FFmpegError if it cannot begin."""
    with decoded(source) as track:
        sound = Sound(track.container, track.codec)
        sound.hear(track.frames)
    sound.damaged += track.damaged
    sound.broke_off = track.broke_off
    return sound


def _channel(
    sound: Sound, levels: Sequence[float], bins: int, loud: float, min_ms: int
) -> ChannelFacts:
    parts = [level / sound.full for level in _loudest(sound, levels, bins)]
    return ChannelFacts(
        peaks=bytes(min(TOP, round(part * TOP)) for part in parts),
        silences=tuple(_silences(sound, levels, loud, min_ms)),
        peak_dbfs=round(20 * math.log10(max(*parts, NOTHING)), 1),
        sound_share=_share(sound, levels, loud),
    )


def _loudest(sound: Sound, levels: Sequence[float], bins: int) -> list[float]:
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
    sound: Sound, levels: Sequence[float], loud: float, min_ms: int
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


def _share(sound: Sound, levels: Sequence[float], loud: float) -> float:
    heard = sum(
        length
        for level, length in zip(levels, sound.lengths, strict=True)
        if level >= loud
    )
    return heard / sum(sound.lengths)
