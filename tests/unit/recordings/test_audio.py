"""What reading a recording once tells about it."""

import hashlib
import io
import subprocess
import sys
from pathlib import Path

import pytest

from recordings import audio
from recordings.audio import levels
from recordings.media_store.errors import StoreUnavailable
from tests.unit.recordings import sounds

HALF_AND_HALF = sounds.tone(2) + sounds.tone(2, level=0)
HALF_AND_LOUD = sounds.tone(2, level=0) + sounds.tone(2, level=0.25)
FORMATS = [
    ("ogg", "libopus"),
    ("ogg", "flac"),
    ("wav", "pcm_s16le"),
    ("wav", "pcm_s32le"),
    ("wav", "pcm_f32le"),
    ("mp3", "libmp3lame"),
    ("mp4", "aac"),
    ("flac", "flac"),
]


@pytest.fixture(scope="module")
def call() -> bytes:
    """Four seconds: the left speaks first, then the right, half as loud."""
    return sounds.encode(HALF_AND_HALF, HALF_AND_LOUD)


def probe(content: bytes, **options: int) -> audio.AudioFacts:
    return audio.probe(io.BytesIO(content), **options)


@pytest.mark.parametrize(("container", "codec"), FORMATS)
def test_both_sides_are_charted(container: str, codec: str) -> None:
    content = sounds.encode(
        HALF_AND_HALF, HALF_AND_LOUD, container=container, codec=codec
    )

    facts = probe(content, bins=8)

    assert facts.sha256 == hashlib.sha256(content).hexdigest()
    assert facts.size_bytes == len(content)
    assert facts.duration_ms == pytest.approx(4000, abs=60)
    assert facts.sample_rate == 48_000
    assert (facts.truncated, facts.damaged_packets) == (False, 0)
    left, right = facts.channels
    assert list(left.peaks[1:4]) == pytest.approx([64] * 3, abs=6)
    assert max(left.peaks[5:]) <= 1
    assert max(right.peaks[:3]) <= 1
    assert list(right.peaks[5:]) == pytest.approx([32] * 3, abs=4)
    assert left.silences[0] == pytest.approx((2000, 4000), abs=80)
    assert right.silences[0] == pytest.approx((0, 2000), abs=80)
    assert len(left.silences) == len(right.silences) == 1
    assert left.sound_share == pytest.approx(0.5, abs=0.03)
    # a lossy codec may overshoot where the tone sets in
    assert left.peak_dbfs == pytest.approx(-6, abs=2.5)
    assert not left.is_silent


def test_eight_bit_telephone_sound_is_read() -> None:
    facts = probe(sounds.encode(HALF_AND_HALF, container="wav", codec="pcm_mulaw"))
    assert facts.channels[0].peak_dbfs == pytest.approx(-6, abs=1)
    facts = probe(sounds.encode(HALF_AND_HALF, container="wav", codec="pcm_u8"))
    assert facts.channels[0].peak_dbfs == pytest.approx(-6, abs=1)


@pytest.mark.parametrize("hertz", [50, 440, 1000, 2000, 3000, 4000, 6000])
def test_no_tone_hides_between_two_looks(hertz: int) -> None:
    sound = sounds.tone(1, hertz=hertz)

    facts = probe(sounds.encode(sound, container="wav", codec="pcm_s16le"))

    assert facts.channels[0].peak_dbfs == pytest.approx(-6, abs=1)
    assert facts.channels[0].sound_share == 1


def test_a_silent_side_is_told() -> None:
    content = sounds.encode(sounds.tone(2), sounds.tone(2, level=0))

    left, right = probe(content).channels

    assert not left.is_silent
    assert right.is_silent
    assert right.peak_dbfs == -120
    assert right.silences == ((0, 2000),)


def test_a_short_pause_is_no_silence() -> None:
    pause = sounds.tone(1) + sounds.tone(0.6, level=0) + sounds.tone(1)

    content = sounds.encode(pause)

    assert probe(content).channels[0].silences == ()
    assert len(probe(content, min_silence_ms=300).channels[0].silences) == 1


def test_a_short_file_has_fewer_peaks(call: bytes) -> None:
    assert 200 <= len(probe(call).channels[0].peaks) <= 202
    assert len(probe(call, bins=50).channels[1].peaks) == 50


def test_a_cut_ogg_is_truncated(call: bytes) -> None:
    cut = probe(call[: len(call) * 2 // 3])

    assert cut.truncated
    assert 0 < cut.duration_ms < 4000
    assert cut.size_bytes == len(call) * 2 // 3


def test_a_cut_wav_is_truncated() -> None:
    content = sounds.encode(HALF_AND_HALF, container="wav", codec="pcm_s16le")

    assert probe(content[:-1000]).truncated


def test_bytes_after_the_end_are_hashed_too(call: bytes) -> None:
    longer = call + b"x" * 300_000

    facts = probe(longer)

    assert facts.sha256 == hashlib.sha256(longer).hexdigest()
    assert facts.size_bytes == len(longer)


def test_a_damaged_middle_is_survived(call: bytes) -> None:
    middle = len(call) // 2
    damaged = call[:middle] + bytes(400) + call[middle + 400 :]

    facts = probe(damaged)

    assert 0 < facts.duration_ms <= 4100
    assert facts.sha256 == hashlib.sha256(damaged).hexdigest()


def test_an_empty_file_says_so() -> None:
    with pytest.raises(audio.EmptyFile) as refusal:
        probe(b"")

    assert refusal.value.sha256 == hashlib.sha256(b"").hexdigest()
    assert refusal.value.size_bytes == 0


@pytest.mark.parametrize(
    "content",
    [
        b"<!doctype html><title>502 Bad Gateway</title>" * 4000,
        b'{"egress_id": "EG_1"}',
        b"O",
        b"OggS",
        b"\0" * 500_000,
        b"".join(hashlib.sha512(bytes([n])).digest() for n in range(256)) * 12,
        b"RIFF\0\0\0\0WAVEfmt ",
        b"\0\0\0\x18ftypisom" + bytes(5000),
        b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:9/a.ogg\n",
        b"ffconcat version 1.0\nfile /etc/hostname\n",
    ],
    ids=[
        "html",
        "json",
        "letter",
        "magic",
        "zeros",
        "noise",
        "riff",
        "mp4",
        "hls",
        "concat",
    ],
)
def test_what_is_no_audio_is_named_and_hashed(content: bytes) -> None:
    with pytest.raises(audio.NotAudio) as refusal:
        probe(content)

    assert refusal.value.sha256 == hashlib.sha256(content).hexdigest()
    assert refusal.value.size_bytes == len(content)


class Breaking:
    """A store that stops answering in the middle of the object."""

    def __init__(self, content: bytes, after: int) -> None:
        self._stream = io.BytesIO(content)
        self._after = after

    def read(self, size: int = -1, /) -> bytes:
        if self._stream.tell() >= self._after:
            raise StoreUnavailable("gone")
        return self._stream.read(min(size, 10_000))


@pytest.mark.parametrize("after", [0, 10_000, 60_000, 160_000])
def test_a_store_that_fails_midway_is_not_a_short_file(after: int) -> None:
    content = sounds.encode(HALF_AND_HALF, container="wav", codec="pcm_s16le")

    with pytest.raises(StoreUnavailable):
        audio.probe(Breaking(content, after))


def test_an_endless_recording_is_not_decoded_to_its_end(
    call: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(levels, "MAX_HOURS", 3 / 3600)

    with pytest.raises(audio.TooLong) as refusal:
        probe(call)

    assert refusal.value.sha256 == hashlib.sha256(call).hexdigest()


MEASURE = """
import re, sys
from pathlib import Path
from recordings import audio
with open(sys.argv[1], "rb") as file:
    facts = audio.probe(file)
# not ru_maxrss: that begins with what the parent had
status = Path("/proc/self/status").read_text()
peak_kb = re.search(r"VmHWM:\\s+(\\d+)", status)[1]
print(facts.duration_ms, len(facts.channels[0].peaks), peak_kb)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_two_hours_fit_in_little_memory(tmp_path: Path) -> None:
    piece = sounds.tone(1.98) + sounds.tone(7.98, level=0)
    file = tmp_path / "long.ogg"
    sound = sounds.encode(piece, options={"frame_duration": "60"})
    file.write_bytes(sounds.repeated(sound, 720, packet_samples=2880))

    told = subprocess.run(
        [sys.executable, "-c", MEASURE, file],
        capture_output=True,
        text=True,
        check=True,
    )

    duration_ms, peaks, peak_kb = map(int, told.stdout.split())
    assert duration_ms == pytest.approx(2 * 3600 * 1000, abs=20_000)
    assert peaks == 2000
    assert peak_kb < 200 * 1024
