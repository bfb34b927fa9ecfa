"""Make the demo's audio from its scripts: python recordings/livekit/demo_audio/make.py

Needs espeak-ng and ffmpeg. A script has a head (language, voices) and then one line per turn,
`who [mark]: words`. Writes NAME.ogg and conversations.json.
"""

import array
import json
import re
import subprocess
import tempfile
import wave
from pathlib import Path

FOLDER = Path(__file__).parent
RATE = 22_050  # what espeak-ng writes
PAUSE_MS = 380
LEAD_MS = 600
TRAIL_MS = 900
WORDS_PER_MINUTE = {"agent": "158", "caller": "168", "staff": "164"}
TURN = re.compile(r"(?P<who>\w+)(?: \[(?P<mark>\w+)\])?: (?P<words>.+)")


def main() -> None:
    """Make every conversation anew."""
    index = {path.stem: make(path) for path in sorted(FOLDER.glob("*.txt"))}
    text = json.dumps(index, indent=1, ensure_ascii=False) + "\n"
    (FOLDER / "conversations.json").write_text(text, encoding="utf-8")


def make(script: Path) -> dict[str, object]:
    """Speak one script into an OGG beside it and return its entry in the index."""
    language, voices, *turns = script.read_text(encoding="utf-8").strip().splitlines()
    voice_of = dict(pair.split("=") for pair in voices.split(": ")[1].split())
    sides = {"left": silence(LEAD_MS), "right": silence(LEAD_MS)}
    marks: dict[str, int] = {}
    words: dict[str, str] = {}
    for line in turns:
        turn = TURN.fullmatch(line)
        if turn is None:
            raise SystemExit(f"{script.name}: not a turn: {line}")
        spoken = speak(
            turn["words"], voice_of[turn["who"]], WORDS_PER_MINUTE[turn["who"]]
        )
        side, other = ("left", "right") if turn["who"] == "agent" else ("right", "left")
        start_ms = len(sides[side]) * 1000 // RATE
        sides[side] += spoken + silence(PAUSE_MS)
        sides[other] += silence(0, len(spoken)) + silence(PAUSE_MS)
        if turn["mark"]:
            end_ms = start_ms + len(spoken) * 1000 // RATE
            marks[turn["mark"]] = start_ms if turn["mark"] == "join" else end_ms
            words[turn["mark"]] = turn["words"]
    write(script.with_suffix(".ogg"), sides["left"], sides["right"])
    return {
        "language": language.split(": ")[1],
        "duration_ms": (len(sides["left"]) * 1000 // RATE) + TRAIL_MS,
        "marks": marks,
        "announcement": words["announce"],
        "answer": words["consent"],
    }


def silence(milliseconds: int, samples: int = 0) -> "array.array[int]":
    """Return so much silence, given in milliseconds or in samples."""
    return array.array("h", bytes(2 * (samples or milliseconds * RATE // 1000)))


def speak(words: str, voice: str, speed: str) -> "array.array[int]":
    """Return the samples of some words."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as spoken:
        command = ["espeak-ng", "-v", voice, "-s", speed, "-w", spoken.name, words]
        subprocess.run(command, check=True)  # noqa: S603 - our own words and voices
        with wave.open(spoken.name, "rb") as sound:
            return array.array("h", sound.readframes(sound.getnframes()))


def write(path: Path, left: "array.array[int]", right: "array.array[int]") -> None:
    """Write both sides as a two-channel OGG/Opus file of about 28 kbit/s."""
    both = array.array("h", bytes(4 * len(left)))
    both[0::2], both[1::2] = left, right
    both += silence(2 * TRAIL_MS)
    with tempfile.NamedTemporaryFile(suffix=".wav") as raw:
        with wave.open(raw.name, "wb") as sound:
            sound.setnchannels(2)
            sound.setsampwidth(2)
            sound.setframerate(RATE)
            sound.writeframes(both.tobytes())
        # Below about 27 kbit/s Opus codes both channels jointly, and one side is heard on the
        # other (tried: -29 dB at 20 kbit/s, nothing at 28).
        opus = ["-c:a", "libopus", "-b:a", "28k", "-application", "voip"]
        command = [
            "ffmpeg",
            "-y",
            "-loglevel",
            "error",
            "-i",
            raw.name,
            *opus,
            str(path),
        ]
        subprocess.run(command, check=True)  # noqa: S603 - our own files


if __name__ == "__main__":
    main()
