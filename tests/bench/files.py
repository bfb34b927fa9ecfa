"""Checking a ten-minute file, beside plain PyAV decoding and hashlib."""

import hashlib
import io
import math
import struct

import av
from av.audio.frame import AudioFrame

from recordings import audio
from tests.bench import report

SECONDS = 600
RATE = 48_000
TARGET = 1.3


def run() -> None:
    """Measure the one pass over the object that indexing makes."""
    data = _two_voices()
    report.times(
        "indexing_10_min",
        lambda: audio.probe(io.BytesIO(data)),
        lambda: _bare(data),
        TARGET,
    )


def _bare(data: bytes) -> None:
    hashlib.sha256(data).hexdigest()
    with av.open(io.BytesIO(data), "r") as container:
        for _frame in container.decode(audio=0):
            pass


def _two_voices() -> bytes:
    """A stereo Opus file whose sides take turns."""
    file = io.BytesIO()
    second = [int(12_000 * math.sin(n * 2 * math.pi * 220 / RATE)) for n in range(RATE)]
    left = struct.pack(f"<{2 * RATE}h", *(v for s in second for v in (s, 0)))
    right = struct.pack(f"<{2 * RATE}h", *(v for s in second for v in (0, s)))
    with av.open(file, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=RATE, layout="stereo")
        for number in range(SECONDS):
            frame = AudioFrame(format="s16", layout="stereo", samples=RATE)
            frame.sample_rate = RATE
            frame.pts = number * RATE
            frame.planes[0].update(right if number // 5 % 2 else left)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()
