"""Small sound files, made when a test wants one."""

import io
import math
from array import array
from fractions import Fraction
from typing import Any, cast

import av
from av.audio.frame import AudioFrame

RATE = 48_000
CHUNK = 960


def tone(seconds: float, *, level: float = 0.5, hertz: float = 440) -> "array[int]":
    """One channel of a sine, 16 bit at 48 kHz; level 0 is silence."""
    count = round(seconds * RATE)
    turn = 2 * math.pi * hertz / RATE
    return array("h", [round(level * 32767 * math.sin(turn * i)) for i in range(count)])


def encode(
    *channels: "array[int]",
    container: str = "ogg",
    codec: str = "libopus",
    options: dict[str, str] | None = None,
) -> bytes:
    """The channels, of equal length, as a file."""
    target = io.BytesIO()
    layout = "stereo" if len(channels) == 2 else "mono"
    with av.open(target, "w", format=container) as output:
        track = cast(
            Any, output.add_stream(codec, rate=RATE, layout=layout, options=options)
        )
        for start in range(0, len(channels[0]), CHUNK):
            frame = _frame([side[start : start + CHUNK] for side in channels], layout)
            frame.pts = start
            output.mux(track.encode(frame))
        output.mux(track.encode(None))
    return target.getvalue()


def repeated(sound: bytes, times: int, *, packet_samples: int) -> bytes:
    """An OGG/Opus file that plays the same packets again and again."""
    target = io.BytesIO()
    with (
        av.open(io.BytesIO(sound), "r") as source,
        av.open(target, "w", "ogg") as output,
    ):
        track = source.streams.audio[0]
        copy = output.add_stream_from_template(track)
        packets = [bytes(packet) for packet in source.demux(track) if packet.size]
        for number in range(times * len(packets)):
            packet = av.Packet(packets[number % len(packets)])
            packet.stream = copy
            packet.time_base = Fraction(1, RATE)
            packet.pts = packet.dts = number * packet_samples
            packet.duration = packet_samples
            output.mux(packet)
    return target.getvalue()


def _frame(sides: list["array[int]"], layout: str) -> AudioFrame:
    count = len(sides[0])
    mixed = array("h", bytes(2 * count * len(sides)))
    for number, side in enumerate(sides):
        mixed[number :: len(sides)] = side
    frame = AudioFrame(format="s16", layout=layout, samples=count)
    frame.planes[0].update(mixed.tobytes())
    frame.sample_rate = RATE
    frame.time_base = Fraction(1, RATE)
    return frame
