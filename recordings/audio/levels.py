"""How loud a recording is, window by window, without looking at every sample.

libav decodes in C, Python looks in Python: so it looks at some samples of each window
only, enough for a picture and for telling sound from silence. Levels are therefore a
fraction of a decibel under the true peaks of speech.
"""

from array import array
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any

from av.audio.frame import AudioFrame

MAX_HOURS = 24
WINDOWS_A_SECOND = 50
LOOKS_A_SECOND = 3000
FINE_FRAMES = 3000
"""How many frames get all looks: a minute of Opus."""

FORMATS: dict[str, Any] = {
    "flt": "f",
    "dbl": "d",
    "s16": "h",
    "s32": "i",
    "s64": "q",
    "u8": "B",
}
FULL_SCALE = {"f": 1.0, "d": 1.0, "h": 2.0**15, "i": 2.0**31, "q": 2.0**63, "B": 128.0}
"""libav's sample formats as Python's, and what full scale is in each."""


class Sound:
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
        self._left = 0

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
        code, half, short = self._code, self._half, self._short
        step, left = 2 * half, self._left
        add, keeps = self.lengths.append, [levels.append for levels in self.levels]
        for frame in frames:
            count, planes = frame.samples, frame.planes
            if half < count < short and len(planes) == len(keeps):
                add(count)
                for plane, keep in zip(planes, keeps, strict=True):
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
