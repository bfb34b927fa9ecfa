"""Conversations for the demo: scripts, the audio made from them, and where the words fall.

The voices are synthetic (espeak-ng) and everybody in them is invented. The agent speaks on
the left, everybody else on the right, as DUAL_CHANNEL_AGENT records an AI agent's call.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Conversation:
    """One spoken conversation. Marks are offsets in ms from its first sample.

    Marks: `announce` (the announcement has been spoken), `consent` (the caller has
    answered), `join` (a colleague comes in), `withdraw` (the caller has taken it back).
    """

    name: str
    language: str
    duration_ms: int
    marks: dict[str, int]
    announcement: str
    answer: str

    @property
    def path(self) -> Path:
        """The OGG/Opus file, two channels."""
        return FOLDER / f"{self.name}.ogg"


@cache
def conversations() -> dict[str, Conversation]:
    """Return every conversation by name."""
    index = json.loads((FOLDER / "conversations.json").read_text(encoding="utf-8"))
    return {name: Conversation(name=name, **facts) for name, facts in index.items()}
