"""Others are not heard in a copy: their samples are zero, whatever the recording was."""

import io
from array import array
from pathlib import Path

import av
import pytest

from recordings.audio.muting import mute
from recordings.audio.transcoding import CannotBeRead
from tests.unit.recordings import sounds

RATE = sounds.RATE
LEFT = sounds.tone(3)
RIGHT = sounds.tone(3, level=0.3, hertz=700)
KINDS = [("ogg", "libopus"), ("mp3", "libmp3lame"), ("mp4", "aac")]


def channels(path: Path) -> list["array[int]"]:
    """Every sample of each channel of a FLAC file."""
    with av.open(str(path)) as file:
        packed: array[int] = array("h")
        count = file.streams.audio[0].layout.nb_channels
        for frame in file.decode(audio=0):
            held = memoryview(frame.planes[0]).cast("h")
            packed.extend(held[: frame.samples * count])
    return [packed[n::count] for n in range(count)]


def muted(
    original: bytes,
    folder: Path,
    *,
    keep: int | None = None,
    ranges: tuple[tuple[int, int], ...] = (),
) -> list["array[int]"]:
    target = folder / "sound.flac"
    mute(io.BytesIO(original), target, keep=keep, ranges=ranges)
    return channels(target)


@pytest.mark.parametrize(("container", "codec"), KINDS)
def test_of_two_sides_one_is_left(container: str, codec: str, tmp_path: Path) -> None:
    speaks, listens = sounds.tone(2), sounds.tone(2, level=0)
    original = sounds.encode(speaks, listens, container=container, codec=codec)

    (silent,) = muted(original, tmp_path, keep=1)
    assert set(silent[RATE // 10 :]) == {0}  # an encoder may ring where a tone begins
    (heard,) = muted(original, tmp_path, keep=0)
    assert max(heard) > 10_000


@pytest.mark.parametrize(("container", "codec"), KINDS)
def test_marked_stretches_are_zero_on_every_channel(
    container: str, codec: str, tmp_path: Path
) -> None:
    original = sounds.encode(LEFT, RIGHT, container=container, codec=codec)

    for side in muted(original, tmp_path, ranges=((0, 500), (1000, 2001))):
        assert set(side[: RATE // 2]) == {0}
        assert set(side[RATE : 2 * RATE + 48]) == {0}
        assert max(side[RATE // 2 : RATE]) > 5_000
        assert max(side[2 * RATE + 48 :]) > 5_000


def test_a_stretch_may_lie_anywhere_and_beyond_the_end(tmp_path: Path) -> None:
    original = sounds.encode(LEFT, container="wav", codec="pcm_s16le")

    (side,) = muted(original, tmp_path, ranges=((2999, 9000), (1234, 1235)))
    assert set(side[1234 * 48 : 1235 * 48]) == {0}
    assert set(side[2999 * 48 :]) == {0}
    assert side[:48] == LEFT[:48]


def test_what_has_no_such_channel_or_no_sound_is_not_copied(tmp_path: Path) -> None:
    alone = sounds.encode(LEFT)
    for original, keep in ((alone, 1), (b"<html>502</html>" * 99, None), (b"", None)):
        with pytest.raises(CannotBeRead):
            muted(original, tmp_path, keep=keep)
