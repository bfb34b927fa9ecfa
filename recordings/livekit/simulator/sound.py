"""What a recorder writes: the stretch of a conversation it heard, mixed as it was asked."""

import io
from functools import cache
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import av

from recordings.audio.transcoding import ENCODINGS, transcode
from recordings.livekit.demo_audio import Conversation, conversations
from recordings.livekit.facts import Mixing

# Both voices in both channels; or, without a voice of kind AGENT, everybody on the right.
_TOGETHER = "stereo|c0=0.5*c0+0.5*c1|c1=0.5*c0+0.5*c1"
_ALL_RIGHT = "stereo|c0=0*c0|c1=0.5*c0+0.5*c1"
_CALLER_LEFT = "stereo|c0=c1|c1=c0"
_BIT_RATE = 28_000


def record(
    conversation: Conversation,
    *,
    from_ms: int,
    to_ms: int,
    mixing: Mixing,
    has_agent: bool,
) -> bytes:
    """Return an OGG/Opus file of [from_ms, to_ms) of a conversation.

    AGENT_LEFT puts voices of kind AGENT left and all others right, also where there is no
    agent: then the left side stays empty, as it does with LiveKit. CALLER_LEFT is what
    media routes make of it.
    """
    if mixing is Mixing.CALLER_LEFT:
        whole = _mixed(conversation.name, _CALLER_LEFT)
    elif mixing is Mixing.AGENT_LEFT:
        whole = (
            conversation.path.read_bytes()
            if has_agent
            else _mixed(conversation.name, _ALL_RIGHT)
        )
    else:
        whole = _mixed(conversation.name, _TOGETHER)
    return _cut(whole, from_ms, to_ms)


def written_as(audio: bytes, form: str) -> bytes:
    """Return the same sound as the kind of file a recorder was asked for."""
    if form not in ENCODINGS:
        return audio
    with TemporaryDirectory() as folder:
        target = Path(folder) / "sound"
        transcode(io.BytesIO(audio), target, form=form)
        return target.read_bytes()


def length_ms(audio: bytes) -> int:
    """Return how long an audio file plays, 0 if nothing is in it."""
    with av.open(io.BytesIO(audio), "r") as source:
        return 0 if source.duration is None else source.duration // 1_000


def _cut(audio: bytes, from_ms: int, to_ms: int) -> bytes:
    """Copy the packets of a stretch; Opus packets (20 ms) stand alone, so none is re-coded."""
    written = io.BytesIO()
    with (
        av.open(io.BytesIO(audio), "r") as source,
        av.open(written, "w", format="ogg") as target,
    ):
        track = source.streams.audio[0]
        out = target.add_stream_from_template(track)
        first: int | None = None
        for packet in source.demux(track):
            if packet.pts is None or track.time_base is None:
                continue
            at_ms = packet.pts * track.time_base * 1_000
            if at_ms < from_ms or at_ms >= to_ms:
                continue
            first = packet.pts if first is None else first
            packet.pts = packet.dts = packet.pts - first
            packet.stream = out
            target.mux(packet)
    return written.getvalue()


@cache
def _mixed(name: str, spec: str) -> bytes:
    """Mix a whole conversation anew; each takes a second or so, once per process."""
    written = io.BytesIO()
    with (
        av.open(str(conversations()[name].path), "r") as source,
        av.open(written, "w", format="ogg") as target,
    ):
        track = source.streams.audio[0]
        out = target.add_stream("libopus", rate=48_000, layout="stereo")
        out.bit_rate = _BIT_RATE
        graph = _graph(track, spec)
        for frame in chain(source.decode(track), [None]):
            graph.push(frame)
            for mixed in _pull(graph):
                mixed.pts = None
                target.mux(out.encode(mixed))
        target.mux(out.encode(None))
    return written.getvalue()


def _graph(track: av.AudioStream, spec: str) -> av.filter.Graph:
    graph = av.filter.Graph()
    stages = [
        graph.add_abuffer(template=track),
        graph.add("pan", spec),
        graph.add(
            "aformat", "sample_fmts=flt:sample_rates=48000:channel_layouts=stereo"
        ),
        graph.add("abuffersink"),
    ]
    graph.link_nodes(*stages).configure()
    return graph


def _pull(graph: av.filter.Graph) -> list[av.AudioFrame]:
    frames: list[av.AudioFrame] = []
    while True:
        try:
            frame = graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return frames
        if isinstance(frame, av.AudioFrame):
            frames.append(frame)
