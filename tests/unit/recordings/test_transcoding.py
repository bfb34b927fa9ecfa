"""The same sound as another kind of file: both sides apart, however long it is."""

import io
import subprocess
import sys
from pathlib import Path

import pytest

from recordings import audio
from recordings.audio.transcoding import ENCODINGS, CannotBeRead, transcode
from recordings.media_store.errors import StoreUnavailable
from tests.unit.recordings import sounds
from tests.unit.recordings.test_audio import Breaking

LEFT = sounds.tone(2) + sounds.tone(2, level=0)
RIGHT = sounds.tone(2, level=0) + sounds.tone(2, level=0.25)
SILENT = -80
"""dBFS: under this nobody hears the other side on a channel."""


def made(original: bytes, form: str, folder: Path) -> audio.AudioFacts:
    """What the file of this form is."""
    target = folder / "sound"
    transcode(io.BytesIO(original), target, form=form)
    with target.open("rb") as file:
        return audio.probe(file, bins=8)


@pytest.mark.parametrize("form", ENCODINGS)
@pytest.mark.parametrize(
    ("container", "codec"), [("ogg", "libopus"), ("mp3", "libmp3lame"), ("mp4", "aac")]
)
def test_it_is_the_same_sound(
    form: str, container: str, codec: str, tmp_path: Path
) -> None:
    original = sounds.encode(LEFT, RIGHT, container=container, codec=codec)

    facts = made(original, form, tmp_path)

    assert facts.duration_ms == pytest.approx(4000, abs=80)
    left, right = facts.channels
    assert list(left.peaks[1:4]) == pytest.approx([64] * 3, abs=8)
    assert list(right.peaks[5:]) == pytest.approx([32] * 3, abs=6)
    assert max(*left.peaks[5:], *right.peaks[:3]) <= 1


@pytest.mark.parametrize("form", ENCODINGS)
def test_one_side_is_not_heard_on_the_other(form: str, tmp_path: Path) -> None:
    speaks, listens = sounds.tone(3), sounds.tone(3, level=0)
    for sides in ((speaks, listens), (listens, speaks)):
        original = sounds.encode(*sides, container="wav", codec="pcm_s16le")

        levels = [one.peak_dbfs for one in made(original, form, tmp_path).channels]

        assert max(levels) == pytest.approx(-6, abs=1.5)
        assert min(levels) < SILENT


def test_one_channel_stays_one(tmp_path: Path) -> None:
    assert len(made(sounds.encode(LEFT), "mp4", tmp_path).channels) == 1


def test_an_mp4_plays_before_all_of_it_is_there(tmp_path: Path) -> None:
    made(sounds.encode(LEFT, RIGHT), "mp4", tmp_path)
    content = (tmp_path / "sound").read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")


@pytest.mark.parametrize("content", [b"", b"<html>502</html>" * 99, b"OggS"])
def test_what_is_no_audio_is_said(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(CannotBeRead):
        transcode(io.BytesIO(content), tmp_path / "sound", form="mp4")


def test_a_store_that_fails_midway_makes_no_short_file(tmp_path: Path) -> None:
    original = sounds.encode(LEFT, container="wav", codec="pcm_s16le")

    with pytest.raises(StoreUnavailable):
        transcode(Breaking(original, 60_000), tmp_path / "sound", form="mp4")


def test_it_is_told_how_far_it_is_and_may_be_stopped(tmp_path: Path) -> None:
    class Enough(Exception):
        """Nobody wants it any more."""

    heard: list[int] = []

    def tell(done_ms: int) -> None:
        heard.append(done_ms)
        if len(heard) == 2:
            raise Enough

    original = sounds.encode(sounds.tone(1) * 16)
    with pytest.raises(Enough):
        transcode(io.BytesIO(original), tmp_path / "sound", form="wav", tell=tell)
    assert heard == pytest.approx([5_000, 10_000], abs=100)


MEASURE = """
import re, sys
from pathlib import Path
from recordings.audio.transcoding import transcode
with open(sys.argv[1], "rb") as file:
    transcode(file, Path(sys.argv[2]), form="mp4")
status = Path("/proc/self/status").read_text()
print(re.search(r"VmHWM:\\s+(\\d+)", status)[1])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_two_hours_fit_in_little_memory(tmp_path: Path) -> None:
    piece = sounds.tone(1.98, level=0) + sounds.tone(7.98, level=0)
    file, target = tmp_path / "long.ogg", tmp_path / "sound"
    sound = sounds.encode(piece, options={"frame_duration": "60"})
    file.write_bytes(sounds.repeated(sound, 720, packet_samples=2880))

    told = subprocess.run(
        [sys.executable, "-c", MEASURE, file, target],
        capture_output=True,
        text=True,
        check=True,
    )

    assert int(told.stdout) < 200 * 1024
    with target.open("rb") as made_of_it:
        assert audio.probe(made_of_it).duration_ms == pytest.approx(
            2 * 3600 * 1000, abs=20_000
        )
